"""Doubles of flask, werkzeug and flask_cors, and what a client sees of a view. Needs the doubles `templates` and `answers`."""

import contextlib
import inspect
import io
import os
import re
import types


class Config(dict):
    def from_mapping(self, *others, **more):
        self.update(*others, **more)

    def from_object(self, thing):
        self.update({key: getattr(thing, key) for key in dir(thing) if key.isupper()})


class Flask:
    """Notes its routes, hooks and runs. A decorator gives the function back as it is."""

    runs = []
    made = []

    def __init__(self, name="app", *_, **__):
        self.name = self.import_name = name
        self.config = Config(DEBUG=False, SESSION_COOKIE_SECURE=False, SESSION_COOKIE_HTTPONLY=True)
        self.routes, self.handlers, self.before, self.after = {}, {}, [], []
        self.root_path, self.secret_key, self.debug = os.getcwd(), None, False
        self.logger = __import__("logging").getLogger("app")
        self.cors = []
        Flask.made.append(self)

    def route(self, rule, **_):
        def decorate(view):
            self.routes[rule] = view
            return view

        return decorate

    get = post = put = patch = delete = route

    def add_url_rule(self, rule, endpoint=None, view_func=None, **_):
        self.routes[rule] = view_func

    def errorhandler(self, kind):
        def decorate(handler):
            self.handlers[kind] = handler
            return handler

        return decorate

    def register_error_handler(self, kind, handler):
        self.handlers[kind] = handler

    def before_request(self, hook):
        self.before.append(hook)
        return hook

    def after_request(self, hook):
        self.after.append(hook)
        return hook

    def register_blueprint(self, blueprint, **_):
        self.routes.update(blueprint.routes)

    def run(self, host=None, port=None, debug=None, **options):
        if debug is not None:
            self.debug = bool(debug)
        Flask.runs.append({"app": self, "debug": is_debugging(self), **options})

    def add_middleware(self, kind, allow_origins=(), allow_origin_regex=None, allow_credentials=False, **_):
        patterns = [re.compile(allow_origin_regex)] if allow_origin_regex else []
        self.cors.append({"origins": [*allow_origins, *patterns], "supports_credentials": allow_credentials})

    exception_handler = errorhandler

    def app_context(self):
        return contextlib.nullcontext()

    test_request_context = app_context


def is_debugging(app):
    return bool(app.debug or app.config.get("DEBUG") or os.environ.get("FLASK_DEBUG") in ("1", "true", "True"))


class CORS:
    """flask_cors: answers "*" with the origin that asks, where credentials are allowed."""

    def __init__(self, app=None, **options):
        self.options = options
        if app is not None:
            self.init_app(app)

    def init_app(self, app, **options):
        resources = {**self.options, **options}
        app.cors.append(resources)


def cross_origin(*_, **options):
    def decorate(view):
        (Flask.made or [Flask()])[-1].cors.append(options)
        return view

    return decorate


def origin_headers(app, origin):
    """What a browser that shows `origin` is told, as (allowed origin, credentials)."""
    answer = Response("ok")
    for options in app.cors:
        rules = options.get("resources")
        kinds = [{**options, **rule} for rule in rules.values() if isinstance(rule, dict)] if isinstance(rules, dict) else [options]
        for rule in kinds or [options]:
            allowed = rule.get("origins", rule.get("origin", "*"))
            allowed = [allowed] if isinstance(allowed, (str, re.Pattern)) else list(allowed)
            matches = [item for item in allowed if item in ("*", origin) or (isinstance(item, re.Pattern) and item.match(origin))
                       or (isinstance(item, str) and re.search(r"[*\\?$^]", item) and item != "*" and re.match(item, origin))]
            if matches:
                answer.headers["Access-Control-Allow-Origin"] = origin if rule.get("supports_credentials") or "*" not in matches else "*"
    request.headers["Origin"] = request.headers["origin"] = origin
    for hook in app.after:
        answer = make_response(hook(answer))
    return answer.headers.get("Access-Control-Allow-Origin")


request = Request()
session = {}


def render_template_string(source, /, **context):
    return render(source, context)


def render_template(name, /, **context):
    """The file where there is one; else each value, escaped."""
    path = os.path.join("templates", name)
    if os.path.exists(path):
        with open(path) as handle:
            return render(handle.read(), context)
    return render(" ".join("{{ %s }}" % key for key in context), context)


web_doubles = dict(
    Flask=Flask, Blueprint=Flask, request=request, session=session, g=types.SimpleNamespace(), Response=Response, make_response=make_response,
    jsonify=jsonify, redirect=redirect, abort=abort, render_template=render_template, render_template_string=render_template_string,
    send_file=send_file, send_from_directory=send_from_directory, safe_join=safe_join, escape=escape, Markup=Markup, flash=Recorder(),
    url_for=lambda endpoint, filename="", **_: "/static/" + filename if endpoint == "static" else "/" + endpoint.replace("index", ""),
    stream_with_context=lambda stream: stream, has_request_context=lambda: True,
)
install("flask", current_app=Flask("current"), **web_doubles)
install("werkzeug.utils", secure_filename=secure_filename, safe_join=safe_join, redirect=redirect)
install("werkzeug.security", safe_join=safe_join)
install("werkzeug.datastructures", FileStorage=Upload)
install("werkzeug.exceptions", HTTPException=HTTPException, NotFound=NotFound, BadRequest=BadRequest, Forbidden=Forbidden, abort=abort)
install("werkzeug.wrappers", Response=Response, Request=Request)
install("werkzeug.serving", run_simple=lambda host, port, app, use_debugger=False, **_: Flask.runs.append({"app": app, "debug": use_debugger}))
install("waitress", serve=lambda app, **_: Flask.runs.append({"app": app, "debug": False}))
install("flask_cors", CORS=CORS, cross_origin=cross_origin)
install("fastapi", FastAPI=Flask, APIRouter=Flask, Request=Request, Response=Response, HTTPException=HTTPException)
install("fastapi.middleware.cors", CORSMiddleware=Flask)
install("starlette.middleware.cors", CORSMiddleware=Flask)
Flask.made.clear()
