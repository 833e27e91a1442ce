"""The interface of live sources of posts. The collector requests ids; the source reports updates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple, Protocol

from schemas import RawPost

MAX_PAGE = 100
"""Most messages that one request of Telegram returns."""


class AbsenceReason(StrEnum):
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
    """The post exceeds the size of what is published."""
    SKIPPED = "skipped"
    """Outside the bounds that were set for a backfill; one without them, or with others, collects it."""


class AbsentRange(NamedTuple):
    """Ids from ``first`` to ``last`` that have no post."""

    first: int
    last: int
    reason: AbsenceReason


@dataclass(frozen=True, slots=True)
class AbsentMessage:
    """A message id that has no post, and why."""

    message_id: int
    reason: AbsenceReason


PostOrAbsence = RawPost | AbsentMessage
"""What a source has for one id. A part of an album is a post of its own here, with its ``album_id``."""


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a channel's history. An id from ``first`` to ``last`` that is not among the entries is not there.

    An empty channel gives ``first`` 1 and ``last`` 0.
    """

    entries: tuple[PostOrAbsence, ...]
    """What the source has, in ascending order of message id."""
    first: int
    last: int

    def entries_after(self, after: int) -> Iterator[RawPost | AbsentRange]:
        """All ids of a page above ``after``, in order: posts, and the stretches between them that have none."""
        expected = max(self.first, after + 1)
        for entry in self.entries:
            message_id = entry.message_id
            if message_id < expected:
                continue
            if message_id > expected:
                yield AbsentRange(expected, message_id - 1, AbsenceReason.NOT_RETURNED)
            yield AbsentRange(message_id, message_id, entry.reason) if isinstance(entry, AbsentMessage) else entry
            expected = message_id + 1
        if expected <= self.last:
            yield AbsentRange(expected, self.last, AbsenceReason.NOT_RETURNED)


class RequestPriority(IntEnum):
    """Which request goes first when several wait for the same account."""

    GAP = 0
    """Closes a gap before a post that was just pushed: never delayed by the request rate."""
    SWEEP = 1
    REFETCH = 2
    BACKFILL = 3


class LiveReader(Protocol):
    """Reads channels through one account, or without one.

    Every call ends: within the request's timeout, plus the wait for its turn. All raise ReaderBusyError,
    ReaderLostError, ChannelUnavailableError and AccountError (``ingest.errors``); after none of them is anything
    skipped, since the caller asks again.
    """

    @property
    def name(self) -> str:
        """The account's name, or ``preview``: a bounded set, fit for a metric's label."""

    def reads(self, channel_id: int) -> bool:
        """Whether the reader knows how to reach the channel."""

    async def newest(self, channel_id: int, priority: RequestPriority) -> Page:
        """The last page of the channel: at most MAX_PAGE messages up to the newest."""

    async def history(self, channel_id: int, after: int, up_to: int | None, priority: RequestPriority) -> Page:
        """The first page behind the id ``after``: it begins at ``after + 1``, and ends at ``up_to`` (None: the newest)
        when all messages up to there fit into it, else at its last message.
        """

    async def before(self, channel_id: int, moment: datetime, priority: RequestPriority) -> int:
        """The id of the newest message that was posted before a moment; 0 when there is none."""

    async def get(self, channel_id: int, ids: Sequence[int], priority: RequestPriority) -> Sequence[PostOrAbsence]:
        """The messages of at most MAX_PAGE ids as they are now, in the order of ``ids``."""


class UpdateListener(Protocol):
    """Receives what a source reports without being asked; the collector is one. No call blocks, waits or raises."""

    def posted(self, channel_id: int, entry: PostOrAbsence) -> None:
        """A message was posted, or had been before."""

    def edited(self, channel_id: int, post: RawPost) -> None:
        """A message was edited, or its reactions or counts changed."""

    def deleted(self, channel_id: int, ids: Sequence[int]) -> None:
        """Messages of these ids were deleted."""

    def missed(self, reader: str, channel_id: int | None) -> None:
        """The source lost track of a channel, or (None) of all that it reads: after a reconnection, say."""
