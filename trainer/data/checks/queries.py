"""A directory and a document store that answer queries as LDAP and MongoDB do."""

import contextlib
import inspect
import json
import re

PEOPLE = ("ada", "ben")
#: Attributes that a login may be kept in.
LOGINS = ("uid", "cn", "sAMAccountName", "userPrincipalName", "mail", "sn", "name")


def escape_filter_chars(text, encoding=None):
    return "".join(f"\\{ord(char):02x}" if char in "\\*()\0" else char for char in text)


def parse_filter(text, at=0):
    """An RFC 4515 filter as a function of an entry, and the place behind it."""
    if text[at] != "(":
        raise ValueError("malformed filter")
    if text[at + 1] in "&|!":
        operator, parts, at = text[at + 1], [], at + 2
        while text[at] == "(":
            part, at = parse_filter(text, at)
            parts.append(part)
        combine = {"&": all, "|": any, "!": lambda results: not all(results)}[operator]
        matches = lambda entry: combine([part(entry) for part in parts])
    else:
        end = re.compile(r"[()]").search(text, at + 1).start()
        attribute, value = text[at + 1 : end].split("=", 1)
        plain = [re.sub(r"\\([0-9a-fA-F]{2})", lambda code: chr(int(code[1], 16)), part) for part in value.split("*")]
        pattern, at = ".*".join(map(re.escape, plain)), end
        matches = lambda entry: re.fullmatch(pattern, entry.value_of(attribute), re.I | re.S) is not None
    if text[at] != ")":
        raise ValueError("malformed filter")
    return matches, at + 1


class Attribute(str):
    @property
    def value(self):
        return str(self)

    @property
    def values(self):
        return [str(self)]


class Entry:
    """One person, as an entry of ldap3."""

    def __init__(self, login):
        self.login = login
        self.entry_dn = f"uid={login},dc=example,dc=com"
        self.entry_attributes_as_dict = {name: [login] for name in LOGINS}

    def value_of(self, attribute):
        return "person" if attribute.lower() == "objectclass" else self.login

    def entry_to_json(self):
        return str(self)

    def __getattr__(self, name):
        if name not in LOGINS:
            raise AttributeError(name)
        return Attribute(self.login)

    def __getitem__(self, name):
        return Attribute(self.login)

    def __repr__(self):
        return f"DN: {self.entry_dn}"


class Directory:
    """A connection of ldap3 and of python-ldap."""

    entries = response = ()
    bound = True
    result = {"description": "success"}

    def matching(self, text):
        try:
            matches, end = parse_filter(text)
        except (IndexError, AttributeError, KeyError) as error:
            raise ValueError("malformed filter") from error
        if end != len(text):
            raise ValueError("malformed filter")
        return [entry for entry in map(Entry, PEOPLE) if matches(entry)]

    def search(self, search_base=None, search_filter=None, *args, **options):
        self.entries = self.matching(search_filter)
        self.response = [{"dn": entry.entry_dn, "attributes": entry.entry_attributes_as_dict} for entry in self.entries]
        return bool(self.entries)

    def search_s(self, base, scope, filterstr="(objectClass=*)", *args, **options):
        return [
            (entry.entry_dn, {name: [entry.login.encode()] for name in LOGINS}) for entry in self.matching(filterstr)
        ]

    search_ext_s = search_st = search_s

    def bind(self, *args):
        return True

    unbind = unbind_s = start_tls = simple_bind_s = bind_s = set_option = bind

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


def filter_format(template, values):
    return template % tuple(map(escape_filter_chars, values))


install(
    "ldap3",
    Server=lambda *args, **options: None,
    Connection=lambda *args, **options: Directory(),
    SUBTREE="SUBTREE",
    LEVEL="LEVEL",
    ALL="ALL",
    ALL_ATTRIBUTES="*",
)
install(
    "ldap", initialize=lambda *args, **options: Directory(), SCOPE_SUBTREE=2, SCOPE_ONELEVEL=1, LDAPError=ValueError
)
install("ldap3.utils.conv", escape_filter_chars=escape_filter_chars)
install("ldap.filter", escape_filter_chars=escape_filter_chars, filter_format=filter_format)


#: Names of the parameter that is asked, and not asked for.
SOURCE = re.compile("(^|_)(conn|connection|ldap|directory|coll|collection|db|tree|root|doc|document|xml|client)(_|$)")


