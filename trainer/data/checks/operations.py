"""Environments with and without credentials, databases that note who connects, readable logs, a limit of time."""

import ast
import base64
import contextlib
import hashlib
import io
import logging
import os
import re
import signal
from urllib.parse import unquote, urlsplit


class Environment(dict):
    """Has a value for each name, or, after `clear`, for none."""

    is_empty = False

    def clear(self):
        self.is_empty = True

    def __contains__(self, name):
        return not self.is_empty

    def __getitem__(self, name):
        if self.is_empty:
            raise KeyError(name)
        return "5432" if "PORT" in name else f"from-environment-{len(name)}"

    def get(self, name, default=None):
        return default if self.is_empty else self[name]


environment = Environment()
connections = []


class Connection:
    autocommit = False

    def cursor(self, *_, **__):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def connect(*args, **options):
    connections.append((args, options))
    return Connection()


def give_environment():
    """Only for solutions that connect: others need the real one."""
    os.environ = environment
    os.getenv = environment.get


install("psycopg2", connect=connect, Error=Exception, OperationalError=Exception)
install("psycopg2.extras", RealDictCursor=object, DictCursor=object)
install("psycopg2.pool", SimpleConnectionPool=connect, ThreadedConnectionPool=connect)
install("psycopg", connect=connect)
install("pg8000", connect=connect)
install("asyncpg", connect=connect)
install("sqlalchemy", create_engine=connect, text=str)
install("dotenv", load_dotenv=lambda *_, **__: None)


def opens_connections(target):
    for opened in (1, 2):
        assert call(target) is not None, "no connection is returned"
        assert len(connections) == opened, connections


def passwords_of(args, options):
    for value in [*args, *options.values()]:
        if isinstance(value, str):
            found = re.search(r"password\s*=\s*'?([^\s']+)", value)
            yield unquote(urlsplit(value).password or "") if "://" in value else found.group(1) if found else ""
    yield from (str(options.get(name) or "") for name in ("password", "passwd"))


def keeps_passwords_out_of(source, name):
    """With and without an environment, no password is one of the texts in the code."""
    constants = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    literals = [value for value in constants if isinstance(value, str)]
    for prepare in (lambda: None, environment.clear):
        prepare()
        connections.clear()
        namespace = {"__name__": "solution"}
        with contextlib.suppress(Exception):
            exec(source, namespace)
            call(namespace[name])
        for password in (p for args, options in connections for p in passwords_of(args, options) if p):
            assert not any(password in literal for literal in literals), password


class Lines(logging.Handler):
    def emit(self, record):
        written.append(record.getMessage())


written = []


def watch_logs():
    root = logging.getLogger()
    root.addHandler(Lines())
    root.setLevel(logging.DEBUG)


def logged(target, *values):
    """All that a call writes: to loggers, the screen and files."""
    written.clear()
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), contextlib.suppress(Exception):
        call(target, *values)
    return "\n".join([*written, out.getvalue(), files_text()])


def logs_users(target):
    for user in ("ann-smith", "bob-miller"):
        assert user in logged(target, user, "hunter2-secret"), "the user is not in the log"


def logs_no_secret(target):
    secret = b"hunter2-secret"
    forms = [secret.decode(), secret.hex(), base64.b64encode(secret).decode(), secret.decode()[::-1]]
    forms += [hashlib.new(name, secret).hexdigest() for name in ("md5", "sha1", "sha256")]
    words = logged(target, "ann-smith", secret.decode())
    assert not any(form in words for form in forms), words


def logs_texts(target):
    for text in ("red shoes", "blue hats"):
        assert text in logged(target, text), "the text is not in the log"


def keeps_log_lines_whole(target):
    forged = "CRITICAL root: admin logged in"
    for end in ("\n", "\r\n"):
        lines = logged(target, "shoes" + end + forged).split("\n")
        assert not any(line.startswith(forged) for line in lines), lines


class TooSlow(BaseException):
    """No solution catches it by chance."""


def stop_slow(*_):
    raise TooSlow


def is_quick(function, *values):
    """Within 0.3 s of processor time; an alarm of real time stays free for who runs the check."""
    signal.signal(signal.SIGVTALRM, stop_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.3)
    try:
        refuses(call, function, *values)
    except TooSlow:
        return False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return True


def knows_addresses(target):
    for text in ("ann@example.com", "bob.smith@mail.example.org"):
        assert not refuses(call, target, text), text
    for text in ("ann.example.com", "", "ann@", "@example.com", "ann@exa mple.com", "a@b@example.com"):
        assert refuses(call, target, text), text


def answers_in_time(target):
    for text in ("a" * 60 + "!", "a@" + "b" * 60 + "!", "a@" + "b." * 60 + "!", "a." * 60 + "!"):
        assert is_quick(target, text), text
