"""A database in memory for functions that take or open a connection: sqlite3 itself, and psycopg (2 and 3) over it."""

import inspect
import re
import sqlite3


class SharedConnection(sqlite3.Connection):
    """Stays open, so that a check can look at the rows after a solution has closed it."""

    def close(self):
        self.commit()


DATABASE = sqlite3.connect(":memory:", factory=SharedConnection)
sqlite3.connect = lambda *args, **kwargs: DATABASE


def with_marks_of_sqlite(statement, parameters):
    """psycopg reads `%` only where values come along; `%s` and `%(name)s` are the only marks that it knows."""
    statement = re.sub(r"\bILIKE\b", "LIKE", str(statement), flags=re.I)
    if parameters is None:
        return statement
    if "?" in statement:
        raise ValueError("? is no placeholder of psycopg")

    def mark(match):
        if match[0] in ("%s", "%%"):
            return {"%s": "?", "%%": "%"}[match[0]]
        if match[1]:
            return ":" + match[1]
        raise ValueError("only '%s' and '%(name)s' are allowed as placeholders")

    return re.sub(r"%(?:\((\w+)\)s|.|$)", mark, statement)


class PostgresCursor:
    def __init__(self, rows_as_dicts=False):
        self.cursor = DATABASE.cursor()
        self.rows_as_dicts = rows_as_dicts

    def execute(self, query, vars=None, **options):
        parameters = options.get("params", vars)
        if isinstance(parameters, str):
            raise TypeError("not all arguments converted during string formatting")
        self.cursor.execute(with_marks_of_sqlite(query, parameters), () if parameters is None else parameters)
        return self

    def row(self, values):
        if values is None or not self.rows_as_dicts:
            return values
        return dict(zip([column[0] for column in self.cursor.description], values))

    def fetchone(self):
        return self.row(self.cursor.fetchone())

    def fetchall(self):
        return [self.row(values) for values in self.cursor.fetchall()]

    def fetchmany(self, size=1):
        return [self.row(values) for values in self.cursor.fetchmany(size)]

    def __iter__(self):
        return iter(self.fetchall())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False

    def __getattr__(self, name):
        return getattr(self.cursor, name)


class PostgresConnection:
    def cursor(self, *args, **options):
        return PostgresCursor(bool(options.get("cursor_factory") or options.get("row_factory")))

    def execute(self, query, params=None):
        return PostgresCursor().execute(query, params)

    def commit(self):
        DATABASE.commit()

    def rollback(self):
        DATABASE.rollback()

    def close(self):
        DATABASE.commit()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


def connect_to_postgres(*args, **options):
    return PostgresConnection()


install("psycopg2", connect=connect_to_postgres, Error=sqlite3.Error)
install("psycopg2.extras", RealDictCursor=PostgresCursor, DictCursor=PostgresCursor)
install("psycopg", connect=connect_to_postgres, Error=sqlite3.Error)
install("psycopg.rows", dict_row=dict)


def make_table(table, field, values, numbered=False):
    """Rows with the ids 71, 72, …, a note with the same number, and one value each.

    Where the field is `id` itself, its column has the value, or with `numbered` the number.
    """
    columns = list(dict.fromkeys(["id", "note", field]))
    DATABASE.execute(f'CREATE TABLE "{table}" ({", ".join(f"{chr(34)}{column}{chr(34)} TEXT" for column in columns)})')
    for number, value in enumerate(values, 71):
        row = {"id": str(number), "note": f"note {number}", field: value}
        row["id"] = str(number) if numbered else row["id"]
        DATABASE.execute(
            f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(columns))})', [row[column] for column in columns]
        )
    DATABASE.commit()


def column_of(table, field):
    return [value for (value,) in DATABASE.execute(f'SELECT "{field}" FROM "{table}" ORDER BY rowid')]


def call(function, connection, *values):
    """Calls a function that takes a connection at any place, a cursor, the path of a database, or none of these."""
    parameters = inspect.signature(function).parameters.values()
    needed = [one.name for one in parameters if one.default is one.empty and one.kind <= one.POSITIONAL_OR_KEYWORD]
    if len(needed) <= len(values):
        return function(*values)
    place = next((at for at, name in enumerate(needed) if re.match("conn|cur(sor)?$|db|database|session$", name)), 0)
    given = connection.cursor() if "cur" in needed[place] else connection
    if re.search("(path|file)(name)?$", needed[place]):
        given = "app.db"
    return function(*values[:place], given, *values[place:])


def leaves(value):
    """The values of a result, whatever it is: a row, rows, a dictionary, a cursor or one value."""
    if isinstance(value, dict):
        value = list(value.values())
    if value is None or isinstance(value, (str, bytes, int, float)):
        return [] if value is None else [str(value)]
    return [leaf for item in value for leaf in leaves(item)]


def attempt(function, connection, *values):
    """The values of a result; none where the function refuses."""
    try:
        return leaves(call(function, connection, *values))
    except Exception:
        DATABASE.rollback()
        return []


ALWAYS_TRUE = ["x' OR '1'='1", 'x" OR "1"="1', "x' OR 1=1 -- ", 'x" OR 1=1 -- ', "'x' OR 1=1", "0 OR 1=1"]


def select_works(target, table, field):
    make_table(table, field, ["Ada", "Ben"])
    for value, other in (("Ada", "Ben"), ("Ben", "Ada")):
        found = leaves(call(target, DATABASE, value))
        assert value in found, f"{value} is not in {found}"
        assert other not in found, f"{other} is in {found}"
    assert not attempt(target, DATABASE, "Nobody")


