"""Reads what a solution gives back where a task leaves the form open. Needs calls."""

import contextlib
import io
import re


def words_of(function, *values):
    """Words and whole numbers that a call prints, or else gives back."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        result = call(function, *values)
        if hasattr(result, "__next__"):
            result = list(result)
    return re.findall(r"[A-Za-z]+|-?\d+", shown.getvalue() or str(result))


def changed(function, first, *others):
    """The result, or the first argument where the call changed that in place."""
    result = function(first, *others)
    return first if result is None else result


def is_near(found, expected):
    """Whether two numbers agree up to rounding; True and False are no numbers."""
    return type(found) is not bool and abs(found - expected) < 1e-6