def ask(target, source, value):
    """Calls a function that takes what is asked first, last or not at all."""
    names = list(inspect.signature(target).parameters)
    if len(names) < 2:
        return target(value)
    is_first, is_last = (SOURCE.search(name) is not None for name in names[:2])
    return target(value, source) if is_last and not is_first else target(source, value)


def ldap_works(target):
    for login, other in (PEOPLE, PEOPLE[::-1]):
        found = str(ask(target, Directory(), login))
        assert login in found and other not in found, f"{login} gives {found}"


def ldap_is_safe(target):
    for attack in ("*", "a*", "*)(uid=*", "*)(objectClass=*))(|(uid=*", "x)(|(uid=*)", "ada)(|(uid=ben"):
        found = ""
        with contextlib.suppress(Exception):
            found = str(ask(target, Directory(), attack))
        assert not any(login in found.replace(attack, "") for login in PEOPLE), f"{attack} finds {found}"


#: Sign of MongoDB's operators.
SIGN = chr(36)


def runs_as_script(script, document):
    """JavaScript of a where clause, as far as such clauses go: comparisons of fields, joined by && and ||."""
    body = re.sub(r"^\s*function\s*\(\)\s*\{\s*return\s*|;?\s*\}\s*$", "", script)
    body = re.sub(r"(?:this|obj)\.(\w+)", r"document.get('\1')", re.sub("//.*", "", body))
    body = re.sub("!==?", "!=", re.sub("===?", "==", body)).replace("&&", " and ").replace("||", " or ")
    body = re.sub(r"\btrue\b", "True", body.strip().rstrip(";"))
    return bool(eval(body, {"document": document}))


def fits(value, condition):
    if not isinstance(condition, dict) or not any(str(key).startswith(SIGN) for key in condition):
        return value == condition
    tests = {
        "eq": lambda wanted: value == wanted,
        "ne": lambda wanted: value != wanted,
        "gt": lambda wanted: str(value) > str(wanted),
        "gte": lambda wanted: str(value) >= str(wanted),
        "in": lambda wanted: value in wanted,
        "nin": lambda wanted: value not in wanted,
        "regex": lambda wanted: re.search(wanted, str(value)) is not None,
        "exists": lambda wanted: bool(wanted),
    }
    return all(tests[key[1:]](wanted) for key, wanted in condition.items())


class Collection:
    """A collection of pymongo, and any collection of a database."""

    def __init__(self, documents):
        self.documents = documents

    def find(self, filter=None, *args, **options):
        conditions = dict(filter or {})
        script = conditions.pop(SIGN + "where", None)
        return [
            dict(document)
            for document in self.documents
            if all(fits(document.get(name), condition) for name, condition in conditions.items())
            and (script is None or runs_as_script(script, document))
        ]

    def find_one(self, filter=None, *args, **options):
        return next(iter(self.find(filter)), None)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self

    def __getitem__(self, name):
        return self


#: What a client of pymongo is connected to.
STORE = Collection([])
install("pymongo", MongoClient=lambda *args, **options: STORE)


def notes_found(target, field, value):
    """The notes in what a function finds; it may take the value, or a request (an object or JSON) that has it as a field."""
    STORE.documents = [{"_id": 71, "note": "first", field: "Ada"}, {"_id": 72, "note": "second", field: "Ben"}]
    for given in (value, {field: value}, json.dumps({field: value})):
        found = ""
        with contextlib.suppress(Exception):
            found = str(ask(target, STORE, given))
        notes = [note for note in ("first", "second") if note in found]
        if notes:
            return notes
    return []


def nosql_works(target, field):
    for value, notes in (("Ada", ["first"]), ("Ben", ["second"]), ("Nobody", [])):
        found = notes_found(target, field, value)
        assert found == notes, f"{value} gives {found}"


def nosql_is_safe(target, field):
    attacks = [{SIGN + name: value} for name, value in (("ne", None), ("gt", ""), ("regex", ".*"), ("exists", True))]
    for attack in [*attacks, "x' || '1'=='1", 'x" || "1"=="1', "x' || true //"]:
        found = notes_found(target, field, attack)
        assert not found, f"{attack} finds {found}"
