"""Test doubles for code that collects or publishes posts: no network, no Kafka, and faults on order.

They pass the same suites as the real ones (``tests/contract/publishers``, ``tests/contract/readers``).
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ingest.errors import ChannelUnavailableError, ReaderLostError
from ingest.live_reader import MAX_PAGE, AbsenceReason, AbsentMessage, Page, PostOrAbsence, RequestPriority
from ingest.preview.date_search import search_by_date
from ingest.publish.memory import MemoryDelivery, MemoryPublisher
from schemas import Media, MediaKind, RawPost

__all__ = ["MemoryDelivery", "MemoryPublisher", "ReceivedUpdates", "ScriptedFile", "ScriptedReader"]


def _no_fault(_method: str, _channel_id: int) -> Exception | None:
    return None


class ScriptedReader:
    """A ``LiveReader`` of channels that a test fills and changes; it answers with what they hold as a request arrives.

    ``fail`` makes the next requests fail. ``fault`` is asked before each answer with the method (``newest``,
    ``history`` or ``get``) and the channel; what it returns is raised. ``calls`` holds the requests in order.
    """

    def __init__(self, name: str = "scripted", *, latency_s: float = 0.0, page: int = MAX_PAGE) -> None:
        """``latency_s``: of each answer. ``page``: most messages of one."""
        self.channels: dict[int, dict[int, PostOrAbsence]] = {}
        """Channel id -> message id -> entry."""
        self.calls: list[tuple[str, int, RequestPriority]] = []
        self.fault: Callable[[str, int], Exception | None] = _no_fault
        self.latency_s = latency_s
        self._name, self._page = name, page
        self._errors: deque[Exception] = deque()

    def fail(self, *errors: Exception) -> None:
        """Raise these at the next requests, one at each; those after them are answered."""
        self._errors += errors

    @property
    def name(self) -> str:
        """See ``LiveReader``."""
        return self._name

    def add(self, *posts: RawPost) -> None:
        """Put posts into their channels, in place of those with the same id."""
        for post in posts:
            self.channels.setdefault(post.channel.id, {})[post.message_id] = post

    def ids(self, channel_id: int) -> list[int]:
        """Ids of the messages that a channel has now, in ascending order; raises ChannelUnavailableError."""
        if channel_id not in self.channels:
            raise ChannelUnavailableError(f"channel {channel_id}: not one of this reader's.", "unknown")
        return sorted(self.channels[channel_id])

    def entry(self, channel_id: int, message_id: int) -> PostOrAbsence:
        """What a channel has for an id now."""
        absent = AbsentMessage(message_id, AbsenceReason.NOT_RETURNED)
        return self.channels[channel_id].get(message_id, absent)

    def reads(self, channel_id: int) -> bool:
        """See ``LiveReader``."""
        return channel_id in self.channels

    async def newest(self, channel_id: int, priority: RequestPriority) -> Page:
        """See ``LiveReader``."""
        await self._request("newest", channel_id, priority)
        found = self.ids(channel_id)
        ids = found[-self._page :]
        entries = tuple(self.entry(channel_id, message_id) for message_id in ids)
        await self._answer()
        return Page(entries, 1 if len(ids) == len(found) else ids[0], ids[-1] if ids else 0)

    async def history(self, channel_id: int, after: int, up_to: int | None, priority: RequestPriority) -> Page:
        """See ``LiveReader``."""
        await self._request("history", channel_id, priority)
        ids = [one for one in self.ids(channel_id) if one > after and (up_to is None or one <= up_to)]
        if len(ids) <= self._page:
            last = up_to if up_to is not None else (ids[-1] if ids else after)
        else:
            ids = ids[: self._page]
            last = ids[-1]
        entries = tuple(self.entry(channel_id, message_id) for message_id in ids)
        await self._answer()
        return Page(entries, after + 1, last)

    async def before(self, channel_id: int, moment: datetime, priority: RequestPriority) -> int:
        """See ``LiveReader``."""
        return await search_by_date(self, channel_id, moment, priority)

    async def get(self, channel_id: int, ids: Sequence[int], priority: RequestPriority) -> Sequence[PostOrAbsence]:
        """See ``LiveReader``. AssertionError for more ids than it allows."""
        assert 0 < len(ids) <= MAX_PAGE
        await self._request("get", channel_id, priority)
        self.ids(channel_id)
        entries = [self.entry(channel_id, message_id) for message_id in ids]
        await self._answer()
        return entries

    async def _request(self, method: str, channel_id: int, priority: RequestPriority) -> None:
        self.calls.append((method, channel_id, priority))
        await asyncio.sleep(self.latency_s / 2)
        error = self._errors.popleft() if self._errors else self.fault(method, channel_id)
        if error is not None:
            raise error

    async def _answer(self) -> None:
        await asyncio.sleep(self.latency_s / 2)


class ScriptedFile:
    """A ``RemoteFile`` whose attempts end as given, and those after them all like the last.

    An end is None (with the rest of the bytes), an error, or a number: ReaderLostError after so many bytes.
    """

    account, step = "main", 1

    def __init__(
        self, media_id: str | None, *ends: int | Exception | None, content: bytes = b"begin end", **media: object
    ) -> None:
        """``media``: fields of ``Media`` in place of those of a JPEG of unknown size."""
        given = {"mime_type": "image/jpeg", "size_bytes": None, **media}
        self.media = Media.model_validate({"kind": MediaKind.PHOTO, "id": media_id, **given})
        self.post_key = f"tg:1234567890:{media_id or 0}"
        self.content = content
        self.offsets: list[int] = []
        """From which byte each attempt began."""
        self._ends = ends

    @property
    def calls(self) -> int:
        """Number of attempts."""
        return len(self.offsets)

    async def chunks(self, offset: int = 0) -> AsyncGenerator[bytes, None]:
        """See ``RemoteFile``."""
        self.offsets.append(offset)
        end = self._ends[min(self.calls, len(self._ends)) - 1] if self._ends else None
        if isinstance(end, Exception):
            raise end
        rest = self.content[offset:] if end is None else self.content[offset : offset + end]
        if rest:
            yield rest
        if end is not None:
            raise ReaderLostError("no answer")


@dataclass
class ReceivedUpdates:
    """An ``UpdateListener`` that keeps what it receives, in order."""

    entries: list[tuple[int, PostOrAbsence]] = field(default_factory=list)
    """Channel id and new entry."""
    edited_posts: list[tuple[int, RawPost]] = field(default_factory=list)
    """Channel id and post after its edit."""
    deletions: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    """Channel id and the ids that were deleted."""
    gaps: list[tuple[str, int | None]] = field(default_factory=list)
    """Reader, and the channel that it lost track of; None: all of them."""

    @property
    def posts(self) -> list[tuple[int, int]]:
        """Channel id and message id of each new entry."""
        return [(channel_id, entry.message_id) for channel_id, entry in self.entries]

    @property
    def edits(self) -> list[tuple[int, int, str]]:
        """Channel id, message id and new text of each edit."""
        return [(channel_id, post.message_id, post.text) for channel_id, post in self.edited_posts]

    def posted(self, channel_id: int, entry: PostOrAbsence) -> None:
        """See ``UpdateListener``."""
        self.entries.append((channel_id, entry))

    def edited(self, channel_id: int, post: RawPost) -> None:
        """See ``UpdateListener``."""
        self.edited_posts.append((channel_id, post))

    def deleted(self, channel_id: int, ids: Sequence[int]) -> None:
        """See ``UpdateListener``."""
        self.deletions.append((channel_id, tuple(ids)))

    def missed(self, reader: str, channel_id: int | None) -> None:
        """See ``UpdateListener``."""
        self.gaps.append((reader, channel_id))
