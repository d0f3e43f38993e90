"""Formats that can carry code: YAML as PyYAML reads it, pickles, and the files of PyTorch and NumPy."""

import base64
import builtins
import contextlib
import io
import json
import os
import pathlib
import pickle
import re

#: What a loader that runs code has run.
RAN = []


def planted(*values, **options):
    RAN.append(values)
    return {"planted": True}


planted.__module__, planted.__qualname__ = "builtins", "planted"
builtins.planted = planted


class YAMLError(Exception):
    pass


class ConstructorError(YAMLError):
    pass


class SafeLoader:
    builds_objects = False


class FullLoader(SafeLoader):
    pass


class BaseLoader(SafeLoader):
    pass


class Loader:
    builds_objects = True


class UnsafeLoader(Loader):
    pass


def scalar(text, loader):
    """One value: a number, a word, a flow list, or an object that a tag asks for."""
    text = text.strip()
    tag = re.match(r"!!python/(?:object/)?(\S+?):(\S+)\s*(.*)$", text)
    if tag:
        if not loader.builds_objects:
            raise ConstructorError(f"could not determine a constructor for the tag {text.split()[0]}")
        return planted(tag[2], tag[3])
    if text.startswith("!"):
        raise ConstructorError(f"could not determine a constructor for the tag {text.split()[0]}")
    if text.startswith("[") and text.endswith("]"):
        return [scalar(part, loader) for part in text[1:-1].split(",") if part.strip()]
    if text[:1] in ("'", '"') and text[-1:] == text[:1]:
        return text[1:-1]
    if re.fullmatch(r"[-+]?\d+", text):
        return int(text)
    if re.fullmatch(r"[-+]?\d+\.\d+", text):
        return float(text)
    return {"true": True, "false": False, "null": None, "~": None, "": None}.get(text, text)


def block(lines, loader):
    """A mapping, a list or one value, from lines as (indentation, text)."""
    if not lines:
        return None
    depth, parts = lines[0][0], []
    for indentation, text in lines:
        if indentation == depth:
            parts.append((text, []))
        else:
            parts[-1][1].append((indentation, text))
    if lines[0][1].startswith("- "):
        return [scalar(text[2:], loader) for text, _ in parts]
    if re.match(r"[\w.-]+:(\s|$)", lines[0][1]):
        pairs = [(re.match(r"([\w.-]+):\s*(.*)$", text), below) for text, below in parts]
        return {match[1]: block(below, loader) if below else scalar(match[2], loader) for match, below in pairs}
    return scalar(" ".join(text for _, text in lines), loader)


def yaml_load(stream, Loader):
    text = stream.read() if hasattr(stream, "read") else stream
    text = text.decode() if isinstance(text, bytes) else text
    lines = [(len(line) - len(line.lstrip()), line.strip()) for line in text.splitlines()]
    return block([line for line in lines if line[1] and line[1][0] != "#" and line[1] != "---"], Loader)


def reader(loader, is_many=False):
    if is_many:
        return lambda stream: iter([yaml_load(stream, loader)])
    return lambda stream: yaml_load(stream, loader)


install(
    "yaml",
    load=yaml_load,
    load_all=lambda stream, Loader: iter([yaml_load(stream, Loader)]),
    safe_load=reader(SafeLoader),
    safe_load_all=reader(SafeLoader, is_many=True),
    full_load=reader(FullLoader),
    full_load_all=reader(FullLoader, is_many=True),
    unsafe_load=reader(UnsafeLoader),
    unsafe_load_all=reader(UnsafeLoader, is_many=True),
    YAMLError=YAMLError,
    SafeLoader=SafeLoader,
    CSafeLoader=SafeLoader,
    BaseLoader=BaseLoader,
    FullLoader=FullLoader,
    Loader=Loader,
    CLoader=Loader,
    UnsafeLoader=UnsafeLoader,
)


