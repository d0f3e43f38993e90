"""Visits of views, by honest clients and by attackers. Needs the doubles `templates`, `answers` and `web`."""

import contextlib
import inspect
import io
import logging
import re
from http.server import BaseHTTPRequestHandler

# A log needs no reader here.
logging.getLogger().addHandler(logging.NullHandler())


def handler():
    """A handler of http.server that writes to memory."""
    made = BaseHTTPRequestHandler.__new__(BaseHTTPRequestHandler)
    made.wfile, made.rfile, made.headers, made.client_address = io.BytesIO(), io.BytesIO(), {}, ("192.0.2.7", 4711)
    made.request_version, made.requestline, made.command, made.path = "HTTP/1.1", "GET / HTTP/1.1", "GET", "/"
    made.log_message = lambda *_: None
    return made


def arguments(target, value):
    """One argument for each that the function needs: an answer, an app or a handler where its name says so, else `value`."""
    out = []
    for parameter in inspect.signature(target).parameters.values():
        if parameter.default is not parameter.empty or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.KEYWORD_ONLY):
            continue
        name = parameter.name.lower()
        out.append(Response() if re.match(r"res(p|ponse)?$", name) else Flask() if name in ("app", "application", "flask_app")
                   else request if name in ("request", "req") else handler() if name in ("handler", "self", "server") else value)
    return out


def visit(target, value=None):
    """Answer of a view to a client that sends `value` in every field. What it prints counts where it returns nothing."""
    for fields in (request.args, request.form, request.values, request.cookies, request.files, request.headers):
        fields.sent = value
    request.method = "POST" if isinstance(value, Upload) else "GET"
    printed = io.StringIO()
    given = arguments(target, value)
    try:
        with contextlib.redirect_stdout(printed):
            result = target(*given)
            if inspect.iscoroutine(result):
                result = __import__("asyncio").run(result)
    except HTTPException as error:
        return error.get_response()
    if result is None:
        answers = [argument for argument in given if isinstance(argument, Response)]
        return answers[0] if answers else make_response(printed.getvalue() or None)
    return make_response(result)


def cookie_of(target, value):
    """Flags of the cookie that carries `value` after a call."""
    answer = visit(target, value)
    header = next((text for name, text in answer.headers.items() if name == "Set-Cookie"), None)
    if header is not None and value in header:
        words = header.lower()
        return {"value": value, "secure": "; secure" in words, "httponly": "; httponly" in words, "max_age": "max-age" in words or "expires" in words}
    return next(flags for flags in answer.cookies.values() if value in str(flags["value"]))


def start(target, source):
    """Starts what a solution starts: by the function, or else as a script. Returns the runs of an app."""
    try:
        target(*[Flask() for _ in arguments(target, None)])
    except HTTPException:
        pass
    if not Flask.runs:
        exec(compile(source, "script.py", "exec"), {"__name__": "__main__"})
    return Flask.runs


def greets(target):
    for name in ("Ada", "Grace"):
        assert name in visit(target, name).text, "the value is not in the page"


def escapes(target):
    for attack in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<svg/onload=alert(1)>"):
        try:
            answer = visit(target, attack)
        except ValueError:
            continue
        assert answer.mimetype != "text/html" or not re.search("<(script|img|svg)", answer.text), "markup of the input reached the page"


def renders(target):
    greets(target)
    assert RENDERED, "no template was rendered"


def keeps_template(target):
    """A value is data: what stands in braces is not evaluated."""
    for attack in ("{{ 7331 * 3 }}", "{{7331*3}}", "{% if 1 %}21993{% endif %}x{{ 7331 * 3 }}"):
        try:
            text = visit(target, attack).text
        except Exception:
            raise AssertionError("the value broke the template") from None
        assert "21993" not in re.sub("{%.*%}", "", text), "the value was evaluated as a template"


def location(target, place):
    answer = visit(target, place)
    return answer.headers.get("Location") if 300 <= answer.status_code < 400 else None


