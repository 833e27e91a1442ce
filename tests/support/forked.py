"""Programs in processes that are forked from one that has loaded the command line, which takes a second.

What a program finds in ``sys.modules`` is what ``import tgwire.cli.app`` loads, besides a few modules of Python's own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.patience import DEADLINE_S

_SERVER = """
import json, os, signal, sys, tempfile
import tgwire.cli.app

for line in sys.stdin:
    request = json.loads(line)
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        child = os.fork()
        if not child:
            signal.alarm(request["deadline"])
            for number, descriptor in enumerate((os.open(os.devnull, os.O_RDONLY), stdout.fileno(), stderr.fileno())):
                os.dup2(descriptor, number)
            os.chdir(request["folder"])
            os.environ.clear()
            os.environ.update(request["environment"])
            sys.argv[1:] = request["arguments"]
            exec(request["program"], {"__name__": "__main__"})
            sys.exit()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        written = []
        for file in (stdout, stderr):
            file.seek(0)
            written.append(file.read().decode())
    print(json.dumps([code, *written]), flush=True)
"""


class Forks:
    """Runs programs one after the other."""

    def __init__(self, server: "subprocess.Popen[str]") -> None:
        self._server = server

    def run(self, program: str, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a program in a folder; one that does not end is killed after ``DEADLINE_S``."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        request = {
            "program": program,
            "folder": str(folder),
            "arguments": arguments,
            "environment": dict(os.environ),
            "deadline": round(DEADLINE_S),
        }
        print(json.dumps(request), file=self._server.stdin, flush=True)
        return subprocess.CompletedProcess(arguments, *json.loads(self._server.stdout.readline()))


@contextmanager
def forks() -> Iterator[Forks]:
    """The process that they are forked from."""
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield Forks(server)
