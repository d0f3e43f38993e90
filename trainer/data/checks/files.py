"""Folders with files to read, uploads, temporary files and modes. Needs the doubles `templates`, `answers` and `web`.

The work folder lies deep in the folder of the check, so that what leaves it is still found, and harms nothing.
"""

import ast
import contextlib
import inspect
import io
import os
import re
import stat
import sys
import tempfile

TOP = os.getcwd()
SITE = os.path.join(TOP, "outer", "inner", "site")
os.makedirs(SITE)
os.chdir(SITE)
tempfile.tempdir = os.path.join(TOP, "scratch")
os.mkdir(tempfile.tempdir)
os.chmod(tempfile.tempdir, 0o1777)

SECRET = "the secret of the machine"
TEXTS = {"first.txt": "text of the first", "second.txt": "text of the second"}


def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w") as handle:
        handle.write(text)


def folders(source):
    """Folders that a solution may mean: the work folder, each relative path among its texts, and one to pass to it."""
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    names = {os.path.normpath(text) for text in texts if re.fullmatch(r"(\./)?\w[\w-]*(/[\w-]+)*/?", text)}
    return ["given", "."] + sorted(names)


def publish(source):
    """Puts the same files into each folder, and a secret next to it and in every folder above."""
    for folder in folders(source):
        for name, text in TEXTS.items():
            write(os.path.join(folder, name), text)
        if folder != ".":
            write(os.path.join(folder + "-private", "secret.txt"), SECRET)
            write(os.path.join(os.path.dirname(folder), "secret.txt"), SECRET)
    for place in (os.path.join(TOP, "secret.txt"), os.path.join(SITE, "..", "secret.txt"), SITE + "-private/secret.txt"):
        write(place, SECRET)


def needed(target):
    return [name for name, parameter in inspect.signature(target).parameters.items()
            if parameter.default is parameter.empty and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)]


def text_of(result):
    """What a reader got, whatever form it has."""
    if isinstance(result, tuple) and result:
        result = result[0]
    if isinstance(result, Response):
        result = result.data
    if hasattr(result, "read"):
        result = result.read()
    if isinstance(result, (list, dict)) or inspect.isgenerator(result):
        result = "".join(part.decode() if isinstance(part, bytes) else str(part) for part in result)
    return result.decode() if isinstance(result, bytes) else str(result or "")


def read(target, name):
    """Text that a solution gives out for a name: returned, sent or printed."""
    for fields in (request.args, request.form, request.values):
        fields.sent = name
    given = ["given" if re.search("base|dir|folder|root", parameter) else name for parameter in needed(target)]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        result = target(*given)
    return text_of(result) + printed.getvalue()


def reads_files(target, source):
    publish(source)
    for name, text in TEXTS.items():
        assert text in read(target, name), "the text of a file is missing"
    assert TEXTS["first.txt"] not in read(target, "second.txt"), "the same text for each name"


def serves_files(target, source):
    reads_files(target, source)
    answer = target(*["first.txt" for _ in needed(target)])
    assert isinstance(answer, Response) or any(app.routes for app in Flask.made), "nothing is served"


def keeps_inside(target, source):
    publish(source)
    ups = ["../" * count + rest for count in (1, 2, 3) for rest in ("secret.txt", "site-private/secret.txt")]
    siblings = [f"../{os.path.basename(folder)}-private/secret.txt" for folder in folders(source)]
    dots = ["....//" * count + "secret.txt" for count in (1, 2)] + ["x/../../secret.txt", "./../secret.txt", "x/../../../secret.txt"]
    for name in [*ups, *siblings, *dots, os.path.join(TOP, "secret.txt"), os.path.realpath(os.path.join(TOP, "secret.txt"))]:
        try:
            text = read(target, name)
        except Exception:
            continue
        assert SECRET not in text, f"{name} was read"


def tree(folder):
    return {os.path.join(path, name) for path, _, names in os.walk(folder) for name in names}


def content(path):
    with open(path, "rb") as handle:
        return handle.read()


