"""Messages whose work has a budget."""

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from processors.errors import WorkerExit
from processors.stream.monitoring.post_budget import PostBudget
from processors.stream.monitoring.suspect_posts import SuspectPosts

TP = ("posts.raw.live", 2)


@dataclass
class Message:
    """As Faust gives it, as far as the budget looks at it."""

    offset: int
    tp: tuple[str, int] = TP
    value: bytes | None = None
    key: bytes | None = b"1"
    timestamp: float | None = 1.5
    generation_id: int = 1
    headers: tuple[tuple[str, bytes], ...] = ()

    def __post_init__(self) -> None:
        self.value = self.value or b"post %d" % self.offset


class Ended(BaseException):
    """The process has ended."""


def fail(error: WorkerExit) -> NoReturn:
    """What a worker does by which it ends."""
    raise Ended(error)


def portions(folder: Path, offsets: range) -> list[list[int]]:
    """Offsets that are handled together."""
    budget = PostBudget(1.0, SuspectPosts(folder), fail)
    return [[message.offset for message in some] for some in budget.portions([Message(offset) for offset in offsets])]
