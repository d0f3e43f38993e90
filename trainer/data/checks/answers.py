"""What a view reads of a request and what a client gets: fields, uploads, headers, cookies, files and errors, as in werkzeug."""

import inspect
import io
import json
import os
import posixpath
import re
import unicodedata


class Values(dict):
    """Fields of a request. What has no entry has the value that the visitor sent, since any name of a field is right."""

    sent = None

    def get(self, key, default=None, type=None):
        value = dict.get(self, key, self.sent)
        if value is None:
            return default
        try:
            return type(value) if type else value
        except ValueError:
            return default

    def __getitem__(self, key):
        value = self.get(key)
        if value is None:
            raise HTTPException(400)
        return value

    def __contains__(self, key):
        return self.get(key) is not None

    def __bool__(self):
        return len(self) > 0 or self.sent is not None

    def getlist(self, key):
        return [self[key]] if key in self else []

    def values(self):
        return list(dict.values(self)) or [value for value in [self.sent] if value is not None]

    def to_dict(self, flat=True):
        return dict(self)


class Headers(dict):
    """Headers of an answer; names without regard to case. Like werkzeug it refuses line breaks."""

    def __setitem__(self, key, value):
        value = str(value)
        if "\r" in value or "\n" in value:
            raise ValueError("a header value must not contain line breaks")
        dict.__setitem__(self, key.title(), value)

    def __getitem__(self, key):
        return dict.__getitem__(self, key.title())

    def get(self, key, default=None):
        return dict.get(self, key.title(), default)

    def __contains__(self, key):
        return dict.__contains__(self, key.title())

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *others, **more):
        for key, value in dict(*others, **more).items():
            self[key] = value

    def set(self, key, value):
        self[key] = value

    add = set
    extend = update


class HTTPException(Exception):
    """What abort raises."""

    def __init__(self, code=500, description=None):
        super().__init__(code, description)
        self.code = code
        self.description = description or "error"
        self.name = "error"

    def get_response(self):
        return Response(self.description, self.code)


class BadRequest(HTTPException):
    def __init__(self, description=None):
        super().__init__(400, description)


class Forbidden(HTTPException):
    def __init__(self, description=None):
        super().__init__(403, description)


class NotFound(HTTPException):
    def __init__(self, description=None):
        super().__init__(404, description)


def abort(code, description=None, **_):
    if isinstance(code, Response):
        error = HTTPException(code.status_code)
        error.get_response = lambda: code
        raise error
    raise HTTPException(code, description)


class Response:
    default_status = 200

    def __init__(self, response=b"", status=None, headers=None, mimetype=None, content_type=None, **_):
        self.data = response if isinstance(response, bytes) else "".join(
            part.decode() if isinstance(part, bytes) else str(part) for part in ([response] if isinstance(response, str) else response or [])
        ).encode()
        self.status = status or self.default_status
        self.headers = Headers()
        self.headers["Content-Type"] = content_type or mimetype or "text/html; charset=utf-8"
        self.headers.update(headers or {})
        self.cookies = {}

    @property
    def status_code(self):
        return int(str(self.status).split()[0])

    @status_code.setter
    def status_code(self, code):
        self.status = code

    @property
    def mimetype(self):
        return self.headers["Content-Type"].split(";")[0].strip()

    @mimetype.setter
    def mimetype(self, value):
        self.headers["Content-Type"] = value

    content_type = mimetype

    @property
    def text(self):
        return self.data.decode()

    @property
    def location(self):
        return self.headers.get("Location")

    @location.setter
    def location(self, value):
        self.headers["Location"] = value

    def get_data(self, as_text=False):
        return self.text if as_text else self.data

    def set_data(self, data):
        self.data = data.encode() if isinstance(data, str) else data

    def set_cookie(self, key, value="", max_age=None, expires=None, path="/", domain=None, secure=False, httponly=False, samesite=None, **_):
        flags = {"max_age": max_age, "expires": expires, "secure": secure, "httponly": httponly, "samesite": samesite}
        self.cookies[key] = {"value": value, **flags}

    def delete_cookie(self, key, **_):
        self.cookies.pop(key, None)


