"""Calls a solution whatever its parameters are, and reads whatever it gives back."""

import asyncio
import inspect
import os


def call(function, *values):
    """Calls with as many of the values as fit; a required parameter beyond them gets a text."""
    parameters = inspect.signature(function).parameters.values()
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    takes_any = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    given = list(values if takes_any else values[: len(positional)])
    given += ["given-" + p.name for p in positional[len(given) :] if p.default is p.empty]
    named = {p.name: "given-" + p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty}
    result = function(*given, **named)
    return asyncio.run(result) if inspect.iscoroutine(result) else result


def call_first(function, *argument_lists):
    """Result of the first of several argument lists that the function takes."""
    failure = AssertionError("no form of the input gives a result")
    for values in argument_lists:
        try:
            result = call(function, *values)
        except Exception as error:
            failure = error
        else:
            if result is not None:
                return result
    raise failure


def text_of(value):
    """All text in a result: of a response, a file, a collection or bytes."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("latin-1")
    if isinstance(value, dict):
        return text_of([*value.keys(), *value.values()])
    if isinstance(value, (list, tuple, set)) or inspect.isgenerator(value):
        return " ".join(text_of(part) for part in value)
    if hasattr(value, "text") and isinstance(value.text, str):
        return value.text
    if hasattr(value, "read"):
        return text_of(value.read())
    # The address of an object is no text of it.
    return "" if type(value).__repr__ is object.__repr__ and type(value).__str__ is object.__str__ else str(value)


def files_text():
    """Content of all files that stand in the working folder, which is empty at first."""
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(".") for name in names]
    parts = []
    for path in paths:
        with open(path, "rb") as file:
            parts.append(text_of(file.read()))
    return " ".join(parts)
