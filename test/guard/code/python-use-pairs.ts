/** Pairs for rules about how a library is used: cryptography, transport, cookies, credentials. */
import type { Pair } from './python-pairs.js';

export const USE_PAIRS: readonly Pair[] = [
  {
    rule: 'python/incomplete-url-check',
    vulnerable: `def is_ours(url):
    return "example.com" in url`,
    safe: `from urllib.parse import urlparse
def is_ours(url):
    return urlparse(url).hostname == "example.com"`,
  },
  {
    rule: 'python/timing-comparison',
    vulnerable: `import hmac
def check(key, body, signature):
    return hmac.new(key, body, "sha256").hexdigest() == signature`,
    safe: `import hmac
def check(key, body, signature):
    return hmac.compare_digest(hmac.new(key, body, "sha256").hexdigest(), signature)`,
  },
  {
    rule: 'python/weak-hash',
    vulnerable: `import hashlib
def sign(data):
    name = "md" + "5"
    return hashlib.new(name, data).hexdigest()`,
    safe: `import hashlib
def sign(data):
    name = "sha" + "256"
    return hashlib.new(name, data).hexdigest() + hashlib.md5(data, usedforsecurity=False).hexdigest()`,
  },
  {
    rule: 'python/weak-cipher',
    vulnerable: `from Crypto.Cipher import AES
def encrypt(key, text):
    return AES.new(key, AES.MODE_ECB).encrypt(text)`,
    safe: `from Crypto.Cipher import AES
def encrypt(key, text):
    cipher = AES.new(key, AES.MODE_GCM)
    return cipher.nonce, cipher.encrypt_and_digest(text)`,
  },
  {
    rule: 'python/constant-iv',
    vulnerable: `from Crypto.Cipher import AES
def encrypt(key, text):
    return AES.new(key, AES.MODE_CBC, b"0000000000000000").encrypt(text)`,
    safe: `import os
from Crypto.Cipher import AES
def encrypt(key, text):
    iv = os.urandom(16)
    return iv + AES.new(key, AES.MODE_CBC, iv).encrypt(text)`,
  },
  {
    rule: 'python/short-key',
    vulnerable: `from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(public_exponent=65537, key_size=1024)`,
    safe: `from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(public_exponent=65537, key_size=3072)`,
  },
  {
    rule: 'python/weak-tls-version',
    vulnerable: `import ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLSv1)`,
    safe: `import ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)`,
  },
  {
    rule: 'python/weak-password-hash',
    vulnerable: `import hashlib
def store(password):
    return hashlib.sha256(password.encode()).hexdigest()`,
    safe: `import hashlib, os
def store(password):
    salt = os.urandom(16)
    return salt + hashlib.scrypt(password.encode(), salt=salt, n=16384, r=8, p=1)`,
  },
  {
    rule: 'python/few-hash-iterations',
    vulnerable: `import hashlib
def derive(password, salt):
    return hashlib.pbkdf2_hmac("sha256", password, salt, 1000)`,
    safe: `import hashlib
def derive(password, salt):
    return hashlib.pbkdf2_hmac("sha256", password, salt, 600000)`,
  },
  {
    rule: 'python/weak-random',
    vulnerable: `import random, string
def reset_token():
    return "".join(random.choice(string.ascii_letters) for _ in range(32))`,
    safe: `import random, secrets
def reset_token():
    return secrets.token_urlsafe(32)
def roll():
    return random.randint(1, 6)`,
  },
  {
    rule: 'python/hard-coded-credentials',
    vulnerable: `import psycopg2
conn = psycopg2.connect(host="db", user="app", password="S3cr3t!pw9")`,
    safe: `import os, psycopg2
conn = psycopg2.connect(host="db", user="app", password=os.environ["DB_PASSWORD"])
password_field = "password"`,
  },
  {
    rule: 'python/hard-coded-password-check',
    vulnerable: `def login(user, password):
    return user == "admin" and password == "hunter2!"`,
    safe: `import bcrypt
def login(stored, password):
    return password != "" and bcrypt.checkpw(password.encode(), stored)`,
  },
  {
    rule: 'python/tls-verification-off',
    vulnerable: `import requests
def fetch():
    return requests.get("https://api.example.com/v1", verify=False, timeout=5)`,
    safe: `import requests
def fetch():
    return requests.get("https://api.example.com/v1", verify="/etc/ca.pem", timeout=5)`,
  },
  {
    rule: 'python/tls-hostname-off',
    vulnerable: `import ssl
def context():
    made = ssl.create_default_context()
    made.check_hostname = False
    return made`,
    safe: `import ssl
def context():
    made = ssl.create_default_context()
    made.check_hostname = True
    return made`,
  },
  {
    rule: 'python/unverified-ssl-socket',
    vulnerable: `import ssl, socket
secure = ssl.wrap_socket(socket.socket())`,
    safe: `import ssl, socket
secure = ssl.create_default_context().wrap_socket(socket.socket(), server_hostname="example.com")`,
  },
  {
    rule: 'python/ssh-host-key-unchecked',
    vulnerable: `import paramiko
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())`,
    safe: `import paramiko
client = paramiko.SSHClient()
client.load_system_host_keys()
client.set_missing_host_key_policy(paramiko.RejectPolicy())`,
  },
  {
    rule: 'python/insecure-temp-file',
    vulnerable: `import tempfile
name = tempfile.mktemp()`,
    safe: `import tempfile
handle, name = tempfile.mkstemp()`,
  },
  {
    rule: 'python/permissive-file-mode',
    vulnerable: `import os
os.chmod("/srv/app/settings", 0o777)`,
    safe: `import os
os.chmod("/srv/app/settings", 0o640)`,
  },
  {
    rule: 'python/secret-logged',
    vulnerable: `import logging
def login(user, password):
    logging.debug(f"login {user} {password}")`,
    safe: `import logging
def login(user, password):
    logging.debug("login, password given: %s", bool(password))`,
  },
  {
    rule: 'python/insecure-cookie',
    vulnerable: `def answer(response, value):
    response.set_cookie("session", value)`,
    safe: `def answer(response, value):
    response.set_cookie("session", value, secure=True, httponly=True, samesite="Lax")`,
  },
  {
    rule: 'python/cookie-without-httponly',
    vulnerable: `def answer(response, value):
    response.set_cookie("session", value, secure=True, httponly=False)`,
    safe: `def answer(response, value):
    response.set_cookie("session", value, secure=True, httponly=True)`,
  },
  {
    rule: 'python/missing-timeout',
    vulnerable: `import requests
requests.get("https://example.com")`,
    safe: `import requests
requests.get("https://example.com", timeout=10)`,
  },
  {
    rule: 'python/debug-mode',
    vulnerable: `from flask import Flask
app = Flask(__name__)
app.run(debug=True)`,
    safe: `from flask import Flask
app = Flask(__name__)
app.run(debug=False)`,
  },
  {
    rule: 'python/error-exposure',
    vulnerable: `import traceback
from flask import Flask
app = Flask(__name__)
@app.route("/work")
def work():
    try:
        return start()
    except Exception:
        return traceback.format_exc(), 500`,
    safe: `import traceback, logging
from flask import Flask
app = Flask(__name__)
@app.route("/work")
def work():
    try:
        return start()
    except Exception:
        logging.error(traceback.format_exc())
        return "failed", 500`,
  },
  {
    rule: 'python/jwt-verification-off',
    vulnerable: `import jwt
def read(token):
    return jwt.decode(token, options={"verify_signature": False})`,
    safe: `import jwt
def read(token, key):
    return jwt.decode(token, key, algorithms=["HS256"])`,
  },
  {
    rule: 'python/cleartext-protocol',
    vulnerable: `import ftplib
client = ftplib.FTP("files.example.com")`,
    safe: `import ftplib
client = ftplib.FTP_TLS("files.example.com")`,
  },
  {
    rule: 'python/csrf-protection-off',
    vulnerable: `from django.views.decorators.csrf import csrf_exempt
@csrf_exempt
def transfer(request):
    return move(request.user)`,
    safe: `from django.views.decorators.csrf import csrf_protect
@csrf_protect
def transfer(request):
    return move(request.user)`,
  },
  {
    rule: 'python/cors-any-origin',
    vulnerable: `from flask import Flask
from flask_cors import CORS
app = Flask(__name__)
CORS(app, origins="*", supports_credentials=True)`,
    safe: `from flask import Flask
from flask_cors import CORS
app = Flask(__name__)
CORS(app, origins=["https://app.example.com"], supports_credentials=True)`,
  },
];
