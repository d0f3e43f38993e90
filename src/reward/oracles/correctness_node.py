"""Starts Node.js for a check of JavaScript, inside the sandbox (src/reward/sandbox.ts); the `setup` of a check."""

import base64
import json
import os
import shutil
import subprocess

# Threads count as processes; the heap is bounded here, and all that is written to by the limits of the check.
FLAGS = ["--frozen-intrinsics", "--no-warnings", "--max-old-space-size=192", "--v8-pool-size=1", "--stack-trace-limit=0"]


class Undecidable(Exception):
    """The tests cannot judge any code here."""


def run_javascript(encoded):
    """Raises Undecidable, or AssertionError when a test fails. `encoded`: base64 of JSON {harness, code, tests}."""
    node = shutil.which("node")
    if node is None:
        raise Undecidable("there is no Node.js in the sandbox")
    job = json.loads(base64.b64decode(encoded))
    with open("harness.cjs", "w", encoding="utf-8") as file:
        file.write(job.pop("harness"))
    # It answers for the tests alone; the code never sees it.
    token = os.urandom(16).hex()
    job["token"] = token
    done = subprocess.run(
        [node, *FLAGS, "harness.cjs"],
        input=json.dumps(job).encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": "/usr/bin", "HOME": "/tmp", "UV_THREADPOOL_SIZE": "1", "TZ": "UTC"},
    )
    answer = done.stdout[:4096].decode("utf-8", "replace")
    verdict = answer[len(token) :] if answer.startswith(token) else ""
    if verdict.startswith("?"):
        raise Undecidable(verdict[1:])
    if verdict != "+":
        raise AssertionError(verdict[1:] or f"it ended without an answer, with {done.returncode}")
