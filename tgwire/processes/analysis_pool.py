"""Analysis in several processes; what comes back is in the order of what was given."""

import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, Self, TypeVar

from processors.core.pipeline import Analyzer
from processors.loading import load_analyzer
from processors.stream.process.gc_schedule import configure_gc
from runtime.errors import FatalError
from runtime.settings.analysis import LanguageSettings, QuoteSettings
from schemas import RawPost
from tgwire.processes.packed_analysis import analyzed, encode

T = TypeVar("T")
PIPES = 2
"""Of each process."""
SLICES_AT_HAND = 6
"""For each process: it has work while the parent looks for duplicates."""


class AnalysisProcessLostError(FatalError):
    """A process of ``--jobs`` was killed, mostly for want of memory. Operator: fewer jobs, or more memory."""


@dataclass(frozen=True, slots=True)
class Analysis(Generic[T]):
    """A slice that a process analyzes, and the outcomes to come."""

    slice: T
    outcomes: "Future[bytes]"


class AnalysisPool:
    """So many processes, each with its own models. A context manager, which kills them at its end.

    Each process has two pipes, so that a slice is there when it is done with one, and a thread waits at each pipe.
    ``ProcessPoolExecutor`` can wait for ever when it is interrupted while it ends, and when a process is killed while a
    slice is written to it.
    """

    def __init__(self, jobs: int, language: LanguageSettings, quotes: QuoteSettings) -> None:
        self._most = SLICES_AT_HAND * jobs
        """Slices in work."""
        self._processes = [_AnalysisProcess(language, quotes) for _ in range(jobs)]
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        for pipes in zip(*(process.pipes for process in self._processes), strict=True):  # first one of each process
            for pipe in pipes:
                self._idle.put(pipe)
        self._threads = ThreadPoolExecutor(PIPES * jobs, "analysis")

    def outcomes(
        self, slices: Iterator[tuple[T, Sequence[bytes]]], is_next_there: Callable[[], bool]
    ) -> Iterator[tuple[T, bytes]]:
        """What analysis makes of each slice of raw posts, given as JSON: ``packed_analysis.encode`` of it, in order.
        What is in work is waited for before a slice that is not there yet. An error of the slices comes after those
        before it. Raises AnalysisProcessLostError, and what a process cannot load.
        """
        waiting: deque[Analysis[T]] = deque()
        try:
            for slice_, posts in slices:
                waiting.append(Analysis(slice_, self._threads.submit(self._analyze, posts)))
                while waiting and (len(waiting) >= self._most or not is_next_there()):
                    yield _finished(waiting.popleft())
        except Exception:
            yield from map(_finished, waiting)
            raise
        yield from map(_finished, waiting)

    def _analyze(self, posts: Sequence[bytes]) -> bytes:
        """Through an idle pipe: there are as many as threads."""
        pipe = self._idle.get()
        try:
            pipe.send(posts)
            answer = pipe.recv()
        except (EOFError, OSError) as error:
            raise AnalysisProcessLostError(
                "a process of --jobs was killed, mostly for want of memory; try fewer jobs"
            ) from error
        finally:
            self._idle.put(pipe)
        if isinstance(answer, Exception):
            raise answer
        outcomes: bytes = answer
        return outcomes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:  # first: no thread waits for one that was killed
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.join()


def _finished(analysis: Analysis[T]) -> tuple[T, bytes]:
    return analysis.slice, analysis.outcomes.result()


class _AnalysisProcess:
    """A process that analyzes slices from its pipes, and ends with this process, also when that is killed."""

    def __init__(self, language: LanguageSettings, quotes: QuoteSettings) -> None:
        # spawn: a fork would copy the locks of the thread that draws the progress bar.
        context = get_context("spawn")
        self.pipes, its_ends = zip(*(context.Pipe() for _ in range(PIPES)), strict=True)
        self._process = context.Process(target=_work, args=(its_ends, language, quotes), daemon=True)
        # The terminal sends Ctrl-C to all; the parent ends its pool. A process inherits what is blocked. The tracker of
        # multiprocessing comes first, since its start unblocks the signal.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for its_end in its_ends:
            its_end.close()  # else its end would not be seen

    def kill(self) -> None:
        """End it, whatever it does: it holds nothing that has to be closed."""
        self._process.kill()

    def join(self) -> None:
        """Wait until it has ended."""
        self._process.join()


def _work(pipes: Sequence[Connection], language: LanguageSettings, quotes: QuoteSettings) -> None:
    """Analyze what the parent sends, until it has ended. What cannot be loaded is an error of each slice."""
    analyzer: Analyzer | None = None
    with suppress(EOFError, OSError):
        for pipe in _ready(pipes):
            posts: Sequence[bytes] = pipe.recv()
            answer: bytes | Exception
            try:
                if analyzer is None:
                    analyzer = load_analyzer(language, quotes)
                    configure_gc()
                answer = encode(analyzed(analyzer, [RawPost.model_validate_json(post) for post in posts]))
            except Exception as error:  # noqa: BLE001 - it is raised in the parent
                error.add_note(traceback.format_exc())
                answer = error
            pipe.send(answer)


def _ready(pipes: Sequence[Connection]) -> Iterator[Connection]:
    """Pipes with a slice, or whose other end is closed, in turns."""
    while True:
        ready = wait(pipes)
        yield from (pipe for pipe in pipes if pipe in ready)
