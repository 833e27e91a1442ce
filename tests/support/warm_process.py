"""Processes of tgwire that start with their modules and models in memory, for tests that are not about a start.

A worker takes 3 s of CPU time to import and load what it needs, the same each time. One process of a test session does
that, and a test's process is a fork of it: from there on it is what ``python -m`` of the module makes, with the
arguments, environment, folder and outputs that are given. It is a child of the test's process like any other.
"""

import atexit
import ctypes
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from runtime.settings.tree import Settings
from tgwire.processes.child import environment, stop

_REQUEST_BYTES = 1 << 20
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_PDEATHSIG = 1


class WarmProcess(subprocess.Popen[bytes]):
    """A child that this process has not started itself."""

    def __init__(self, pid: int, arguments: list[str]) -> None:
        # What Popen's own methods use to wait, to send signals and to leave a with statement.
        self.pid, self.args = pid, arguments
        self.returncode = None
        self.stdin = self.stdout = self.stderr = None
        self._child_created, self._waitpid_lock = True, threading.Lock()
        self._sigint_wait_secs = 0.25


def start(
    module: str,
    *arguments: str,
    env: Mapping[str, str],
    stdout: BinaryIO | None,
    stderr: BinaryIO,
    stdin: int | None = None,
    is_session: bool = False,
) -> "subprocess.Popen[bytes]":
    """``python -m module arguments`` with its outputs in files, no input but an open file's, and its own session if
    need be.
    """
    command = [sys.executable, "-m", module, *arguments]
    if sys.platform != "linux":
        lost = subprocess.DEVNULL
        given = lost if stdin is None else stdin
        return subprocess.Popen(
            command, env=env, stdin=given, stdout=stdout or lost, stderr=stderr, start_new_session=is_session
        )
    request = {
        "module": module,
        "argv": arguments,
        "env": dict(env),
        "folder": os.getcwd(),  # noqa: PTH109
        "parent": os.getpid(),
        "is_session": is_session,
    }
    with open(os.devnull, "r+b") as nowhere:  # noqa: PTH123
        files = [nowhere.fileno() if stdin is None else stdin, (stdout or nowhere).fileno(), stderr.fileno()]
        return WarmProcess(_parent().fork(request, files), command)


@contextmanager
def worker_process(settings: Settings, log_path: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """As the function of this name in ``tgwire.processes.child``."""
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        process = start("tgwire", "worker", env=environment_of(settings), stdout=log, stderr=log, is_session=True)
        try:
            yield process
        finally:
            stop(process)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of this process, with these settings and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TGWIRE_")}
    return inherited | environment(settings)


class _Parent:
    """The process that others are forked from."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"from {__name__} import serve; serve({theirs.fileno()})"],
                env=os.environ | {"PYTHONPATH": os.getcwd()},  # noqa: PTH109
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self.close)

    def fork(self, request: Mapping[str, object], files: Sequence[int]) -> int:
        """The id of a new child of ours, with these as its input and outputs."""
        content = json.dumps(request).encode()
        assert len(content) < _REQUEST_BYTES
        with self._lock, _adoption():
            socket.send_fds(self._ours, [len(content).to_bytes(4)], files)
            self._ours.sendall(content)
            answer = _received(self._ours, 4)
            _received(self._ours, 1)  # its parent has ended: it is ours
        return int.from_bytes(answer)

    def close(self) -> None:
        """End it; its forks are not its children any more."""
        self._ours.close()
        self._process.wait()


@cache
def _parent() -> _Parent:
    return _Parent()


@contextmanager
def _adoption() -> Iterator[None]:
    """While a descendant whose parent ends becomes a child of this process."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def serve(descriptor: int) -> None:
    """Load what a worker needs, and fork until the other side is gone."""
    import tgwire.cli.app
    import tgwire.cli.commands.channels
    import tgwire.cli.commands.check
    import tgwire.cli.commands.demo
    import tgwire.cli.commands.login
    import tgwire.cli.commands.replay
    import tgwire.cli.commands.sink
    import tgwire.cli.commands.up
    import tgwire.cli.commands.worker
    import tgwire.processes.up_collect
    import tgwire.processes.up_kafka  # noqa: F401
    from processors.loading import load_analyzer

    load_analyzer()
    gc.freeze()  # what is in memory stays shared
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; tests end what they started
    with socket.socket(fileno=descriptor) as theirs:
        while True:
            size, files, _, _ = socket.recv_fds(theirs, 4, 3)
            if not size:
                return
            request = json.loads(_received(theirs, int.from_bytes(size)))
            if not (middle := os.fork()):
                _become(theirs, request, files)
            os.waitpid(middle, 0)
            theirs.sendall(b".")
            for file in files:
                os.close(file)


def _received(line: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        part = line.recv(size - len(content))
        assert part, "the other side is gone"
        content += part
    return content


def _become(theirs: socket.socket, request: dict[str, Any], files: Sequence[int]) -> None:
    """Go on as the module in a process whose parent is gone; does not return."""
    if pid := os.fork():
        theirs.sendall(pid.to_bytes(4))
        os._exit(0)
    theirs.close()
    code = 1
    try:
        _prepare(request, files)
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - what Python itself does with it
        sys.excepthook(*sys.exc_info())
    finally:
        _leave(code)


def _prepare(request: dict[str, Any], files: Sequence[int]) -> None:
    while os.getppid() != request["parent"]:
        time.sleep(0.001)  # until the process between is gone
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)  # it does not outlive the tests
    if request["is_session"]:
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = [request["module"], *request["argv"]]


def _leave(code: int) -> None:
    """As the interpreter does: other threads first, then what was registered for the exit."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)
