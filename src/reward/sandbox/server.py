"""Runs checks of generated code, each in a forked process. Started by process.ts inside bubblewrap; never run it elsewhere.

standard input, per check: 4 bytes (length, big-endian), that many bytes of JSON {code, functionName, setup, test, runtime}, 16 bytes of nonce.
standard output: "ready", then per check one line of JSON {nonce, passed, reason}.
argv[1]: seconds that one check may take.

A check runs in an empty folder: `setup`; then the code in a namespace of its own; then `test`, which sees what `setup` defined and
`target` (the named function, else the last public one, else the last), `solution` (the namespace) and `source`. It passes if nothing
raises. The process of the check reports over a socket with a token that lies unread in that socket until the test has ended. The
nonce is read after the fork, so that no process but this one ever holds it.
"""

import ast
import builtins
import ctypes
import functools
import gc
import importlib
import json
import os
import resource
import select
import shutil
import socket
import sys
import tempfile
import time
import traceback
import types

# Checks import these most: loaded once here, they cost nothing in the forks.
for name in (
    "base64 collections contextlib csv datetime hashlib hmac html http.client inspect io logging math pathlib pickle random re "
    "secrets shlex sqlite3 ssl string subprocess tarfile threading unicodedata urllib.parse urllib.request uuid "
    "xml.etree.ElementTree zipfile"
).split():
    try:
        importlib.import_module(name)
    except ImportError:
        pass

PR_SET_DUMPABLE = 4
MIB = 1 << 20
TOKEN_BYTES = 16
REASON_LENGTH = 300
LIMITS = {
    resource.RLIMIT_AS: 512 * MIB,
    resource.RLIMIT_FSIZE: 8 * MIB,
    resource.RLIMIT_NOFILE: 128,
    resource.RLIMIT_NPROC: 24,
    resource.RLIMIT_CORE: 0,
    # Message queues outlive their process.
    resource.RLIMIT_MSGQUEUE: 0,
}
# What System V keeps after its process: shared memory and semaphores and queues, with the call that removes one.
KEPT = {"shm": "shmctl", "sem": "semctl", "msg": "msgctl"}
IPC_RMID = 0

compile_trusted = functools.lru_cache(maxsize=256)(lambda text, name: compile(text, name, "exec"))


def read_exactly(length):
    data = b""
    while len(data) < length:
        piece = os.read(0, length - len(data))
        if not piece:
            os._exit(0)
        data += piece
    return data


def confine(seconds, runtime):
    """Limits of the process of a check. What the code prints goes nowhere."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)
    # The code may look at its own process; only the server is to be out of reach.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    limits = {**LIMITS, resource.RLIMIT_CPU: int(seconds) + 1}
    # V8 reserves far more addresses than it uses: what can be written to is limited instead.
    if runtime == "node":
        limits[resource.RLIMIT_DATA] = limits.pop(resource.RLIMIT_AS)
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))
    os.chdir(tempfile.mkdtemp())


def run(job):
    """Returns when the code passes; raises when it does not."""
    # The test keeps its own builtins, whatever the code does to the module.
    own_builtins = dict(vars(builtins))
    test = {"__name__": "check", "__builtins__": own_builtins}
    exec(compile_trusted(job["setup"], "setup"), test)
    own_builtins.update(vars(builtins))
    compiled_test = compile_trusted(job["test"], "test")
    tree = ast.parse(job["code"], "solution.py")
    names = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    public = [name for name in names if not name.startswith("_")]
    solution = {"__name__": "solution"}
    exec(compile(job["code"], "solution.py", "exec"), solution)
    name = job["functionName"] or (public or names or [None])[-1]
    if name not in solution:
        raise NameError("there is no function" if name is None else f"there is no function {name}")
    test.update(target=solution[name], solution=solution, source=job["code"])
    exec(compiled_test, test)


def explain(error):
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename}:{frame.lineno}" for frame in frames if frame.filename in ("setup", "test", "solution.py")]
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    return text[-200:] + (f" ({', '.join(places[-3:])})" if places else "")


def check(job, channel, seconds, read=os.read, write=os.write, leave=os._exit, token_bytes=TOKEN_BYTES):
    """The process of a check. Its means of answering are bound before the code runs, so that the code cannot replace them."""
    try:
        confine(seconds, job.get("runtime"))
        sys.modules["__main__"] = types.ModuleType("__main__")
        run(job)
        verdict = b"+"
    except BaseException as error:
        verdict = b"-"
        try:
            verdict += explain(error).encode("utf-8", "replace")
        except BaseException:
            pass
    write(channel, read(channel, token_bytes) + verdict)
    leave(0)


def outcome_of(pid, channel, token, seconds):
    """Waits for the answer of a check: (passed, reason). Anything but an answer with the token is a failure."""
    readable, _, _ = select.select([channel], [], [], seconds)
    if not readable:
        return False, "it ran out of time"
    try:
        answer = channel.recv(4096)
    except ConnectionError:
        answer = b""
    if answer == token + b"+":
        return True, ""
    if answer.startswith(token + b"-"):
        return False, answer[len(token) + 1 :].decode("utf-8", "replace")[:REASON_LENGTH]
    return False, "it wrote to the channel of the check" if answer else "it ended without an answer"


def kill_all():
    """Ends every process of the sandbox but this one and its init; exits where that fails, so that nothing is run beside a survivor."""
    deadline = time.monotonic() + 2
    while True:
        try:
            os.kill(-1, 9)
        except ProcessLookupError:
            return
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        if time.monotonic() > deadline:
            os._exit(1)
        time.sleep(0.0005)


def forget_shared():
    """Removes what the processes of a check have shared and left."""
    library = ctypes.CDLL(None)
    for kind, control in KEPT.items():
        with open(f"/proc/sysvipc/{kind}") as table:
            for line in table.readlines()[1:]:
                arguments = (0, IPC_RMID) if kind == "sem" else (IPC_RMID, None)
                getattr(library, control)(int(line.split()[1]), *arguments)


def main(seconds):
    # Asked for once here, since finding it writes a file.
    tempfile.gettempdir()
    # With "" in the path, a file that the code writes could stand in for a module.
    sys.path[:] = [folder for folder in sys.path if folder]
    # No process of a check may read this one's memory or open its files.
    if ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        sys.exit("the server of the sandbox cannot be protected")
    gc.freeze()
    os.write(1, b"ready\n")
    while True:
        job = json.loads(read_exactly(int.from_bytes(read_exactly(4), "big")))
        server, channel = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            server.close()
            check(job, channel.detach(), seconds)
        channel.close()
        nonce = read_exactly(TOKEN_BYTES).hex()
        token = os.urandom(TOKEN_BYTES)
        try:
            server.send(token)
            passed, reason = outcome_of(pid, server, token, seconds)
        except ConnectionError:
            passed, reason = False, "it ended without an answer"
        kill_all()
        forget_shared()
        server.close()
        for entry in os.listdir("."):
            shutil.rmtree(entry, ignore_errors=True) if os.path.isdir(entry) and not os.path.islink(entry) else os.unlink(entry)
        os.write(1, json.dumps({"nonce": nonce, "passed": passed, "reason": reason}).encode() + b"\n")


main(float(sys.argv[1]))
