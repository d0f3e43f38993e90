"""Runs whole programs on the examples of a task, inside the sandbox (src/reward/sandbox.ts); follows correctness.py in the `setup` of a check."""

import ast
import base64
import ctypes
import json
import shutil
import subprocess
import sys

PR_SET_DUMPABLE = 4
SHOWN = 60
COMMANDS = {
    "python": [sys.executable, "-I", "-S", "-B"],
    "node": ["node", "--no-warnings", "--max-old-space-size=192", "--v8-pool-size=1"],
}
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "UV_THREADPOOL_SIZE": "1", "TZ": "UTC", "PYTHONIOENCODING": "utf-8"}


def lines_of(text):
    return [line.rstrip() for line in text.rstrip().split("\n")]


def is_number_like(got, want):
    """Whether a decimal number is the expected one to a millionth, as judges of such tasks have it."""
    try:
        return "." in want and abs(float(got) - float(want)) <= 1e-6 * max(1.0, abs(float(want)))
    except ValueError:
        return False


def is_same(got, want):
    """Spaces at the ends of lines and lines at the end do not count."""
    if lines_of(got) == lines_of(want):
        return True
    pairs = got.split(), want.split()
    return len(pairs[0]) == len(pairs[1]) and all(a == b or is_number_like(a, b) for a, b in zip(*pairs))


def run_programs(encoded):
    """Raises Undecidable, or AssertionError when an example fails. `encoded`: base64 of JSON {runtime, file, code, cases}."""
    job = json.loads(base64.b64decode(encoded))
    command = COMMANDS[job["runtime"]]
    if shutil.which(command[0], path=ENVIRONMENT["PATH"]) is None:
        raise Undecidable(f"there is no {command[0]} in the sandbox")
    if job["runtime"] == "python":
        # A syntax error is the answer's own, and fails.
        module = missing_module(ast.parse(job["code"]))
        if module is not None:
            raise Undecidable(f"the code needs the module {module}, which is not in the standard library")
    # What the program is to print stands in this process's memory.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    with open(job["file"], "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(job["code"])
    for case in job["cases"]:
        # A file: the limit of its size bounds what the program prints.
        with open("printed", "w+b") as printed:
            done = subprocess.run(
                [*command, job["file"]],
                input=case["input"].encode("utf-8", "replace"),
                stdout=printed,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
            )
            printed.seek(0)
            got = printed.read().decode("utf-8", "replace")
        if done.returncode != 0:
            raise AssertionError(f"for {case['input'][:SHOWN]!r} it ended with {done.returncode}")
        if not is_same(got, case["output"]):
            raise AssertionError(f"for {case['input'][:SHOWN]!r} it printed {got.strip()[:SHOWN]!r} instead of {case['output'].strip()[:SHOWN]!r}")
