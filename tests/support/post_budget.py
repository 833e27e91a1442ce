"""Messages whose work has a budget."""

from pathlib import Path
from typing import NoReturn

from processors.errors import WorkerExit
from processors.stream.monitoring.post_budget import PostBudget
from processors.stream.monitoring.suspect_posts import SuspectPosts
from processors.testing import MemoryMessage
from runtime.kafka.types import TopicPartition

TP = ("posts.raw.live", 2)


def message(offset: int, tp: TopicPartition = TP, value: bytes | None = None, timestamp: float = 1.5) -> MemoryMessage:
    """As Faust gives it; each offset has a value of its own unless one is given."""
    return MemoryMessage(offset, value or b"post %d" % offset, tp=tp, timestamp=timestamp)


class Ended(BaseException):
    """The process has ended."""


def fail(error: WorkerExit) -> NoReturn:
    """What a worker does by which it ends."""
    raise Ended(error)


def portions(folder: Path, offsets: range) -> list[list[int]]:
    """Offsets that are handled together."""
    budget = PostBudget(1.0, SuspectPosts(folder), fail)
    return [[each.offset for each in some] for some in budget.portions([message(offset) for offset in offsets])]
