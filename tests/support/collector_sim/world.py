"""Channels as Telegram would hold them, kept in memory, and what readers return of them."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from ingest.live_reader import MAX_PAGE, AbsenceReason, AbsentMessage, PostOrAbsence, UpdateListener
from ingest.testing import ScriptedReader
from schemas import Channel, Counters, PostSource, RawPost
from schemas.raw import Media, MediaKind
from tests.support.collector_sim.virtual_time import moment, now

SOURCE = PostSource(kind="test")


@cache
def _channel(channel_id: int) -> Channel:
    return Channel(id=channel_id, username=f"c{channel_id}")


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

    def entry(self, channel_id: int) -> PostOrAbsence:
        return AbsentMessage(self.id, AbsenceReason.SERVICE) if self.is_service else self.as_post(channel_id)

    def as_post(self, channel_id: int) -> RawPost:
        media = (Media(kind=MediaKind.PHOTO, id=f"m{self.id}"),) if self.album_id is not None else ()
        return RawPost(
            channel=_channel(channel_id),
            message_id=self.id,
            posted_at=moment(self.at),
            collected_at=now(),
            edited_at=None if self.edited is None else moment(self.edited),
            text=self.texts[-1],
            media=media,
            album_id=self.album_id,
            counters=Counters(views=self.views),
            source=SOURCE,
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

    def entry(self, message_id: int) -> PostOrAbsence:
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


class WorldReader(ScriptedReader):
    """Answers from the world as it is when the request arrives, after ``latency_s``."""

    def __init__(self, world: World, name: str = "main", *, latency_s: float = 0.05, page: int = MAX_PAGE) -> None:
        super().__init__(name, latency_s=latency_s, page=page)
        self.world = world

    def reads(self, channel_id: int) -> bool:
        return channel_id in self.world.rooms

    def ids(self, channel_id: int) -> list[int]:
        return sorted(self.world[channel_id].messages)

    def entry(self, channel_id: int, message_id: int) -> PostOrAbsence:
        return self.world[channel_id].entry(message_id)
