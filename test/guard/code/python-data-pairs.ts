/** Pairs for rules about data that reaches where it does harm. */
import type { Pair } from './python-pairs.js';

export const DATA_PAIRS: readonly Pair[] = [
  {
    rule: 'python/sql-injection',
    vulnerable: `def find_user(conn, name):
    return conn.execute("SELECT * FROM users WHERE name = '" + name + "'").fetchone()`,
    safe: `def find_user(conn, name):
    return conn.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchone()`,
  },
  {
    rule: 'python/nosql-injection',
    vulnerable: `from flask import request
def find(db):
    return db.users.find({"$where": "this.name == '" + request.args["name"] + "'"})`,
    safe: `from flask import request
def find(db):
    return db.users.find({"name": {"$eq": str(request.args["name"])}})`,
  },
  {
    rule: 'python/command-injection',
    vulnerable: `import subprocess as sp
def ping(host):
    sp.run(f"ping -c 1 {host}", shell=True, check=True)`,
    safe: `import subprocess as sp
def ping(host):
    sp.run(["ping", "-c", "1", host], check=True)`,
  },
  {
    rule: 'python/code-injection',
    vulnerable: `from flask import request
def calculate():
    return {"result": eval(request.json["expression"])}`,
    safe: `import ast
from flask import request
def calculate():
    return {"result": ast.literal_eval(request.json["expression"])}`,
  },
  {
    rule: 'python/template-injection',
    vulnerable: `from flask import Flask, request, render_template_string
app = Flask(__name__)
@app.route("/hello")
def hello():
    return render_template_string("<h1>Hello " + request.args.get("name", "") + "</h1>")`,
    safe: `from flask import Flask, request, render_template_string
app = Flask(__name__)
@app.route("/hello")
def hello():
    return render_template_string("<h1>Hello {{ name }}</h1>", name=request.args.get("name", ""))`,
  },
  {
    rule: 'python/xss',
    vulnerable: `from flask import Flask, request
app = Flask(__name__)
@app.route("/hello")
def hello():
    name = request.args.get("name", "world")
    return f"<h1>Hello {name}</h1>"`,
    safe: `from flask import Flask, request
from markupsafe import escape
app = Flask(__name__)
@app.route("/hello")
def hello():
    name = request.args.get("name", "world")
    return f"<h1>Hello {escape(name)}</h1>"`,
  },
  {
    rule: 'python/autoescape-off',
    vulnerable: `from jinja2 import Environment, FileSystemLoader
env = Environment(loader=FileSystemLoader("templates"))`,
    safe: `from jinja2 import Environment, FileSystemLoader, select_autoescape
env = Environment(loader=FileSystemLoader("templates"), autoescape=select_autoescape())`,
  },
  {
    rule: 'python/path-traversal',
    vulnerable: `import os
from flask import request
BASE = "/srv/files"
def read():
    path = os.path.join(BASE, request.args["file"])
    with open(path) as handle:
        return handle.read()`,
    safe: `import os
from flask import request, abort
BASE = "/srv/files"
def read():
    path = os.path.realpath(os.path.join(BASE, request.args["file"]))
    if not path.startswith(BASE + os.sep):
        abort(404)
    with open(path) as handle:
        return handle.read()`,
  },
  {
    rule: 'python/archive-extraction',
    vulnerable: `import tarfile
def unpack(path, target):
    with tarfile.open(path) as archive:
        archive.extractall(target)`,
    safe: `import tarfile
def unpack(path, target):
    with tarfile.open(path) as archive:
        archive.extractall(target, filter="data")`,
  },
  {
    rule: 'python/unsafe-deserialisation',
    vulnerable: `import base64, pickle
from flask import request
def load():
    return pickle.loads(base64.b64decode(request.cookies["state"]))`,
    safe: `import base64, json
from flask import request
def load():
    return json.loads(base64.b64decode(request.cookies["state"]))`,
  },
  {
    rule: 'python/unsafe-yaml-load',
    vulnerable: `import yaml
def settings():
    with open("settings.yaml") as handle:
        return yaml.load(handle, Loader=yaml.Loader)`,
    safe: `import yaml
def settings():
    with open("settings.yaml") as handle:
        return yaml.load(handle, Loader=yaml.SafeLoader)`,
  },
  {
    rule: 'python/pickle-load',
    vulnerable: `import pickle
def cached():
    with open("cache.bin", "rb") as handle:
        return pickle.load(handle)`,
    safe: `import json
def cached():
    with open("cache.json") as handle:
        return json.load(handle)`,
  },
  {
    rule: 'python/ssrf',
    vulnerable: `import requests
from flask import request
def proxy():
    return requests.get(request.args["url"], timeout=5).text`,
    safe: `import requests
from urllib.parse import urlparse
from flask import request, abort
ALLOWED = {"api.example.com"}
def proxy():
    url = request.args["url"]
    if urlparse(url).hostname not in ALLOWED:
        abort(400)
    return requests.get(url, timeout=5).text`,
  },
  {
    rule: 'python/open-redirect',
    vulnerable: `from flask import request, redirect
def after_login():
    return redirect(request.args.get("next"))`,
    safe: `from urllib.parse import urlparse
from flask import request, redirect
def after_login():
    target = request.args.get("next", "/")
    if urlparse(target).netloc != "":
        target = "/"
    return redirect(target)`,
  },
  {
    rule: 'python/xxe',
    vulnerable: `from lxml import etree
from flask import request
def parse():
    return etree.fromstring(request.data)`,
    safe: `import defusedxml.ElementTree as ET
from flask import request
def parse():
    return ET.fromstring(request.data)`,
  },
  {
    rule: 'python/xml-external-entities',
    vulnerable: `from lxml import etree
parser = etree.XMLParser(resolve_entities=True)`,
    safe: `from lxml import etree
parser = etree.XMLParser(resolve_entities=False, no_network=True)`,
  },
  {
    rule: 'python/redos',
    vulnerable: `import re
EMAIL = re.compile(r"^([a-zA-Z0-9]+)+@example\\.com$")`,
    safe: `import re
EMAIL = re.compile(r"^[a-zA-Z0-9]+@example\\.com$")`,
  },
  {
    rule: 'python/regex-injection',
    vulnerable: `import re
from flask import request
def search(lines):
    return [line for line in lines if re.search(request.args["q"], line)]`,
    safe: `import re
from flask import request
def search(lines):
    return [line for line in lines if re.search(re.escape(request.args["q"]), line)]`,
  },
  {
    rule: 'python/ldap-injection',
    vulnerable: `import ldap
def find(connection, user):
    return connection.search_s("dc=example,dc=com", ldap.SCOPE_SUBTREE, "(uid=%s)" % user)`,
    safe: `import ldap
from ldap.filter import escape_filter_chars
def find(connection, user):
    return connection.search_s("dc=example,dc=com", ldap.SCOPE_SUBTREE, "(uid=%s)" % escape_filter_chars(user))`,
  },
  {
    rule: 'python/xpath-injection',
    vulnerable: `def find(tree, name):
    return tree.xpath("//user[@name='" + name + "']")`,
    safe: `def find(tree, name):
    return tree.xpath("//user[@name=$name]", name=name)`,
  },
  {
    rule: 'python/log-injection',
    vulnerable: `import logging
from flask import request
def note():
    logging.info("login of " + request.form["user"])`,
    safe: `import logging
from flask import request
def note():
    logging.info("login of %s", repr(request.form["user"]))`,
  },
  {
    rule: 'python/unsafe-reflection',
    vulnerable: `import importlib
from flask import request
def plugin():
    return importlib.import_module(request.args["plugin"])`,
    safe: `import importlib
from flask import request
PLUGINS = ["csv", "json"]
def plugin():
    name = request.args["plugin"]
    if name not in PLUGINS:
        raise ValueError(name)
    return importlib.import_module(name)`,
  },
  {
    rule: 'python/header-injection',
    vulnerable: `from flask import request, make_response
def answer():
    response = make_response("ok")
    response.headers["X-Name"] = request.args["name"]
    return response`,
    safe: `from flask import request, make_response
def answer():
    response = make_response("ok")
    response.headers["X-Name"] = str(int(request.args["name"]))
    return response`,
  },
  {
    rule: 'python/trust-boundary',
    vulnerable: `from flask import request, session
def remember():
    session["role"] = request.form["role"]`,
    safe: `from flask import request, session
def remember():
    role = request.form["role"]
    if role in ("reader", "writer"):
        session["role"] = role`,
  },
];
