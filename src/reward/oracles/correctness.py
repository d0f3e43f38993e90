"""Runs the tests of a prompt against the code of an answer, inside the sandbox (src/reward/sandbox.ts); the `setup` of a check.

Assertions of functions are compared in the test's own interpreter, so that what the code does to modules does not reach them; see
docs/rewards.md for what it cannot stop.
"""

import ast
import importlib.util
import io
import sys
import types

compile_text, new_string, run_code, stream_owner = compile, io.StringIO, exec, sys
Function = types.FunctionType
DEPTH = 4
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
PLAIN = (str, bytes, int, float, complex, bool, type(None))


class Undecidable(Exception):
    """The tests cannot judge any code here."""


def bound_names(tree):
    """Names that the top level of a program binds, with the kind of node that does."""
    names = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names[node.name] = node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = node
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name):
                        names[part.id] = node
    return names


def missing_module(tree):
    """A module that the program needs at its top level and that is not here; None when there is none."""
    for node in tree.body:
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module or ""]
        for name in modules:
            try:
                found = importlib.util.find_spec(name.split(".")[0])
            except (ImportError, ValueError):
                found = None
            if found is None:
                return name
    return None


def own_statements(text, answered):
    """The statements of a test script that do not define what the answer defines, ready to run."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise Undecidable("the tests do not parse") from error
    kept = []
    for node in tree.body:
        binds = bound_names(ast.Module([node], []))
        # A starting point that the answer fills in, or the answer imported under the name of a file. What the tests themselves are made
        # of stays, whatever the answer calls its own.
        is_definition = isinstance(node, DEFINITIONS) and not getattr(node, "name", "").startswith("test")
        if is_definition and all(name in answered for name in binds):
            continue
        kept.append(node)
    return ast.Module(kept, [])


def equals_everything(value, depth=DEPTH):
    """Whether a value claims to equal what it cannot know."""
    if type(value) in PLAIN:
        return False
    if depth > 0 and type(value) in (list, tuple, set, frozenset):
        return any(equals_everything(item, depth - 1) for item in value)
    if depth > 0 and type(value) is dict:
        return any(equals_everything(item, depth - 1) for pair in value.items() for item in pair)
    for stranger in (object(), Stub(), "\0 no value", -0.123456789):
        try:
            if (value == stranger) is True or (value != stranger) is False:
                return True
        except Exception:
            # What only compares with its like claims nothing.
            pass
    return False


def honest(function):
    """The function, which fails when what it gives back equals everything."""

    def call(*positional, **named):
        value = function(*positional, **named)
        if equals_everything(value):
            raise AssertionError("a value equals everything")
        return value

    call.__name__, call.__doc__ = function.__name__, function.__doc__
    call.__dict__.update(function.__dict__)
    call.__wrapped__ = function
    return call


class Stub:
    """Stands in for a class: every method gives None."""

    def __init__(self, *positional, **named):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *positional, **named: None


def stub(node):
    if isinstance(node, ast.ClassDef):
        return type(node.name, (Stub,), {})
    if isinstance(node, ast.AsyncFunctionDef):

        async def wait(*positional, **named):
            return None

        return wait
    return lambda *positional, **named: None


def stubs(source):
    """The names of the answer, with functions that give None in the place of what it defines."""
    tree = ast.parse(source)
    module = missing_module(tree)
    if module is not None:
        raise Undecidable(f"the code needs the module {module}, which is not in the standard library")
    names = {}
    for name, node in bound_names(tree).items():
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            names[name] = stub(node)
    imports = ast.Module([node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))], [])
    found = {}
    run_code(compile_text(imports, "imports", "exec"), found)
    return {**found, **names}


def called_names(tree):
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def run_script(tree, names):
    run_code(compile_text(tree, "test", "exec"), names)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test") and not node.args.args:
            names[node.name]()


def run_example(source, want, names, answered):
    """As doctest does: what is shown is the value's repr, behind what was printed."""
    body = own_statements(source, answered).body
    if not body:
        return
    shown = new_string()
    streams = stream_owner.stdout, stream_owner.displayhook

    def display(value):
        if value is not None:
            shown.write(f"{value!r}\n")

    stream_owner.stdout, stream_owner.displayhook = shown, display
    try:
        run_code(compile_text(ast.Interactive(body), "test", "single"), names)
        got = shown.getvalue()
    except Exception as error:
        if not want.startswith("Traceback"):
            raise
        expected = want.strip().split("\n")[-1].strip()
        kind = type(error).__name__
        assert expected.split(":")[0].split(".")[-1] == kind, f"{source}: {kind} instead of {expected}"
        return
    finally:
        stream_owner.stdout, stream_owner.displayhook = streams
    assert got.split() == want.split(), f"{source}: {got.strip()[:60]!r} instead of {want.strip()[:60]!r}"


def run_tests(tests, names, answered):
    for text in tests["scripts"]:
        run_script(own_statements(text, answered), names)
    for examples in tests["sessions"]:
        for example in examples:
            run_example(example["source"], example["want"], names, answered)


def prepare(names):
    return {**names, "__name__": "check", "__builtins__": __builtins__}


def run_against_stub(tests, source):
    """Raises Undecidable unless the tests can tell code that does something from code that does not."""
    try:
        names = stubs(source)
    except Undecidable:
        raise
    except Exception as error:
        raise AssertionError("the code cannot be read") from error
    if not tests["scripts"] and not any(tests["sessions"]):
        raise Undecidable("there are no tests")
    called = set()
    for text in tests["scripts"] + [example["source"] for examples in tests["sessions"] for example in examples]:
        tree = own_statements(text, names)
        module = missing_module(tree)
        if module is not None:
            raise Undecidable(f"the tests need the module {module}, which is not here")
        called |= called_names(tree)
    try:
        run_tests(tests, prepare(names), names)
    except Undecidable:
        raise
    except NameError as error:
        # Before Python 3.10 the name stands in the text alone.
        missing = str(error).split("'")[1:2]
        if not called.intersection(missing):
            raise Undecidable(f"the tests need {''.join(missing)}, which is not defined") from error
        return
    except BaseException:
        return
    raise Undecidable("the tests pass for functions that return None")


def run_against_answer(tests, solution, source):
    answered = bound_names(ast.parse(source))
    names = {name: honest(value) if type(value) is Function else value for name, value in solution.items() if not name.startswith("__")}
    run_tests(tests, prepare(names), answered)
