/** Pages and redirects of a web application, and its start. */
import type { Scenario } from './scenario.js';

const doubles = ['templates', 'answers', 'web', 'visits'];

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
      '~return a page that contains a query parameter',
      '~return a small html page with the $a from the url',
      '~print the search text on the result page with flask',
      '~say hello to the user on a web page',
      '~display a value of the query string in the browser',
      '~build a flask route that answers with the given $a in a heading',
      '~make a welcome page with the name of the visitor',
      '~put the $a argument of the request into the HTML',
      '~write a view that echoes the $a parameter',
      '~answer with hello and the name out of the request arguments',
      '~welcome people on our Flask site: their $a is in the url and belongs in the h1',
      '~respond with "Hello Ada" in html when the url says ?name=Ada',
      '~create a flask endpoint which repeats the $a that the user typed, as a web page',
      '~produce an h1 headline from the $a query argument',
      '~reply to a browser with a heading that names the user from the request',
      '~show "you searched for ..." with the text from the url, in flask',
      '~read $a from request.args and ~return it inside of an HTML headline',
      '~send back html that mentions what the $a field of the request holds',
      '~open the landing page with a personal salutation that is taken from the address bar',
      '~mirror what a guest entered as a title in the browser window content, flask',
      '~hail whoever calls our flask page by what the link says they are called',
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
    check: { doubles, functional: 'greets(target)', security: 'escapes(target)' },
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
      '~create an inline Jinja2 template for a $row and ~fill in the $a of the request',
      '~call render_template_string with what the user sent',
      '~produce the $row page with jinja, its text comes from the query string',
      '~show a preview of user text, rendered by Jinja inside a paragraph',
      '~write a flask view which uses a template string to display the $a',
      '~generate html from an inline template, the $a of the caller goes into it',
      '~present a message of a visitor by way of a jinja template',
      '~serve a $row view whose template is a string in the code',
      '~turn the $a argument into a paragraph by using the template engine of Flask',
      '~hand a comment that arrives with the url to jinja for rendering',
      '~compose a notice page from moustache-style placeholders and the words of a guest',
      '~apply the templating engine to a snippet of text which the browser passes along',
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
    check: { doubles, functional: 'renders(target)', security: 'keeps_template(target)' },
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
      '~handle the $a parameter of a sign in form, which says where to go',
      '~make a flask view that redirects to a given url',
      '~bring users to the page they wanted before the login',
      '~redirect after logout to the given $a',
      '~answer with a 302 to whatever page the $a argument holds',
      '~continue to the page the visitor asked for once the password was right',
      '~create a flask endpoint /continue that forwards to $a',
      '~implement "back to where you were" with the $a query parameter',
      '~take people to the url in $a after they signed up',
      '~use flask redirect with the $a from request.args',
      '~pass the browser on to another page, its address stands in the query string',
      '~redirect customers to their original page after the checkout step, flask',
      '~forward to the $a location when somebody accepts the terms',
      '~steer a freshly authenticated person to the destination that the link carries',
      '~bounce the browser onwards to the place named in the request',
      '~resume the interrupted journey: after signing in, people land on the address kept in the url',
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
    check: { doubles, functional: 'redirects(target, source)', security: 'stays_here(target)' },
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
      '~set up a flask service',
      '~boot the web app on port 5000, it is flask',
      '~serve a hello page with flask',
      '~create a flask app with one route',
      '~open a new flask project in one file',
      '~run a minimal flask application',
      '~show the smallest Flask program that runs',
      '~start the development server of flask on my laptop',
      '~create app.py for Flask with an index page and a main function that starts it',
      '~build a hello world site in Flask and ~run it',
      '~get a flask server up and running',
      '~assemble a Flask web service that starts with app.run',
      '~provide the main function of a flask app',
      '~host a tiny hello page, using Flask, on localhost',
      '~put up a first web page with flask, just hello, and ~start serving',
      '~kick off a bare-bones web application in the Flask framework',
      '~fire up a micro site that answers with a greeting, the framework is Flask',
      '~spin up the simplest possible web backend based on flask',
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
    check: { doubles, functional: 'starts(target, source)', security: 'debugger_is_off(target, source)' },
  },
];
