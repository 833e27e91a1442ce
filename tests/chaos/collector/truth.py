"""What really happened in the channels: every state that a message ever had, written down by the server."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from telethon.tl import types

from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.update_log import Change, Event, UpdateLog


class Version(NamedTuple):
    """What a reader would see of a message: what makes a revision, and nothing else."""

    text: str
    entities: tuple[tuple[int, int], ...] = ()
    """Start and end; invented texts have entities only where code points and UTF-16 units are the same."""
    media: tuple[str, ...] = ()
    """Ids."""


@dataclass
class Message:
    """A message from its beginning to its end."""

    id: int
    versions: list[Version]
    album: int | None = None
    is_post: bool = True
    """False for what takes an id and is none: a pin, a new title."""
    is_deleted: bool = False
    views: set[int] = field(default_factory=set)
    """Every count that there ever was."""


@dataclass
class ChannelTruth:
    """A channel from the moment when it was to be watched."""

    id: int
    from_id: int = 0
    """Newest id when it was to be watched: what follows must be collected."""
    is_backfilled: bool = False
    """Whether what lies before must be collected as well."""
    names: set[str | None] = field(default_factory=set)
    messages: dict[int, Message] = field(default_factory=dict)

    @property
    def last_id(self) -> int:
        """The newest id ever given."""
        return max(self.messages, default=0)

    def album(self, album: int) -> list[Message]:
        """The parts, in order."""
        return [each for _, each in sorted(self.messages.items()) if each.album == album]


class RecordingLog(UpdateLog):
    """The update log of a channel, which writes down what each event did."""

    def __init__(self, channel: Channel, truth: ChannelTruth) -> None:
        super().__init__()
        self._channel, self._truth = channel, truth

    def add(self, change: Change, ids: tuple[int, ...]) -> Event:
        """Number an event."""
        for message_id in ids:
            self._write_down(change, message_id)
        return super().add(change, ids)

    def _write_down(self, change: Change, message_id: int) -> None:
        messages = self._truth.messages
        if change is Change.DELETED:
            if message_id in messages:
                messages[message_id].is_deleted = True
            return
        message = self._channel.store[message_id].object()
        version = version_of(message)
        known = messages.get(message_id)
        if known is None:
            is_post = isinstance(message, types.Message)
            album = message.grouped_id if is_post else None
            known = messages[message_id] = Message(message_id, [version], album, is_post)
        elif version != known.versions[-1]:
            known.versions.append(version)
        known.views.add(getattr(message, "views", None) or 0)


def watch(channel: Channel) -> ChannelTruth:
    """Write down what happens in a channel, which is new, from now on."""
    truth = ChannelTruth(channel.id, names={channel.username})
    channel.log = RecordingLog(channel, truth)
    return truth


def version_of(message: Any) -> Version:
    """Of a TL message."""
    if not isinstance(message, types.Message):
        return Version("")
    entities = tuple((each.offset, each.offset + each.length) for each in message.entities or ())
    return Version(message.message, entities, tuple(_media(message.media)))


def _media(media: Any) -> Iterable[str]:
    match media:
        case types.MessageMediaPhoto():
            yield str(media.photo.id)
        case types.MessageMediaDocument():
            yield str(media.document.id)
