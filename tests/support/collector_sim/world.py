"""Channels as Telegram would hold them, kept in memory, and what readers return of them."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from ingest.live_reader import MAX_PAGE, AbsenceReason, AbsentMessage, Entry, Page, RequestPriority, UpdateListener
from ingest.preview.date_search import search_by_date
from schemas import Channel, Counters, PostSource, RawPost
from schemas.raw import Media, MediaKind
from tests.support.collector_sim.virtual_time import moment, now


@dataclass
class Message:
    """A message, with every text that it ever had."""

    id: int
    at: float
    texts: list[str]
    album_id: int | None = None
    edited: float | None = None
    is_service: bool = False
    views: int = 1

    def entry(self, channel_id: int) -> Entry:
        return AbsentMessage(self.id, AbsenceReason.SERVICE) if self.is_service else self.as_post(channel_id)

    def as_post(self, channel_id: int) -> RawPost:
        media = (Media(kind=MediaKind.PHOTO, id=f"m{self.id}"),) if self.album_id is not None else ()
        return RawPost(
            channel=Channel(id=channel_id, username=f"c{channel_id}"),
            message_id=self.id,
            posted_at=moment(self.at),
            collected_at=now(),
            edited_at=None if self.edited is None else moment(self.edited),
            text=self.texts[-1],
            media=media,
            album_id=self.album_id,
            counters=Counters(views=self.views),
            source=PostSource(kind="test"),
        )


@dataclass
class Room:
    """One channel of the world."""

    id: int
    messages: dict[int, Message] = field(default_factory=dict)
    deleted: dict[int, Message] = field(default_factory=dict)
    deleted_at: dict[int, datetime] = field(default_factory=dict)
    """When, of those that were deleted while a loop ran."""
    last: int = 0

    def post(self, at: float, text: str = "", album_id: int | None = None, *, is_service: bool = False) -> Message:
        self.last += 1
        texts = [text or f"{self.id}/{self.last} v0"]
        message = self.messages[self.last] = Message(self.last, at, texts, album_id, is_service=is_service)
        return message

    def edit(self, message_id: int, at: float) -> Message:
        message = self.messages[message_id]
        message.texts.append(f"{self.id}/{message_id} v{len(message.texts)}")
        message.edited = at
        return message

    def undo(self, message: Message, at: float) -> None:
        """Edit a message back to its former text."""
        message.texts.append(message.texts[-2])
        message.edited = at

    def delete(self, message_id: int) -> None:
        self.deleted[message_id] = self.messages.pop(message_id)
        with suppress(RuntimeError):
            self.deleted_at[message_id] = now()

    def entry(self, message_id: int) -> Entry:
        message = self.messages.get(message_id)
        return AbsentMessage(message_id, AbsenceReason.NOT_RETURNED) if message is None else message.entry(self.id)


class World:
    """All channels, and who receives updates."""

    def __init__(self, channels: int = 1) -> None:
        self.rooms = {channel_id: Room(channel_id) for channel_id in range(1, channels + 1)}

    def __getitem__(self, channel_id: int) -> Room:
        return self.rooms[channel_id]

    def push(self, hints: UpdateListener, message: Message, channel_id: int = 1) -> None:
        hints.posted(channel_id, message.entry(channel_id))


class WorldReader:
    """Answers from the world as it is when the request arrives, after ``latency_s``."""

    def __init__(self, world: World, name: str = "main", *, latency_s: float = 0.05, page: int = MAX_PAGE) -> None:
        self.world = world
        self.calls: list[tuple[str, int, RequestPriority]] = []
        self.fault: Callable[[str, int], Exception | None] = lambda _method, _channel: None
        """Asked before each answer; what it returns is raised."""
        self.latency_s = latency_s
        self._name, self._page = name, page

    @property
    def name(self) -> str:
        return self._name

    def reads(self, channel_id: int) -> bool:
        return channel_id in self.world.rooms

    async def newest(self, channel_id: int, priority: RequestPriority) -> Page:
        await self._arrive("newest", channel_id, priority)
        room = self.world[channel_id]
        ids = sorted(room.messages)[-self._page :]
        is_all = len(ids) == len(room.messages)
        entries = tuple(room.entry(message_id) for message_id in ids)
        await self._return()
        return Page(entries, 1 if is_all else ids[0], ids[-1] if ids else 0)

    async def history(self, channel_id: int, after: int, up_to: int | None, priority: RequestPriority) -> Page:
        await self._arrive("history", channel_id, priority)
        room = self.world[channel_id]
        ids = sorted(
            message_id for message_id in room.messages if message_id > after and (up_to is None or message_id <= up_to)
        )
        if len(ids) <= self._page:
            last = up_to if up_to is not None else (ids[-1] if ids else after)
        else:
            ids = ids[: self._page]
            last = ids[-1]
        entries = tuple(room.entry(message_id) for message_id in ids)
        await self._return()
        return Page(entries, after + 1, last)

    async def before(self, channel_id: int, moment: datetime, priority: RequestPriority) -> int:
        return await search_by_date(self, channel_id, moment, priority)

    async def get(self, channel_id: int, ids: Sequence[int], priority: RequestPriority) -> Sequence[Entry]:
        assert 0 < len(ids) <= MAX_PAGE
        await self._arrive("get", channel_id, priority)
        entries = [self.world[channel_id].entry(message_id) for message_id in ids]
        await self._return()
        return entries

    async def _arrive(self, method: str, channel_id: int, priority: RequestPriority) -> None:
        self.calls.append((method, channel_id, priority))
        await asyncio.sleep(self.latency_s / 2)
        if (error := self.fault(method, channel_id)) is not None:
            raise error

    async def _return(self) -> None:
        await asyncio.sleep(self.latency_s / 2)
