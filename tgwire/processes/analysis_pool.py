"""Analysis in several processes; what comes back is in the order of what was given."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from schemas import RawPost
from tgwire.processes.analysis_process import AnalysisProcess, AssignedSlice

if TYPE_CHECKING:  # the pipeline takes longer to import than a process to start
    from tgwire.processes.packed_analysis import Packed

T = TypeVar("T")
SLICES_IN_WORK = 6
"""Of each process and this one: it goes on while the first of them is waited for."""


@dataclass(frozen=True, slots=True)
class _InWork(Generic[T]):
    """A slice in work, and its outcomes or the process that makes them."""

    slice: T
    outcomes: "list[Packed] | AssignedSlice"

    @property
    def is_done(self) -> bool:
        return not isinstance(self.outcomes, AssignedSlice) or self.outcomes.is_done

    def result(self) -> "tuple[T, list[Packed] | bytes]":
        return self.slice, self.outcomes.result() if isinstance(self.outcomes, AssignedSlice) else self.outcomes


class AnalysisPool:
    """The process it is made in and others, each with its own models. A context manager, which ends the others.

    The first one analyzes a slice when none of the others is free: while they load, and when they have enough to do.
    """

    def __init__(self, others: Sequence[AnalysisProcess] = ()) -> None:
        self.others = others

    def outcomes(
        self,
        slices: Iterator[tuple[T, Sequence[RawPost], Sequence[bytes]]],
        analyze: "Callable[[Sequence[RawPost]], list[Packed]]",
        is_next_there: Callable[[], bool],
    ) -> "Iterator[tuple[T, list[Packed] | bytes]]":
        """What analysis makes of each slice of raw posts, given as they are and as JSON, in order: bytes are those of
        ``packed_analysis.encode``. What is in work is waited for before a slice that is not there yet. An error of the
        slices comes after those before it. Raises AnalysisProcessLostError, and what a process cannot load.
        """
        in_work: deque[_InWork[T]] = deque()
        most = SLICES_IN_WORK * (1 + len(self.others))
        try:
            for slice_, posts, contents in slices:
                free = next((process for process in self.others if process.is_free), None)
                in_work.append(_InWork(slice_, analyze(posts) if free is None else free.assign(contents)))
                while in_work and (in_work[0].is_done or len(in_work) >= most or not is_next_there()):
                    yield in_work.popleft().result()
        except Exception:
            for each in in_work:
                yield each.result()
            raise
        for each in in_work:
            yield each.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.others:
            process.kill()
        for process in self.others:
            process.close()
