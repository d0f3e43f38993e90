"""Commands and code from outside: programs are noted and not started, and a planted function tells whether an attack ran."""

import builtins
import contextlib
import inspect
import io
import os
import re
import shutil
import subprocess
import sys

#: The words of each command that was run, through a shell or not.
COMMANDS = []
#: Names of the functions that were called, by the solution or by an attack.
CALLED = []


def shell_commands(line):
    """What a shell would run for a line: the words of each command. Substitutions come first, as commands of their own."""
    nested, commands, word, quote, at = [], [[]], None, "", 0
    while at < len(line):
        char = line[at]
        if quote == "'" and char != "'":
            word += char
        elif char == "\\":
            at += 1
            word = (word or "") + line[at : at + 1]
        elif char == "`" or line.startswith("$(", at):
            start = at + (1 if char == "`" else 2)
            end = line.find("`" if char == "`" else ")", start)
            at = len(line) if end < 0 else end
            nested += shell_commands(line[start:at])
            word = word or ""
        elif quote and char != quote:
            word += char
        elif char in "'\"":
            quote = "" if quote else char
            word = word or ""
        elif char in ";|&\n \t()":
            if word is not None:
                commands[-1].append(word)
            word = None
            if char not in " \t":
                commands.append([])
        else:
            word = (word or "") + char
        at += 1
    if word is not None:
        commands[-1].append(word)
    return nested + [words for words in commands if words]


def perform(arguments, shell):
    """Notes a command; gives what its program prints and its exit status. The host 10.0.0.99 never answers."""
    if shell:
        commands = shell_commands(arguments if isinstance(arguments, str) else arguments[0])
    else:
        words = [arguments] if isinstance(arguments, (str, os.PathLike)) else list(arguments)
        words = [os.fsdecode(word) for word in words]
        if " " in words[0]:
            raise FileNotFoundError(2, "No such file or directory", words[0])
        is_shell = os.path.basename(words[0]) in ("sh", "bash", "dash", "zsh") and len(words) > 2
        commands = shell_commands(words[2]) if is_shell else [words]
    COMMANDS.extend(commands)
    fails = any("10.0.0.99" in words for words in commands)
    return "".join(f"<{' '.join(words)}>\n" for words in commands), int(fails)


class Process:
    """subprocess.Popen, whose program has ended at once."""

    def __init__(self, args, bufsize=-1, executable=None, stdin=None, stdout=None, stderr=None, **options):
        output, self.returncode = perform(args, options.get("shell", False))
        is_text = any(options.get(name) for name in ("text", "universal_newlines", "encoding", "errors"))
        self.args, self.pid = args, 4321
        self.stdout = self.stderr = self.stdin = None
        make = io.StringIO if is_text else io.BytesIO
        if stdout == subprocess.PIPE:
            self.stdout = make(output if is_text else output.encode())
        elif stdout is None:
            sys.stdout.write(output)
        elif hasattr(stdout, "write"):
            stdout.write(output if isinstance(stdout, io.TextIOBase) else output.encode())
        if stderr == subprocess.PIPE:
            self.stderr = make()
        if stdin == subprocess.PIPE:
            self.stdin = make()

    def communicate(self, input=None, timeout=None):
        return self.stdout and self.stdout.read(), self.stderr and self.stderr.read()

    def wait(self, timeout=None):
        return self.returncode

    def poll(self):
        return self.returncode

    def kill(self):
        pass

    terminate = kill

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


def system(command):
    output, status = perform(command, shell=True)
    sys.stdout.write(output)
    return status << 8


subprocess.Popen = Process
os.system = system
os.popen = lambda command, mode="r", buffering=-1: io.StringIO(perform(command, shell=True)[0])
shutil.which = lambda program, *options: f"/usr/bin/{program}"


def planted(*values):
    CALLED.append("planted")
    return 4


builtins.planted = planted


def text_of(result):
    """What a result says, whether it is text, bytes, lines, a status or a finished process."""
    if isinstance(result, bytes):
        return result.decode()
    if isinstance(result, (tuple, list)):
        return "\n".join(text_of(one) for one in result)
    if isinstance(result, (subprocess.CompletedProcess, Process)):
        output = result.stdout.read() if hasattr(result.stdout, "read") else result.stdout
        return f"{result.returncode} {text_of(output)}"
    return str(result)