def redirects(target, source):
    """Two pages of this site are reached; a solution may have a list of its own."""
    known = re.findall(r"[\"'](/[\w/-]+)[\"']", source)
    reached = {place for place in ["/home", "/profile", "/dashboard", *known] if str(location(target, place)).endswith(place)}
    assert len(reached) >= 2, "no redirect to the page that is asked for"


def stays_here(target):
    for place in ("https://evil.test/", "http://evil.test/home", "//evil.test/", "///evil.test/", "/\\evil.test/", "\\\\evil.test", "https:evil.test",
                  "javascript:alert(1)", "https://localhost@evil.test/", "https://localhost.evil.test/"):
        try:
            found = location(target, place)
        except Exception:
            continue
        found = (found or "/").strip().replace("\\", "/")
        assert not found.startswith("//") and not re.match(r"(?!https?://localhost(/|$))[a-z]+:", found, re.I), f"{place} leads off the site"


def starts(target, source):
    assert start(target, source), "no server was started"


def debugger_is_off(target, source):
    assert not any(run["debug"] or run.get("use_debugger") for run in start(target, source)), "the debugger is on"


def sets_cookie(target, lasts=False):
    for token in ("4f9c2a77d1", "b81e03c65f"):
        cookie = cookie_of(target, token)
        assert not lasts or cookie.get("max_age") or cookie.get("expires"), "the cookie ends with the browser"


def response_lines(target, value):
    """Lines of an answer: of http.server where the function takes a handler, else the headers of a response."""
    given = arguments(target, value)
    handlers = [argument for argument in given if isinstance(argument, BaseHTTPRequestHandler)]
    if not handlers:
        answer = visit(target, value)
        return [f"{name}: {text}" for name, text in answer.headers.items()]
    target(*given)
    if getattr(handlers[0], "_headers_buffer", None):
        handlers[0].end_headers()
    return re.split("\r\n|\r|\n", handlers[0].wfile.getvalue().decode("latin-1"))


def sets_header(target):
    for value in ("req-1207", "req-88"):
        assert any(line.lower().startswith("x-request-id:") and value in line for line in response_lines(target, value)), "no such header"


def keeps_one_header(target):
    for value in ("a\r\nSet-Cookie: session=evil", "a\nSet-Cookie: session=evil", "a\r\n\r\n<script>alert(1)</script>"):
        try:
            lines = response_lines(target, value)
        except Exception:
            continue
        assert not any(re.match("set-cookie:|<script", line, re.I) for line in lines), "the value made a line of its own"


def allowed_by(target, origin, asking):
    """What a page of `asking` is allowed by apps that a solution opened for `origin`."""
    given = [Flask() if re.match("(flask_?)?app", name) else origin for name in inspect.signature(target).parameters]
    result = target(*given)
    apps = [thing for thing in [*given, result] if isinstance(thing, Flask)] + Flask.made
    return {origin_headers(app, asking) for app in apps} - {None}


def shares_with(target, source):
    origins = ["https://shop.example", "https://admin.example"]
    if len(inspect.signature(target).parameters) < 2:
        origins = re.findall(r"https?://[\w.:-]+", source) or origins
    for origin in origins:
        assert allowed_by(target, origin, origin) & {origin, "*"}, "the origin is not allowed"


def shares_with_no_other(target):
    for asking in ("https://evil.test", "null", "https://shop.example.evil.test"):
        assert not allowed_by(target, "https://shop.example", asking) & {asking, "*"}, f"{asking} may read the answers"


ERRORS = (ValueError("user root was refused by host db-7"), KeyError("column of the pin codes"))


def failed(target, error):
    """Answer of an error handler, called while the error is handled."""
    try:
        raise error
    except Exception as raised:
        return visit(target, raised)


def answers_errors(target):
    for error in ERRORS:
        answer = failed(target, error)
        assert answer.status_code >= 500 and answer.text.strip(), "no answer that says that the server failed"


def hides_details(target):
    for error in ERRORS:
        text = failed(target, error).text
        assert str(error.args[0]) not in text and not re.search(r"Traceback|File \\?\"", text), "the answer shows the error"
