"""Helpers for the look-alikes: records of any shape, arguments in any order, and processes that only seem to die."""

import itertools
import os


class Record(dict):
    """A dict whose keys are attributes too, since a prompt does not say which of both a solution may use."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


def in_some_order(test, function, count=2):
    """Runs `test(call)` until it passes with the arguments of `function` in one order; each run gets one order."""
    first = None
    for order in itertools.permutations(range(count)):
        try:
            return test(lambda *args: function(*(args[index] for index in order)))
        except Exception as error:
            first = first or error
    raise first


class Jobs(list):
    """A queue of jobs with the ends of a list and of a deque."""

    def popleft(self):
        return self.pop(0)


class Worker:
    """A process, a thread or a Popen that notes how it was ended."""

    def __init__(self):
        self.ended = False
        self.waited = False

    def terminate(self):
        self.ended = True

    kill = terminate

    def join(self, timeout=None):
        self.waited = True

    wait = join

    def is_alive(self):
        return not self.ended

    def poll(self):
        return 0 if self.ended else None


def watch_kills():
    """Makes os.kill and psutil only note the ids; returns the list of noted ids."""
    killed = []

    class Process(Worker):
        def __init__(self, pid):
            super().__init__()
            self.pid = pid

        def terminate(self):
            super().terminate()
            killed.append(self.pid)

        kill = terminate

    os.kill = lambda pid, sign: killed.append(pid)
    os.killpg = os.kill
    install("psutil", Process=Process, NoSuchProcess=ProcessLookupError)
    return killed
