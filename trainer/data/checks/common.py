"""What every check may use: doubles for modules, recorded calls, and a word for "it refused"."""

import sys
import types


def install(name, **members):
    """Puts a double in the place of a module and of the packages above it; returns the module."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        path = ".".join(parts[:end])
        if path not in sys.modules or end == len(parts):
            sys.modules[path] = types.ModuleType(path)
        if end > 1:
            setattr(sys.modules[".".join(parts[: end - 1])], parts[end - 1], sys.modules[path])
    module = sys.modules[name]
    for key, value in members.items():
        setattr(module, key, value)
    return module


class Recorder:
    """A callable that notes its calls as (args, kwargs) and gives `result` back."""

    def __init__(self, result=None):
        self.calls = []
        self.result = result

    def __call__(self, *args, **kwargs):
        self.calls.append((args, kwargs))
        return self.result


def refuses(function, *args, **kwargs):
    """Whether a call ends in an exception or in nothing (None, False, or something empty)."""
    try:
        return not function(*args, **kwargs)
    except Exception:
        return True
