"""An internet without wires, for requests, httpx and urllib: every page exists, and each visit is noted."""

import ipaddress
import json
import re
import socket
import ssl
import urllib.request
from urllib.parse import urljoin, urlsplit


class RequestException(IOError):
    pass


class HTTPError(RequestException):
    pass


class SSLError(RequestException):
    pass


class InvalidSchema(RequestException, ValueError):
    pass


def resolve(host):
    """Address of a host: names of evil.example point inside, all other names outside."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return "10.0.0.5" if host.endswith("evil.example") else "93.184.216.34"


def is_inner(url):
    parts = urlsplit(url)
    return parts.scheme == "file" or not ipaddress.ip_address(resolve(parts.hostname)).is_global


class Response:
    def __init__(self, url, status_code, body, headers):
        self.url, self.status_code, self.text = url, status_code, body
        self.status = self.code = status_code
        kind = "image/png" if url.endswith(".png") else "application/json"
        self.headers = {"Content-Type": kind, "Content-Length": str(len(body)), **headers}
        self.content = body.encode()
        self.ok, self.is_success = status_code < 400, status_code < 300
        self.is_redirect = "Location" in headers
        self.encoding, self.history, self.reason = "utf-8", [], "OK"
        self.at = 0

    def json(self, **_):
        return json.loads(self.text)

    def raise_for_status(self):
        if not self.ok:
            raise HTTPError(self.status_code)
        return self

    def iter_content(self, chunk_size=1, decode_unicode=False):
        return iter([self.text if decode_unicode else self.content])

    def iter_lines(self, **_):
        return iter(self.content.splitlines())

    iter_bytes = iter_content

    def read(self, size=-1):
        part = self.content[self.at :] if size is None or size < 0 else self.content[self.at : self.at + size]
        self.at += len(part)
        return part

    raw = property(lambda self: self)

    def info(self):
        return self.headers

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Internet:
    def __init__(self):
        self.visits = []
        self.body = "content of {url}"
        # With somebody in between, an https request whose certificate is checked fails.
        self.is_intercepted = False

    def fetch(self, url, follows, is_verified):
        url = str(url)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidSchema(url)
        if self.is_intercepted and parts.scheme == "https" and is_verified:
            raise SSLError("certificate verify failed")
        self.visits.append(url)
        if parts.hostname == "redirect.example":
            if follows:
                return self.fetch("http://169.254.169.254/latest", follows, is_verified)
            return Response(url, 302, "", {"Location": "http://169.254.169.254/latest"})
        return Response(url, 200, json.dumps({"data": self.body.format(url=url)}), {})


internet = Internet()


class Client:
    """Session of requests and client of httpx; they differ in what they do about redirects."""

    follows = True

    def __init__(self, verify=True, base_url="", follow_redirects=None, **_):
        self.verify, self.base_url = verify, base_url
        self.headers, self.auth, self.params, self.cookies, self.max_redirects = {}, None, {}, {}, 30
        if follow_redirects is not None:
            self.follows = follow_redirects

    def request(self, method, url, *_, verify=None, allow_redirects=None, follow_redirects=None, **__):
        verify = self.verify if verify is None else verify
        if isinstance(verify, ssl.SSLContext):
            verify = verify.verify_mode != ssl.CERT_NONE
        choice = allow_redirects if follow_redirects is None else follow_redirects
        follows = self.follows if choice is None else choice
        return internet.fetch(urljoin(self.base_url, str(url)), follows, bool(verify))

    def mount(self, *_):
        pass

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class HttpxClient(Client):
    follows = False

    def stream(self, method, url, **options):
        return self.request(method, url, **options)


METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


def add_methods(client):
    for method in METHODS:
        setattr(client, method, lambda self, url, *rest, _m=method, **options: self.request(_m, url, *rest, **options))


def functions_of(client):
    """The functions of a module, each with a client of its own, such as requests.get."""
    made = {m: (lambda url, *rest, _m=m, **options: getattr(client(), _m)(url, *rest, **options)) for m in METHODS}
    return {**made, "request": lambda method, url, **options: client().request(method, url, **options)}


class AsyncClient(HttpxClient):
    async def request(self, *args, **options):
        return Client.request(self, *args, **options)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass


for client in (Client, HttpxClient, AsyncClient):
    add_methods(client)
ERRORS = {
    "RequestException": RequestException,
    "HTTPError": HTTPError,
    "ConnectionError": RequestException,
    "Timeout": RequestException,
    "SSLError": SSLError,
    "InvalidSchema": InvalidSchema,
    "InvalidURL": InvalidSchema,
}
install("requests", Session=Client, session=Client, Response=Response, **functions_of(Client), **ERRORS)
install("requests.exceptions", **ERRORS)
install("requests.adapters", HTTPAdapter=Recorder())
install("urllib3", disable_warnings=lambda *_: None)
install("urllib3.exceptions", InsecureRequestWarning=Warning)
install("requests.packages.urllib3", disable_warnings=lambda *_: None)
install("requests.packages.urllib3.exceptions", InsecureRequestWarning=Warning)
install("httpx", Client=HttpxClient, AsyncClient=AsyncClient, **functions_of(HttpxClient))
sys.modules["httpx"].HTTPError = sys.modules["httpx"].RequestError = RequestException


def open_url(request, data=None, timeout=None, *, context=None, follows=True, **_):
    url = request.full_url if isinstance(request, urllib.request.Request) else request
    if urlsplit(url).scheme == "file":
        internet.visits.append(url)
        return Response(url, 200, "root:x:0:0", {})
    context = context or ssl._create_default_https_context()
    return internet.fetch(url, follows, context.verify_mode != ssl.CERT_NONE)


def open_with_handlers(opener, request, data=None, timeout=None):
    standard = urllib.request.HTTPRedirectHandler.redirect_request
    redirects = [h.redirect_request for h in opener.handlers if hasattr(h, "redirect_request")]
    context = next((h._context for h in opener.handlers if getattr(h, "_context", None)), None)
    follows = all(method.__func__ is standard for method in redirects)
    return open_url(request, context=context, follows=follows)


def retrieve(url, filename=None, *_):
    with open(filename or "download", "wb") as file:
        file.write(open_url(url).read())
    return filename or "download", {}


def address_info(host, port, *_, **__):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (resolve(host), port or 0))]


urllib.request.urlopen, urllib.request.urlretrieve = open_url, retrieve
urllib.request.OpenerDirector.open = open_with_handlers
socket.getaddrinfo, socket.gethostbyname = address_info, resolve
socket.gethostbyname_ex = lambda host: (host, [], [resolve(host)])

HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def hosts_of(source):
    """Hosts that a solution may allow: common ones, and all that its source names."""
    return ["api.example.com", "example.com", "www.example.com", *HOST.findall(source)]


def fetched(target, url):
    result = call(target, url)
    return text_of(result) + files_text()


def fetches_pages(target, source):
    """Some host can be asked, for the very page that the url names."""
    for host in hosts_of(source):
        for end in ("", ".png"):
            urls = [f"https://{host}/one{end}", f"https://{host}/two/three{end}"]
            try:
                if all("content of " + url in fetched(target, url) for url in urls):
                    return
            except Exception:
                continue
    raise AssertionError("no page can be fetched")


ATTACKS = (
    "http://169.254.169.254/latest/meta-data/",
    "http://localhost:6379/",
    "http://127.0.0.1/{host}",
    "https://10.0.0.5/admin",
    "https://192.168.1.1/?next={host}",
    "http://2130706433/",
    "http://[::1]/",
    "file:///etc/passwd",
    "https://{host}@169.254.169.254/",
    "https://{host}.evil.example/",
    "https://evil.example/#{host}",
    "https://redirect.example/out",
)


def reaches_no_inner_service(target, source):
    for host in hosts_of(source):
        for attack in ATTACKS:
            refuses(call, target, attack.format(host=host))
    reached = [url for url in internet.visits if is_inner(url)]
    assert not reached, reached[0]


def loads_over_https(target, url):
    """Twice, with another answer each time, so that a constant fails."""
    for body in ("first-answer", "second-answer"):
        internet.body = body
        assert body in text_of(call(target, url)) + files_text(), body
    assert internet.visits and all(visit.startswith("https://") for visit in internet.visits), internet.visits


def notices_interception(target, url):
    internet.is_intercepted, internet.body = True, "forged-answer"
    refuses(call, target, url)
    assert not internet.visits, internet.visits