def make_response(*parts):
    """Whatever a view may return, as flask reads it."""
    value, *rest = parts[0] if len(parts) == 1 and isinstance(parts[0], tuple) else parts or ("",)
    if value is None:
        raise TypeError("the view returned nothing")
    if isinstance(value, (dict, list)):
        value = jsonify(value)
    elif isinstance(value, HTTPException):
        value = value.get_response()
    elif not isinstance(value, Response):
        value = Response(value if isinstance(value, (str, bytes)) or inspect.isgenerator(value) else str(value))
    for part in rest:
        if isinstance(part, (int, str)):
            value.status = part
        elif part:
            value.headers.update(part)
    return value


def jsonify(*values, **fields):
    value = fields or (values[0] if len(values) == 1 else list(values))
    return Response(json.dumps(value, default=str) + "\n", mimetype="application/json")


def redirect(location, code=302, **_):
    answer = Response("", code)
    answer.headers["Location"] = location
    return answer


def secure_filename(filename):
    """As in werkzeug."""
    filename = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode().replace(os.sep, " ")
    return re.sub(r"[^A-Za-z0-9_.-]", "", "_".join(filename.split())).strip("._")


def safe_join(directory, *names):
    """As in werkzeug: None where the path would leave the folder."""
    parts = [str(directory)]
    for name in names:
        name = posixpath.normpath(name) if name else name
        if os.path.isabs(name) or name == ".." or name.startswith("../"):
            return None
        parts.append(name)
    return posixpath.join(*parts)


def send_file(path_or_file, mimetype=None, as_attachment=False, download_name=None, **_):
    if hasattr(path_or_file, "read"):
        return Response(path_or_file.read(), mimetype=mimetype or "application/octet-stream")
    with open(path_or_file, "rb") as handle:
        return Response(handle.read(), mimetype=mimetype or "application/octet-stream")


def send_from_directory(directory, path=None, filename=None, **more):
    target = safe_join(str(directory), str(path if path is not None else filename))
    if target is None or not os.path.isfile(target):
        raise NotFound()
    return send_file(target, **more)


class Upload:
    """A file that a client sent."""

    def __init__(self, filename, data):
        self.filename = filename
        self.name = "file"
        self.stream = self.file = io.BytesIO(data)
        self.mimetype = self.content_type = "application/octet-stream"
        self.content_length = len(data)

    def read(self, *size):
        return self.stream.read(*size)

    def seek(self, *position):
        return self.stream.seek(*position)

    def save(self, target, buffer_size=16384):
        if hasattr(target, "write"):
            target.write(self.stream.read())
            return
        with open(target, "wb") as handle:
            handle.write(self.stream.read())

    def __iter__(self):
        return iter(self.stream)


class Request:
    """The request that is being answered; one for all views."""

    def __init__(self):
        self.args, self.form, self.files, self.cookies, self.values = Values(), Values(), Values(), Values(), Values()
        self.headers, self.view_args, self.environ = Values(), {}, {}
        self.method, self.path, self.referrer, self.remote_addr = "GET", "/", None, "192.0.2.7"
        self.host, self.is_secure, self.scheme = "localhost", False, "http"
        self.host_url = self.url_root = "http://localhost/"
        self.url = self.base_url = self.full_path = "http://localhost/"
        self.endpoint, self.user_agent = "view", "browser"
        self.is_json = True
        self.body = None

    @property
    def json(self):
        return self.body if self.body is not None else self.args

    def get_json(self, **_):
        return self.json

    @property
    def data(self):
        return json.dumps(self.body).encode() if self.body is not None else str(self.args.sent or "").encode()

    def get_data(self, as_text=False, **_):
        return self.data.decode() if as_text else self.data
