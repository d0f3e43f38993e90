"""Archives with members that leave their folder. Needs the doubles `templates`, `answers`, `web` and `files`."""

import io
import os
import re
import tarfile

if hasattr(tarfile, "fully_trusted_filter"):
    # What Python did before 3.14 where no filter is given.
    tarfile.TarFile.extraction_filter = staticmethod(tarfile.fully_trusted_filter)


def tar_filter(member, folder):
    """As in Python 3.12: leading slashes go, and a member that leaves the folder is an error."""
    member.name = member.name.lstrip("/" + os.sep)
    root = os.path.realpath(folder)
    if os.path.commonpath([os.path.realpath(os.path.join(root, member.name)), root]) != root:
        raise tarfile.TarError(f"{member.name} is outside of the destination")
    return member


def data_filter(member, folder):
    """As in Python 3.12: also refuses links that leave the folder, and devices."""
    member = tar_filter(member, folder)
    root = os.path.realpath(folder)
    if member.islnk() or member.issym():
        start = os.path.dirname(member.name) if member.issym() else ""
        end = os.path.realpath(os.path.join(root, start, member.linkname))
        if os.path.isabs(member.linkname) or os.path.commonpath([end, root]) != root:
            raise tarfile.TarError(f"{member.name} links to the outside of the destination")
    elif not member.isfile() and not member.isdir():
        raise tarfile.TarError(f"{member.name} is a special file")
    return member


def add_filters():
    """Gives a Python without filters the argument of a later one."""
    filters = {"fully_trusted": lambda member, _: member, "tar": tar_filter, "data": data_filter}
    extract_one = tarfile.TarFile.extract

    def extract(self, member, path="", set_attrs=True, *, numeric_owner=False, filter=None):
        member = self.getmember(member) if isinstance(member, str) else member
        kept = (filters.get(filter, filter) or filters["fully_trusted"])(member, path)
        if kept is not None:
            extract_one(self, kept, path, set_attrs, numeric_owner=numeric_owner)

    def extractall(self, path=".", members=None, *, numeric_owner=False, filter=None):
        for member in self if members is None else members:
            self.extract(member, path, numeric_owner=numeric_owner, filter=filter)

    tarfile.TarFile.extract, tarfile.TarFile.extractall = extract, extractall
    tarfile.tar_filter, tarfile.data_filter, tarfile.fully_trusted_filter = tar_filter, data_filter, filters["fully_trusted"]
    tarfile.FilterError = tarfile.TarError


if not hasattr(tarfile, "data_filter"):
    add_filters()


def archive(path, members):
    """Writes a tar; a member is (name, bytes), or (name, target of a link)."""
    with tarfile.open(path, "w:gz") as tar:
        for name, body in members:
            member = tarfile.TarInfo(name)
            if isinstance(body, str):
                member.type, member.linkname = tarfile.SYMTYPE, body
                tar.addfile(member)
            else:
                member.size = len(body)
                tar.addfile(member, io.BytesIO(body))


def unpack(target, path, folder):
    os.makedirs(folder, exist_ok=True)
    names = needed(target)
    if names and re.search("upload|file(obj|_obj|storage)?$|stream", names[0]):
        try:
            target(*[path, folder][: len(names)])
        except (TypeError, AttributeError):
            target(*[Upload("some.tar.gz", content(path)), folder][: len(names)])
    else:
        target(*[path, folder][: len(names)])


def unpacks(target, source):
    for number in ("1", "2"):
        for folder in folders(source):
            os.makedirs(folder, exist_ok=True)
        archive("some.tar.gz", [("readme.txt", b"text " + number.encode()), ("sub/data.csv", number.encode() * 3)])
        unpack(target, "some.tar.gz", "out" + number)
        found = [content(path) for path in tree(SITE)]
        assert b"text " + number.encode() in found and number.encode() * 3 in found, "a member was not written"


def unpacks_inside(target):
    places = ["../evil.txt", "../../evil.txt", "../out-evil.txt", os.path.join(TOP, "evil.txt"), "sub/../../../evil.txt"]
    attacks = [[(place, b"evil")] for place in places]
    attacks.append([("link", ".."), ("link/evil.txt", b"evil")])
    attacks.append([("link", TOP), ("link/evil.txt", b"evil")])
    for members in attacks:
        archive("some.tar.gz", [("good.txt", b"good"), *members])
        before = tree(TOP)
        try:
            unpack(target, "some.tar.gz", "out")
        except Exception:
            pass
        # A solution that takes no folder unpacks into the work folder or one that it names.
        inside = SITE + os.sep + ("out" + os.sep if len(needed(target)) > 1 else "")
        outside = [path for path in tree(TOP) - before if not path.startswith(inside)]
        assert not outside, f"{members[-1][0]} was written outside"