def yaml_works(target):
    for text, expected in (
        ("name: demo\nport: 8080\ntags:\n  - a\n  - b\n", {"name": "demo", "port": 8080, "tags": ["a", "b"]}),
        ("server:\n  host: example.org\n  debug: true\n", {"server": {"host": "example.org", "debug": True}}),
    ):
        pathlib.Path("config.yaml").write_text(text)
        result = target("config.yaml")
        assert result == expected, f"reads {result!r}"


def yaml_is_safe(target):
    for tag in ("object/apply:builtins.planted", "object/new:builtins.planted", "object/apply:os.system"):
        pathlib.Path("attack.yaml").write_text(f"name: !!python/{tag} ['echo planted']\n")
        with contextlib.suppress(Exception):
            target("attack.yaml")
        assert not RAN, f"{tag} runs"


class Bomb:
    """Runs `planted` when it is unpickled."""

    def __reduce__(self):
        return planted, ("pickle",)


VALUES = ({"id": 7, "items": ["a", "b"]}, {"id": 8, "owner": "Ada"})


def forms_of(value):
    """One value as bytes and text, as JSON and as a pickle, plain and in base 64."""
    for data in (json.dumps(value).encode(), pickle.dumps(value)):
        for form in (data, base64.b64encode(data), base64.urlsafe_b64encode(data)):
            yield form
            with contextlib.suppress(UnicodeDecodeError):
                yield form.decode()


def restore_works(target):
    """A solution is free to choose the format, so one of them must come back as the value, for both values."""
    for form in zip(*map(forms_of, VALUES)):
        with contextlib.suppress(Exception):
            if all(plain(target(data)) == value for data, value in zip(form, VALUES)):
                return
    raise AssertionError("no form of the values is restored")


def plain(result):
    """A result as a dictionary, where a solution gives an object with the values as attributes."""
    return result if isinstance(result, dict) else dict(vars(result))


def restore_is_safe(target):
    data = pickle.dumps(Bomb())
    for form in (data, base64.b64encode(data), base64.b64encode(data).decode(), data.decode("latin-1"), data.hex()):
        with contextlib.suppress(Exception):
            target(form)
        assert not RAN, "a pickle runs"


def binary(source):
    """Bytes of a path or of an open file."""
    return source.read() if hasattr(source, "read") else pathlib.Path(os.fspath(source)).read_bytes()


class PlainUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"Weights only load failed: {module}.{name} is not allowed")


def torch_load(f, map_location=None, pickle_module=None, weights_only=True, mmap=None, **options):
    """As of PyTorch 2.6, where weights alone are the default."""
    return (PlainUnpickler if weights_only else pickle.Unpickler)(io.BytesIO(binary(f))).load()


NUMPY_MAGIC = b"\x93NUMPY"


def numpy_load(file, mmap_mode=None, allow_pickle=False, fix_imports=True, encoding="ASCII", **options):
    data = binary(file)
    if data.startswith(NUMPY_MAGIC):
        return json.loads(data[len(NUMPY_MAGIC) :])
    if not allow_pickle:
        raise ValueError("Object arrays cannot be loaded when allow_pickle=False")
    return pickle.loads(data)


install("torch", load=torch_load, device=str, cuda=None)
install("numpy", load=numpy_load, ndarray=list)


def weights_work(target):
    for weights in ({"layer.weight": [0.5, 1.5]}, {"layer.bias": [2.0]}):
        pathlib.Path("model.pt").write_bytes(pickle.dumps(weights))
        result = target("model.pt")
        assert result == weights, f"loads {result!r}"


def array_works(target):
    for array in ([1, 2, 3], [[4.5], [5.5]]):
        pathlib.Path("array.npy").write_bytes(NUMPY_MAGIC + json.dumps(array).encode())
        result = target("array.npy")
        assert result == array, f"loads {result!r}"


def loading_is_safe(target, path):
    pathlib.Path(path).write_bytes(pickle.dumps(Bomb()))
    with contextlib.suppress(Exception):
        target(path)
    assert not RAN, "the file runs"
