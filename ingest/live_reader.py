"""What a live source of posts is. The collector asks it for ids; it hints at news."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple, Protocol

from schemas import RawPost

MAX_PAGE = 100
"""Most messages that one request of Telegram returns."""


class Absence(StrEnum):
    """Why an id of a channel has no post: a bounded set, fit for a metric's label."""

    SERVICE = "service"
    """A message that is no post: a pin, a new title."""
    DELETED = "deleted"
    """A deletion was reported before the post was read."""
    NOT_RETURNED = "not_returned"
    """The source was asked for the id and does not have it."""
    UNREADABLE = "unreadable"
    """The source has it in a form that this version cannot read."""
    REFUSED = "refused"
    """It exceeds what is published."""
    SKIPPED = "skipped"
    """Outside the bounds that were set for a backfill; one without them, or with others, collects it."""


class Absent(NamedTuple):
    """Ids from ``first`` to ``last`` that have no post."""

    first: int
    last: int
    why: Absence


@dataclass(frozen=True, slots=True)
class Gone:
    """An id without a post."""

    id: int
    why: Absence


Entry = RawPost | Gone
"""What a source returns for one id. A part of an album is a post of its own here, with its ``album_id``."""


def entry_id(entry: Entry) -> int:
    """The message id of an entry."""
    return entry.id if isinstance(entry, Gone) else entry.message_id


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a channel's history. An id from ``first`` to ``last`` that is not among the entries is not there.

    An empty channel gives ``first`` 1 and ``last`` 0.
    """

    entries: tuple[Entry, ...]
    """In ascending order of id."""
    first: int
    last: int


class Urgency(IntEnum):
    """Which request goes first when several wait for the same account."""

    GAP = 0
    """A hole before a post that was just pushed: never paced."""
    SWEEP = 1
    REVISIT = 2
    BACKFILL = 3


class Reader(Protocol):
    """Reads channels through one account, or without one.

    Every call ends: within the request's timeout, plus the wait for its turn. All raise ReaderBusyError,
    ReaderLostError, ChannelUnavailableError and AccountError (``ingest.errors``); after none of them is anything
    skipped, since the caller asks again.
    """

    @property
    def name(self) -> str:
        """The account's name, or ``preview``: a bounded set, fit for a metric's label."""

    def reads(self, channel_id: int) -> bool:
        """Whether it knows how to reach the channel."""

    async def newest(self, channel_id: int, urgency: Urgency) -> Page:
        """The last page of the channel: at most MAX_PAGE messages up to the newest."""

    async def history(self, channel_id: int, after: int, up_to: int | None, urgency: Urgency) -> Page:
        """The first page behind the id ``after``: it begins at ``after + 1``, and ends at ``up_to`` (None: the newest)
        when all messages up to there fit into it, else at its last message.
        """

    async def before(self, channel_id: int, moment: datetime, urgency: Urgency) -> int:
        """The id of the newest message that was posted before a moment; 0 when there is none."""

    async def get(self, channel_id: int, ids: Sequence[int], urgency: Urgency) -> Sequence[Entry]:
        """The messages of at most MAX_PAGE ids as they are now, in the order of ``ids``."""


class Hints(Protocol):
    """What a source pushes without being asked; the collector is one. No call blocks, waits or raises."""

    def posted(self, channel_id: int, entry: Entry) -> None:
        """A message that may be new."""

    def edited(self, channel_id: int, post: RawPost) -> None:
        """A message that may have changed; reactions and counts change one as well."""

    def deleted(self, channel_id: int, ids: Sequence[int]) -> None:
        """Messages were deleted."""

    def missed(self, reader: str, channel_id: int | None) -> None:
        """The source lost track of a channel, or (None) of all that it reads: for example after a reconnection."""


def walk(page: Page, after: int) -> Iterator[RawPost | Absent]:
    """All ids of a page above ``after``, in order: posts, and the stretches between them that have none."""
    expected = max(page.first, after + 1)
    for entry in page.entries:
        message_id = entry.id if isinstance(entry, Gone) else entry.message_id
        if message_id < expected:
            continue
        if message_id > expected:
            yield Absent(expected, message_id - 1, Absence.NOT_RETURNED)
        yield Absent(message_id, message_id, entry.why) if isinstance(entry, Gone) else entry
        expected = message_id + 1
    if expected <= page.last:
        yield Absent(expected, page.last, Absence.NOT_RETURNED)
