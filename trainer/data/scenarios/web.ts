/** What a web application sends to a browser, or takes from one. */
import type { Scenario } from './scenario.js';

export const webScenarios: readonly Scenario[] = [
  {
    id: 'flask-greeting',
    cwe: 'CWE-79',
    weakness: 'cross-site scripting',
    parameters: '',
    argument: ['name', 'title', 'text'],
    name: 'show_$a',
    phrasings: [
      '~greet a visitor by name in a Flask view',
      '~show the $a parameter of a request as HTML',
      '~render a page that contains a query parameter',
      '~return a small html page with the $a from the url',
      '~print the search text on the result page with flask',
      '~say hello to the user on a web page',
      '~display a value of the query string in the browser',
      '~build a flask route that answers with the given $a in a heading',
      '~make a welcome page with the name of the visitor',
      '~put the $a argument of the request into the HTML',
      '~write a view that echoes the $a parameter',
      '~answer with hello and the name out of the request arguments',
    ],
    lesson: 'escape turns markup of the input into text (CWE-79).',
    secure: [
      {
        how: 'escape the value before it becomes HTML',
        code: `from flask import Flask, request
from markupsafe import escape

app = Flask(__name__)

@app.route("/$a")
def $f():
    $a = request.args.get("$a", "")
    return f"<h1>Hello {escape($a)}</h1>"`,
      },
    ],
    insecure: [
      {
        how: 'put the value into the HTML as it is',
        code: `from flask import Flask, request

app = Flask(__name__)

@app.route("/$a")
def $f():
    $a = request.args.get("$a", "")
    return f"<h1>Hello {$a}</h1>"`,
      },
    ],
  },
  {
    id: 'template-string',
    cwe: 'CWE-1336',
    weakness: 'template injection',
    parameters: '',
    argument: ['name', 'message', 'title'],
    name: 'render_$row',
    phrasings: [
      '~render a template with a value of the request',
      '~use jinja to show the $a in a page',
      '~fill a Jinja template with user input',
      '~show a $row page from a template string in flask',
      '~render the $a with render_template_string',
      '~build a page with jinja2 from a query parameter',
      '~make a template that prints the $a',
      '~return a jinja page for a $row',
      '~render user text in a Flask template',
      '~put the $a into a jinja page',
      '~render a small jinja template in a flask view',
    ],
    lesson: 'The input is data of the template and never template code (CWE-1336).',
    secure: [
      {
        how: 'keep the template fixed and pass the value as a variable',
        code: `from flask import Flask, render_template_string, request

app = Flask(__name__)

@app.route("/$row")
def $f():
    $a = request.args.get("$a", "")
    return render_template_string("<p>{{ $a }}</p>", $a=$a)`,
      },
    ],
    insecure: [
      {
        how: 'build the template from the value',
        code: `from flask import Flask, render_template_string, request

app = Flask(__name__)

@app.route("/$row")
def $f():
    $a = request.args.get("$a", "")
    return render_template_string("<p>" + $a + "</p>")`,
      },
    ],
  },
  {
    id: 'redirect',
    cwe: 'CWE-601',
    weakness: 'open redirect',
    parameters: '',
    argument: ['next', 'target', 'url'],
    name: 'go_on',
    phrasings: [
      '~redirect to the page in the $a parameter',
      '~send the user back to the $a url after login',
      '~go to the page that the request names',
      '~forward the browser to the $a address',
      '~redirect a visitor in flask',
      '~return the user to where they came from',
      '~jump to the $a page when the login is done',
      '~handle the $a parameter of a sign in form',
      '~make a flask view that redirects to a given url',
      '~bring users to the page they wanted before the login',
      '~redirect after logout to the given $a',
    ],
    lesson: 'A path without a host stays on this site (CWE-601).',
    secure: [
      {
        how: 'accept only a path of this site',
        code: `from urllib.parse import urlparse
from flask import Flask, redirect, request

app = Flask(__name__)

@app.route("/continue")
def $f():
    $a = request.args.get("$a", "/").replace("\\\\", "/")
    parts = urlparse($a)
    if parts.scheme or parts.netloc or not $a.startswith("/") or $a.startswith("//"):
        $a = "/"
    return redirect($a)`,
      },
    ],
    insecure: [
      {
        how: 'redirect to whatever the parameter says',
        code: `from flask import Flask, redirect, request

app = Flask(__name__)

@app.route("/continue")
def $f():
    $a = request.args.get("$a", "/")
    return redirect($a)`,
      },
    ],
  },
  {
    id: 'session-cookie',
    cwe: 'CWE-614',
    weakness: 'a cookie without the secure flag',
    parameters: 'response, $a',
    argument: ['token', 'value', 'session_id'],
    name: 'set_session',
    phrasings: [
      '~set a session cookie on a response',
      '~store the $a in a cookie',
      '~add a login cookie to a flask response',
      '~remember the user with a cookie',
      '~write a cookie with the $a',
      '~send the $a to the browser as a cookie',
      '~keep a user signed in by a cookie',
      '~put the session id into a cookie',
      '~create the cookie of a login',
      '~give the client a session cookie',
      '~set the cookie that holds the $a',
    ],
    lesson: 'The flags keep the cookie on https and away from scripts (CWE-614).',
    secure: [
      {
        how: 'set the flags secure, httponly and samesite',
        code: `def $f(response, $a):
    response.set_cookie("session", $a, secure=True, httponly=True, samesite="Lax")
    return response`,
      },
    ],
    insecure: [
      {
        how: 'set the cookie without flags',
        code: `def $f(response, $a):
    response.set_cookie("session", $a, secure=False, httponly=False)
    return response`,
      },
    ],
  },
  {
    id: 'flask-start',
    cwe: 'CWE-489',
    weakness: 'an active debugger',
    parameters: '',
    argument: ['app'],
    name: 'main',
    phrasings: [
      '~start a Flask app',
      '~run a small flask server',
      '~launch the flask application from python',
      '~write a hello world web server with flask',
      '~make a minimal Flask app that I can start',
      '~set up a flask service for $rows',
      '~boot the web app on port 5000',
      '~serve a hello page with flask',
      '~create a flask app with one route',
      '~begin a new flask project in one file',
      '~run a minimal flask application',
    ],
    lesson: 'The debugger of Flask runs code for anyone who reaches it, so it stays off (CWE-489).',
    secure: [
      {
        how: 'start the server without the debugger',
        code: `from flask import Flask

app = Flask(__name__)

@app.route("/")
def index():
    return "Hello"

def $f():
    app.run(host="127.0.0.1", port=5000)`,
      },
    ],
    insecure: [
      {
        how: 'start the server with the debugger',
        code: `from flask import Flask

app = Flask(__name__)

@app.route("/")
def index():
    return "Hello"

def $f():
    app.run(debug=True)`,
      },
    ],
  },
];
