"""Analysis in several processes; what comes back is in the order of what was given."""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context, parent_process
from threading import Thread
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
SLICES_AT_HAND = 6
"""For each process: it has work while the parent looks for duplicates."""
_LOST = "a process of --jobs was killed, mostly for want of memory; try fewer jobs"


class AnalysisProcessLostError(FatalError):
    """A process of ``--jobs`` was killed, mostly for want of memory. Operator: fewer jobs, or more memory."""


@dataclass(frozen=True, slots=True)
class Analysis(Generic[T]):
    """A slice on its way."""

    slice: T
    outcomes: "Future[bytes]"


class AnalysisPool:
    """So many processes, each with its own models. A context manager."""

    def __init__(self, jobs: int, language: LanguageSettings, quotes: QuoteSettings) -> None:
        self._most = SLICES_AT_HAND * jobs
        """Slices in work."""
        # spawn: a fork would copy the locks of the thread that draws the progress bar.
        self._executor = ProcessPoolExecutor(
            jobs, mp_context=get_context("spawn"), initializer=_start, initargs=(language, quotes)
        )
        # All start now. The executor would start each when there is work for it, and wait for ever for the end of one
        # that it starts while it finds another killed.
        for _ in range(jobs):
            self._executor.submit(_load)

    def outcomes(
        self, slices: Iterator[tuple[T, Sequence[bytes]]], is_next_there: Callable[[], bool]
    ) -> Iterator[tuple[T, bytes]]:
        """What analysis makes of each slice of raw posts, given as JSON: ``packed_analysis.encode`` of it, in order.
        What is in work is waited for before a slice that is not there yet. An error of the slices comes after those
        before it.
        """
        waiting: deque[Analysis[T]] = deque()
        try:
            for slice_, posts in slices:
                waiting.append(Analysis(slice_, self._submit(posts)))
                while waiting and (len(waiting) >= self._most or not is_next_there()):
                    yield _finished(waiting.popleft())
        except Exception:
            yield from map(_finished, waiting)
            raise
        yield from map(_finished, waiting)

    def _submit(self, posts: Sequence[bytes]) -> "Future[bytes]":
        try:
            return self._executor.submit(_analyze, posts)
        except BrokenProcessPool as error:
            raise AnalysisProcessLostError(_LOST) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(cancel_futures=True)


def _finished(analysis: Analysis[T]) -> tuple[T, bytes]:
    try:
        outcomes = analysis.outcomes.result()
    except BrokenProcessPool as error:
        raise AnalysisProcessLostError(_LOST) from error
    return analysis.slice, outcomes


_settings: list[tuple[LanguageSettings, QuoteSettings]] = []
"""Those of a process of the pool; set when it starts."""


def _start(language: LanguageSettings, quotes: QuoteSettings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the parent ends its pool
    Thread(target=_end_with_parent, daemon=True).start()
    _settings.append((language, quotes))


def _end_with_parent() -> None:
    """A parent that was killed cannot end its pool, whose processes would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@cache
def _analyzer() -> Analyzer:
    """That of a process of the pool. What cannot be loaded is an error of each slice, which the parent gets."""
    ((language, quotes),) = _settings
    analyzer = load_analyzer(language, quotes)
    configure_gc()
    return analyzer


def _load() -> None:
    _analyzer()


def _analyze(posts: Sequence[bytes]) -> bytes:
    return encode(analyzed(_analyzer(), [RawPost.model_validate_json(post) for post in posts]))