def upload(target, source, filename, data):
    for folder in folders(source):
        os.makedirs(folder, exist_ok=True)
    thing = Upload(filename, data)
    request.files.sent = thing
    request.method = "POST"
    return target(*["given" if re.search("dir|folder|root|path", name) else filename if "name" in name else thing for name in needed(target)])


def saves_uploads(target, source):
    for filename, data in (("photo.png", b"first image"), ("list.csv", b"a,b,c")):
        before = tree(SITE)
        upload(target, source, filename, data)
        assert any(content(path) == data for path in tree(SITE) - before), "the upload was not saved"


def confines_uploads(target, source):
    """Nothing leaves the work folder, and with a folder of its own nothing leaves that."""
    for name in ("../../evil.txt", "../evil.txt", "....//....//evil.txt", "x/../../../evil.txt", os.path.join(TOP, "outer", "evil.txt")):
        before = tree(TOP)
        try:
            upload(target, source, name, b"evil")
        except Exception:
            pass
        outside = [path for path in tree(TOP) - before if not path.startswith(SITE + os.sep)]
        assert not outside, f"{name} was saved outside"


def keep_text(target, text):
    """What a call with a text gives, or with bytes where it wants those."""
    names = needed(target)
    for value in (text, text.encode()):
        try:
            result = target(*([value] * len(names)))
        except TypeError:
            continue
        return result
    raise AssertionError("takes neither text nor bytes")


def writes_temporary(target):
    for text in ("first text", "and a second text"):
        known = tree(TOP)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            result = keep_text(target, text)
        path = getattr(result, "name", result[0] if isinstance(result, tuple) else result)
        path = path or printed.getvalue().strip()
        if isinstance(path, bytes):
            path = path.decode()
        if hasattr(result, "flush") and not result.closed:
            result.flush()
        held = [path] if isinstance(path, (str, os.PathLike)) and os.path.isfile(path) else tree(TOP) - known
        found = [content(place).decode() for place in held]
        assert text in found or text_of(result) == text, "the text is in no file"


def creates_safely(target):
    """No file is created at a place that another user could have taken before: each is new by O_EXCL or in a private folder."""
    created, loose = set(), []
    watching = True

    def watch(event, details):
        if not watching or event != "open" or not isinstance(details[0], (str, bytes, os.PathLike)):
            return
        path = os.path.realpath(os.fsdecode(details[0]))
        flags = details[2]
        if os.path.isdir(path) or not flags & os.O_CREAT:
            return
        parent = os.stat(os.path.dirname(path)).st_mode if os.path.isdir(os.path.dirname(path)) else 0o777
        if flags & os.O_EXCL or path in created:
            created.add(path)
        elif parent & 0o077 or os.path.dirname(path) in (SITE, TOP):
            loose.append(path)

    os.chmod(TOP, 0o755)
    sys.addaudithook(watch)
    for text in ("first text", "second text"):
        keep_text(target, text)
    watching = False
    assert not loose, f"{loose[:1]} could be the file of another user"


def mode_after(target, name, mode):
    names = needed(target)
    path = os.path.join(SITE, name)
    if len(names) < 2 or "mode" in names[1]:
        write(path, "content")
        os.chmod(path, mode)
    os.umask(0o022)
    target(*[path, 0o640 if len(names) > 1 and "mode" in names[1] else "content", "content"][: len(names)])
    return stat.S_IMODE(os.stat(path).st_mode)


def sets_mode(target):
    for name in ("first.conf", "second.key"):
        mode = mode_after(target, name, 0o200)
        assert mode != 0o200 and mode & stat.S_IRUSR, "the owner cannot read the file"


def keeps_others_out(target):
    """Others may not write; and of a file with content that the function makes itself, they may not read either."""
    names = needed(target)
    forbidden = 0o6077 if len(names) > 1 and "mode" not in names[1] else 0o6002
    for start in (0o200, 0o600):
        mode = mode_after(target, f"some{start}.key", start)
        assert not mode & forbidden, f"mode {mode:o}"
