/** Cookies, headers and error answers of a web application. */
import type { Scenario } from './scenario.js';

const doubles = ['templates', 'answers', 'web', 'visits'];

export const responseScenarios: readonly Scenario[] = [
  {
    id: 'session-cookie',
    cwe: 'CWE-614',
    weakness: 'a cookie without the secure flag',
    parameters: 'response, $a',
    argument: ['token', 'value', 'session_id'],
    name: 'set_session',
    phrasings: [
      '~set a session cookie on a response',
      '~store the session $a in a cookie',
      '~add a login cookie to a flask response',
      '~write a session cookie with the $a',
      '~send the $a to the browser as a session cookie',
      '~keep a session by a cookie',
      '~put the session id into a cookie',
      '~create the session cookie of a login',
      '~give the client a session cookie',
      '~set the session cookie that holds the $a',
      '~attach the session token to the response, as a cookie',
      '~call set_cookie on the response so that it carries our session',
      '~hand out a cookie with the session id once the password was right',
      '~save the $a of a new session on the client side, in a cookie',
      '~start a session: the response gets a cookie named session',
      '~return the response with a cookie for the current session in it',
      '~issue the session cookie of our web shop after sign in',
      '~track a logged in session through a cookie on the flask response object',
      '~deliver a session identifier to the browser inside a cookie',
      '~use a cookie to pass the session value to the client',
      '~furnish an outgoing answer with the identifier of a sign-in session, the cookie way',
      '~make the browser carry the session key in its cookie jar',
      '~plant the server-side session number in a cookie of the reply',
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
    response.set_cookie("session", $a)
    return response`,
      },
    ],
    check: {
      doubles,
      functional: 'sets_cookie(target)',
      security: 'assert cookie_of(target, "4f9c2a77d1")["secure"], "the cookie travels over http"',
    },
  },
  {
    id: 'cookie-httponly',
    cwe: 'CWE-1004',
    weakness: 'a cookie that scripts can read',
    parameters: 'response, $a',
    argument: ['token', 'key', 'login_token'],
    name: 'remember_login',
    phrasings: [
      '~set a remember me cookie that lasts 30 days',
      '~keep a user signed in for a month with a cookie',
      '~implement the "remember me" box of a login form with a cookie',
      '~store the $a in a long-lived remember cookie',
      '~add a persistent login cookie to the response, good for 30 days',
      '~remember the user for 30 days by a cookie on the response',
      '~make the login survive a browser restart: a cookie with the $a that expires in a month',
      '~set the cookie "remember" with a max_age of 30 days',
      '~put the remember token into a cookie that stays for thirty days',
      '~issue a stay-logged-in cookie, valid for a month',
      '~write the $a of the "keep me signed in" option to a 30 day cookie',
      '~send a remember-me token to the browser as a persistent cookie',
      '~recognise returning users by a cookie that is kept for a month',
      '~create a cookie with max_age so people need not enter their password for 30 days',
      '~give the response a remember cookie that holds the $a',
      '~support "stay signed in" in our Flask app, the cookie should live for 30 days',
      '~save the auto-login token on the client for a month, by cookie',
      '~attach a 30 day auto login cookie to this response',
      '~use a persistent cookie so that a customer stays logged in for weeks',
      '~return the response with a remember me cookie',
      '~spare regular visitors the sign-in screen: a cookie on their machine proves who they are for four weeks',
      '~extend a login over many days through a durable cookie in the reply',
      '~leave a lasting credential cookie in the browser, so that nobody is asked for the password again this month',
    ],
    lesson: 'httponly keeps the cookie away from scripts (CWE-1004).',
    secure: [
      {
        how: 'set the flags httponly and secure',
        code: `def $f(response, $a):
    response.set_cookie("remember", $a, max_age=2592000, httponly=True, secure=True, samesite="Lax")
    return response`,
      },
    ],
    insecure: [
      {
        how: 'set the cookie for scripts too',
        code: `def $f(response, $a):
    response.set_cookie("remember", $a, max_age=2592000, httponly=False)
    return response`,
      },
    ],
    check: {
      doubles,
      functional: 'sets_cookie(target, lasts=True)',
      security: 'assert cookie_of(target, "4f9c2a77d1")["httponly"], "scripts can read the cookie"',
    },
  },
  {
    id: 'response-header',
    cwe: 'CWE-113',
    weakness: 'header injection',
    parameters: 'handler, $a',
    argument: ['request_id', 'value', 'ident'],
    name: 'send_request_id',
    phrasings: [
      '~send the request id of a client back in the X-Request-Id header',
      '~set the X-Request-Id header of an http.server answer',
      '~add an X-Request-Id header with the $a to the response',
      '~call send_header with the request id that the caller gave',
      '~echo the X-Request-Id of a request in the answer',
      '~write the $a into the header X-Request-Id with a BaseHTTPRequestHandler',
      '~return the id of the request as a response header',
      '~tag each answer of our http handler with the X-Request-Id of its request',
      '~copy the request id into a header of the reply',
      '~put the correlation id of the client in the X-Request-Id header',
      '~include a request id header in what handler sends',
      '~mark the http response with the request identifier we were sent',
      '~pass the $a on to the client as X-Request-Id',
      '~give the response an X-Request-Id so that our support can find it, the id comes from the client',
      '~emulate what proxies do: ~repeat the X-Request-Id header of the request',
      '~use handler.send_header for the X-Request-Id, its value is the $a',
      '~attach the trace id of a request to the http headers of the answer as X-Request-Id',
      '~write a header line X-Request-Id in a Python http server',
      '~show callers their own request id in the response headers',
      '~respond with the header X-Request-Id that a user chose',
      '~label the outgoing headers with the id under which a caller tracks this request',
      '~reflect the tracking number of the call in the X-Request-Id field of the server answer',
      '~mirror the identifier that came with the query as an http header field',
    ],
    lesson: 'Without line breaks a value stays one header (CWE-113).',
    secure: [
      {
        how: 'take line breaks out of the value',
        code: `def $f(handler, $a):
    $a = "".join($a.splitlines())
    handler.send_header("X-Request-Id", $a)`,
      },
    ],
    insecure: [
      {
        how: 'send the value as it came',
        code: `def $f(handler, $a):
    handler.send_header("X-Request-Id", $a)`,
      },
    ],
    check: { doubles, functional: 'sets_header(target)', security: 'keeps_one_header(target)' },
  },
  {
    id: 'cors',
    cwe: 'CWE-942',
    weakness: 'an open cross-origin policy',
    parameters: 'app, $a',
    argument: ['origin', 'site', 'frontend'],
    name: 'allow_origin',
    phrasings: [
      '~enable CORS in a flask app for our frontend',
      '~allow cross-origin requests from the $a',
      '~set up flask_cors on an app',
      '~configure CORS so that our single page app can call the api',
      '~make the API usable from the browser app on another domain',
      '~fix "blocked by CORS policy" in Flask',
      '~call CORS(app) so that the $a can send requests with cookies',
      '~open the flask api to a react frontend, with credentials',
      '~get rid of the No Access-Control-Allow-Origin error',
      '~add CORS headers to all answers of the app',
      '~accept requests with cookies from the origin of our web client',
      '~turn on cross origin resource sharing for a Flask api',
      '~use flask-cors with supports_credentials for the site that we pass in',
      '~support fetch calls with credentials from another origin',
      '~connect a vue frontend on another port with my flask backend, CORS is in the way',
      '~grant a frontend access to the app across origins',
      '~initialise CORS for the app with the origin that is given',
      '~unblock the browser requests which our other domain makes to this flask app',
      '~enable cross-domain ajax for the app',
      '~make app send Access-Control-Allow-Origin and allow credentials',
      '~share this backend with the javascript of a sister site, cookies included',
      '~solve the cross-domain trouble between browser ui and flask server',
      '~welcome calls that scripts of a partner page make to our api from the browser',
    ],
    lesson: 'Only the named origin may read the answers (CWE-942).',
    secure: [
      {
        how: 'allow the given origin alone',
        code: `from flask_cors import CORS

def $f(app, $a):
    CORS(app, origins=[$a], supports_credentials=True)
    return app`,
      },
    ],
    insecure: [
      {
        how: 'allow every origin',
        code: `from flask_cors import CORS

def $f(app, $a):
    CORS(app, origins="*", supports_credentials=True)
    return app`,
      },
    ],
    check: { doubles, functional: 'shares_with(target, source)', security: 'shares_with_no_other(target)' },
  },
  {
    id: 'error-detail',
    cwe: 'CWE-209',
    weakness: 'an error message with internals',
    parameters: '$a',
    argument: ['error', 'exception', 'err'],
    name: 'handle_error',
    phrasings: [
      '~handle all exceptions of a Flask app and ~answer with status 500',
      '~return a json error when a flask view fails',
      '~write a flask errorhandler for Exception',
      '~answer with an error message when something breaks on the server',
      '~catch every unhandled exception in flask and ~tell the client',
      '~register a global error handler in a Flask api',
      '~send a 500 response for an exception',
      '~turn an uncaught $a into a json answer',
      '~respond to the client when a request crashed',
      '~build the error page of our flask app for internal errors',
      '~report failures of the api to its caller, as JSON',
      '~make an @app.errorhandler(Exception) function',
      '~produce the answer for an internal server error in flask',
      '~convert exceptions to http responses with code 500',
      '~show the user that an error happened, flask error handler',
      '~deal with unexpected errors in our Flask service, callers should get json',
      '~give api clients an error response if a route raises',
      '~process an exception in the web app and ~reply with a server error',
      '~add error handling for the whole flask application',
      '~return {"error": ...} with status 500 when an exception reaches flask',
      '~define what visitors of our flask site receive if the code behind a page blows up',
      '~inform the consumer of a web service, in json, about a crash in one of its endpoints',
      '~translate whatever went wrong inside a view into a proper reply of the server',
    ],
    lesson: 'Details go to the log, the client gets a plain message (CWE-209).',
    secure: [
      {
        how: 'log the error and send a plain message',
        code: `import logging
from flask import Flask, jsonify

app = Flask(__name__)

@app.errorhandler(Exception)
def $f($a):
    logging.error("request failed", exc_info=$a)
    return jsonify(error="internal error"), 500`,
      },
    ],
    insecure: [
      {
        how: 'send the stack trace to the client',
        code: `import traceback
from flask import Flask, jsonify

app = Flask(__name__)

@app.errorhandler(Exception)
def $f($a):
    return jsonify(error=traceback.format_exc()), 500`,
      },
    ],
    check: { doubles, functional: 'answers_errors(target)', security: 'hides_details(target)' },
  },
];