def outcome(target, *values):
    """What a call gives and prints, and the commands that it runs."""
    del COMMANDS[:]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            said = text_of(target(*values))
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            said = type(error).__name__
    return said + printed.getvalue(), list(COMMANDS)


def runs(commands, program, value):
    return any(os.path.basename(words[0]) == program and value in words[1:] for words in commands)


def ping_works(target):
    for host in ("10.0.0.7", "10.0.0.8", "10.0.0.99"):
        commands = outcome(target, host)[1]
        assert runs(commands, "ping", host), f"runs {commands}"
    answers, silent = outcome(target, "10.0.0.7")[0], outcome(target, "10.0.0.99")[0]
    assert answers != silent, f"says {answers} for both"


def output_works(target, program):
    """Host names or, where a solution takes nothing else, addresses."""
    last = None
    for hosts in (("example.org", "example.net"), ("10.0.0.7", "10.0.0.8")):
        results = [(host, *outcome(target, host)) for host in hosts]
        last = results
        if all(runs(commands, program, host) and f"{host}>" in said for host, said, commands in results):
            return
    raise AssertionError(f"gives {last}")


def file_works(target, program):
    for path in ("report.txt", "photo.txt"):
        open(path, "w").close()
        commands = outcome(target, path)[1]
        assert runs(commands, program, path), f"runs {commands}"


COMMAND_ATTACKS = [
    "x; planted",
    "x && planted",
    "x || planted",
    "x | planted",
    "x & planted",
    "x\nplanted",
    "$(planted)",
    "`planted`",
    "x'; planted; '",
    'x"; planted; "',
]


def command_is_safe(target, make_files=False):
    for attack in COMMAND_ATTACKS:
        if make_files:
            open(attack, "w").close()
        try:
            commands = outcome(target, attack)[1]
        except Exception:
            commands = list(COMMANDS)
        assert not any(words[0] == "planted" for words in commands), f"{attack} runs {commands}"


def literal_works(target):
    for value in ([1, 2], {"b": [None, True]}, ("x", 2.5)):
        result = target(repr(value))
        assert result == value, f"{value!r} becomes {result!r}"


def literal_is_safe(target):
    for attack in (
        "planted()",
        "[planted()]",
        "__import__('builtins').planted()",
        "[one for one in ().__class__.__base__.__subclasses__() if one.__name__ == 'int'] + [4]",
    ):
        result = None
        with contextlib.suppress(Exception):
            result = target(attack)
        assert not CALLED and (not result or isinstance(result, str)), f"{attack} runs and gives {result!r}"


def provide_actions(*names):
    """Functions that a solution may call by name, as if its module had them."""
    for name in names:
        setattr(builtins, name, lambda name=name: CALLED.append(name) or f"{name} is done")


def bind_actions(solution, *names):
    for name in names:
        solution.setdefault(name, getattr(builtins, name))


def dispatch_works(target, solution, actions, noun):
    bind_actions(solution, *(f"{action}_{noun}" for action in actions))
    for action in [*actions, actions[0]]:
        del CALLED[:]
        target(action)
        assert CALLED == [f"{action}_{noun}"], f"{action} calls {CALLED}"


def dispatch_is_safe(target, solution, actions, noun):
    provide_actions(f"erase_{noun}")
    bind_actions(solution, f"erase_{noun}", *(f"{action}_{noun}" for action in actions))
    first = actions[0]
    for attack in ("planted()", f"planted() or {first}", f"planted(); {first}", "planted()#", "planted() #", "erase"):
        with contextlib.suppress(Exception):
            target(attack)
        wrong = [name for name in CALLED if name == "planted" or name == f"erase_{noun}"]
        assert not wrong, f"{attack} calls {CALLED}"


def with_operator(target, left, sign, right):
    """Calls a function of two numbers and an operator, which may come first, last or between them."""
    names = list(inspect.signature(target).parameters)
    place = next((at for at, name in enumerate(names) if re.search("^op|oper|sign|symbol", name)), 1)
    values = [left, right]
    values.insert(place, sign)
    return target(*values)


def operator_works(target):
    for sign, expected in (("+", 9), ("-", 3), ("*", 18)):
        result = with_operator(target, 6, sign, 3)
        assert result == expected, f"6 {sign} 3 gives {result!r}"


def operator_is_safe(target):
    for attack in ("and planted() or", "+ planted() +", "- planted(),"):
        with contextlib.suppress(Exception):
            with_operator(target, 6, attack, 3)
        assert not CALLED, f"{attack} runs"
