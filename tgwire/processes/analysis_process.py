"""Another process that analyzes posts. What it loads takes a second, so this module imports little: it starts early."""

import os
import signal
import sys
import tempfile
import traceback
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import get_context, reduction, resource_tracker
from multiprocessing.connection import Connection
from typing import Protocol

from runtime.errors import FatalError
from runtime.settings.analysis import LanguageSettings, QuoteSettings

SLICES = 3
"""Slices that a process has at most. With two it was idle for a fifth of the time, while the parent analyzed one."""


class AnalysisProcessLostError(FatalError):
    """A process of ``--jobs`` was killed, mostly for want of memory. Operator: fewer jobs, or more memory."""


class _SentFile(Protocol):
    """A descriptor on its way to a process."""

    def detach(self) -> int:
        """The descriptor there."""


class AnalysisProcess:
    """A process with models of its own. It ends with this process, also when that is killed.

    Posts and outcomes lie in files without a name, and a pipe says how long they are: it is never full, so nobody waits
    for the other to read, and there is no thread. ``ProcessPoolExecutor`` can wait for ever when it is interrupted
    while it ends, and when a process is killed while a slice is written to it.
    """

    def __init__(self, language: LanguageSettings, quotes: QuoteSettings) -> None:
        # spawn: a fork would copy the locks of the thread that draws the progress bar.
        context = get_context("spawn")
        self._pipe, its_end = context.Pipe()
        self._files = [_nameless_file() for _ in range(SLICES)]
        self._given = 0
        self._waiting: deque[AssignedSlice] = deque()
        self._is_ready = False
        sent: list[_SentFile] = [reduction.DupFd(file) for file in self._files]
        self._process = context.Process(target=_work, args=(its_end, sent, language, quotes), daemon=True)
        # The terminal sends Ctrl-C to all; the parent ends its processes. A process inherits what is blocked. The
        # tracker of multiprocessing comes first, since its start unblocks the signal.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        its_end.close()  # else its end would not be seen

    @property
    def is_free(self) -> bool:
        """Whether it has loaded its models, and has fewer than ``SLICES``."""
        while self._can_answer and self._has_answered():
            self._take()
        return self._is_ready and len(self._waiting) < SLICES

    def wait_until_ready(self) -> None:
        """Return when it has loaded its models; raises what it cannot load."""
        if not self._is_ready:
            self._take()

    def assign(self, posts: Sequence[bytes]) -> "AssignedSlice":
        """Give it a slice of raw posts, as JSON; it must be free."""
        content = b"[" + b",".join(posts) + b"]"
        _write(self._files[self._given % SLICES], content)
        self._given += 1
        try:
            self._pipe.send(len(content))
        except OSError as error:
            raise _lost() from error
        self._waiting.append(slice_ := AssignedSlice(self))
        return slice_

    def take(self, slice_: "AssignedSlice", *, waits: bool) -> None:
        """Take answers up to that for a slice, as far as they are there, unless it ``waits`` for them."""
        while slice_.outcomes is None and (waits or self._has_answered()):
            self._take()

    def kill(self) -> None:
        """End it, whatever it does: it holds nothing that has to be closed."""
        self._process.kill()

    def close(self) -> None:
        """Wait until it has ended, after ``kill``."""
        self._process.join()
        self._pipe.close()
        for file in self._files:
            os.close(file)

    @property
    def _can_answer(self) -> bool:
        return bool(self._waiting) or not self._is_ready

    def _has_answered(self) -> bool:
        try:
            return self._pipe.poll()
        except OSError as error:
            raise _lost() from error

    def _take(self) -> None:
        """One answer: that it is ready, or the length of the outcomes of the first slice; or an error."""
        try:
            answer: int | Exception = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise _lost() from error
        if isinstance(answer, Exception):
            raise answer
        if not self._is_ready:
            self._is_ready = True
            return
        file = self._files[(self._given - len(self._waiting)) % SLICES]
        self._waiting.popleft().outcomes = os.pread(file, answer, 0)


class AssignedSlice:
    """A slice that a process has."""

    def __init__(self, process: AnalysisProcess) -> None:
        self._process = process
        self.outcomes: bytes | None = None
        """``packed_analysis.encode`` of what became of it; None until it was taken from the process."""

    @property
    def is_done(self) -> bool:
        """Whether the outcomes are there; AnalysisProcessLostError."""
        self._process.take(self, waits=False)
        return self.outcomes is not None

    def result(self) -> bytes:
        """The outcomes, which it waits for; AnalysisProcessLostError, or the error of the process."""
        self._process.take(self, waits=True)
        assert self.outcomes is not None
        return self.outcomes


def _lost() -> AnalysisProcessLostError:
    return AnalysisProcessLostError("a process of --jobs was killed, mostly for want of memory; try fewer jobs")


def _nameless_file() -> int:
    if sys.platform == "linux":
        return os.memfd_create("analysis")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write(file: int, content: bytes) -> None:
    written = 0
    while written < len(content):
        written += os.pwrite(file, memoryview(content)[written:], written)


def _work(pipe: Connection, sent: Sequence[_SentFile], language: LanguageSettings, quotes: QuoteSettings) -> None:
    """Analyze what the parent gives, until it has ended. What cannot be loaded is the first answer."""
    with suppress(EOFError, OSError):
        try:
            _answer(pipe, [file.detach() for file in sent], language, quotes)
        except (EOFError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - it is raised in the parent
            error.add_note(traceback.format_exc())
            pipe.send(error)


def _answer(pipe: Connection, files: Sequence[int], language: LanguageSettings, quotes: QuoteSettings) -> None:
    from pydantic import TypeAdapter

    from processors.loading import load_analyzer
    from processors.stream.process.gc_schedule import configure_gc
    from schemas import RawPost
    from tgwire.processes.packed_analysis import analyzed, encode

    analyzer = load_analyzer(language, quotes)
    configure_gc()
    posts = TypeAdapter(list[RawPost])
    pipe.send(None)
    while True:
        for file in files:
            length: int = pipe.recv()
            outcomes = encode(analyzed(analyzer, posts.validate_json(os.pread(file, length, 0))))
            _write(file, outcomes)
            pipe.send(len(outcomes))