def select_is_safe(target, table, field):
    make_table(table, field, ["Ada", "Ben"])
    for attack in [*ALWAYS_TRUE, f"x'; DELETE FROM {table}; --"]:
        found = attempt(target, DATABASE, attack)
        assert "Ada" not in found and "Ben" not in found, f"{attack} finds {found}"
    assert column_of(table, field) == ["Ada", "Ben"]


def insert_works(target, table, field):
    make_table(table, field, [])
    for value in ("Ada", "Ben"):
        call(target, DATABASE, value)
    assert column_of(table, field) == ["Ada", "Ben"]


def insert_is_safe(target, table, field):
    make_table(table, field, ["Ada"])
    attacks = ["x'), ('planted", 'x"), ("planted', f"x'); DELETE FROM {table}; --", "x' || 'y"]
    for attack in attacks:
        attempt(target, DATABASE, attack)
    stored = column_of(table, field)
    assert stored[:1] == ["Ada"] and set(stored[1:]) <= set(attacks), f"stored {stored}"


def delete_works(target, table, field):
    make_table(table, field, ["Ada", "Ben", "Cleo"], numbered=True)
    for number, left in (("72", ["note 71", "note 73"]), ("71", ["note 73"])):
        call(target, DATABASE, number)
        assert column_of(table, "note") == left


def delete_is_safe(target, table, field):
    make_table(table, field, ["Ada", "Ben"], numbered=True)
    for attack in [*ALWAYS_TRUE, f"0; DELETE FROM {table}", f"x'; DELETE FROM {table}; --"]:
        attempt(target, DATABASE, attack)
        left = column_of(table, "note")
        assert left == ["note 71", "note 72"], f"{attack} leaves {left}"


def in_order_of(function, number, value):
    """The two values of an update in the order in which a function takes them."""
    names = list(inspect.signature(function).parameters)[-2:]
    is_number = [bool(re.search(r"(^|_)id$", name)) for name in names]
    return (value, number) if is_number == [False, True] else (number, value)


def update_works(target, table, field):
    make_table(table, field, ["Ada", "Ben"], numbered=True)
    call(target, DATABASE, *in_order_of(target, "72", "Zoe"))
    assert column_of(table, field)[1] == "Zoe" != column_of(table, field)[0]
    call(target, DATABASE, *in_order_of(target, "71", "Yan"))
    assert column_of(table, field)[0] == "Yan"
    assert column_of(table, "note") == ["note 71", "note 72"]


def update_is_safe(target, table, field):
    make_table(table, field, ["Ada", "Ben"], numbered=True)
    for attack in ("x', note = 'planted", 'x", note = "planted', f"x'; UPDATE {table} SET note = 'planted'; --"):
        attempt(target, DATABASE, *in_order_of(target, "71", attack))
        notes = column_of(table, "note")
        assert notes == ["note 71", "note 72"], f"{attack} writes {notes}"
    for attack in ALWAYS_TRUE:
        attempt(target, DATABASE, *in_order_of(target, attack, "planted"))
        assert "planted" not in column_of(table, field), f"{attack} changes every row"


def search_works(target, table, field):
    make_table(table, field, ["red apple", "apple pie", "blue sky"])
    for term, hits in (("apple", {"red apple", "apple pie"}), ("sky", {"blue sky"})):
        found = set(leaves(call(target, PostgresConnection(), term)))
        assert hits == found & {"red apple", "apple pie", "blue sky"}, f"{term} finds {found}"


def search_is_safe(target, table, field):
    make_table(table, field, ["red apple", "blue sky"])
    for attack in [*ALWAYS_TRUE, "x%' OR 1=1 -- ", "x%' OR '1%'='1"]:
        found = attempt(target, PostgresConnection(), attack)
        assert not found, f"{attack} finds {found}"


def order_works(target, table, field):
    make_table(table, field, ["Cleo", "Ada", "Ben"])
    for column, order in ((field, "Ada Ben Cleo"), ("id", "Cleo Ada Ben" if field != "id" else "Ada Ben Cleo")):
        found = [value for value in leaves(call(target, DATABASE, column)) if value in ("Ada", "Ben", "Cleo")]
        assert found == order.split(), f"{column} gives {found}"


def order_is_safe(target, table, field):
    make_table(table, field, ["Cleo", "Ada", "Ben"])
    made = []
    DATABASE.create_function("planted", 0, lambda: made.append(1))
    for attack in ("planted()", f"{field}, planted()", f"(SELECT planted() FROM {table})", "1; SELECT planted()"):
        attempt(target, DATABASE, attack)
        assert not made, f"{attack} runs"


def count_works(target, table, field):
    make_table(table, field, ["Ada", "Ben", "Ada"])
    for value, expected in (("Ada", "2"), ("Ben", "1"), ("Nobody", "0")):
        found = leaves(call(target, DATABASE, value))
        assert found == [expected], f"{value} gives {found}"


def count_is_safe(target, table, field):
    make_table(table, field, ["Ada", "Ben", "Ada"])
    for attack in [*ALWAYS_TRUE, f"x'; DELETE FROM {table}; --"]:
        found = attempt(target, DATABASE, attack)
        assert found in ([], ["0"]), f"{attack} gives {found}"
    assert column_of(table, field) == ["Ada", "Ben", "Ada"]
