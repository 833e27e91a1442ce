"""Chats of TDLib: which are channels, and their names, where a dump describes chats beside its messages."""

from collections.abc import Iterator

from ingest.sources.channel_fields import parse_id
from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.json_frames import Path
from ingest.sources.mapping import entities, ids
from ingest.sources.mapping.ids import OtherChatError
from ingest.sources.tdlib.classes import class_of, object_of

_ZERO_CHANNEL = -(10**12)
_MAX_CHANNEL_ID = 997_852_516_352
"""Beyond these are secret chats, and the messages that a channel receives."""


def channel_id(value: object, field: str = "chat_id") -> int:
    """The bare id of a channel or a supergroup from that of its chat, -100...; OtherChatError for another chat,
    InvalidRecordError for what is none.
    """
    number = parse_id(value)
    if type(number) is not int or not number:
        raise InvalidRecordError("missing; it is required" if value is None else "expected the id of a chat", field)
    if not 0 < _ZERO_CHANNEL - number <= _MAX_CHANNEL_ID:
        raise OtherChatError
    return _ZERO_CHANNEL - number


def optional_channel_id(value: object) -> int | None:
    """The same for a chat that is described beside the messages; None for what is no channel."""
    try:
        return channel_id(value)
    except (OtherChatError, InvalidRecordError):
        return None


def origin_id(context: ReadContext, value: object, field: str) -> int | None:
    """The same for the chat of a forward or a reply: None for another chat and for 0, and with a warning for what is no
    id.
    """
    if value is None or value == 0:
        return None
    try:
        return channel_id(value, field)
    except OtherChatError:
        return None
    except InvalidRecordError:
        context.unknown(field, "id")
        return None


class ChatNames:
    """Usernames and titles by the bare id of the channel."""

    def __init__(self) -> None:
        self._titles: dict[int, str | None] = {}
        self._usernames: dict[int, str | None] = {}

    def learn(self, path: Path, value: object) -> None:
        """Take in a ``chat`` or a ``supergroup``, also of a list or an update."""
        if isinstance(value, list):
            for each in value:
                self.learn(path, each)
            return
        described = object_of(value)
        kind = class_of(described)
        if kind == "chat" and (number := optional_channel_id(described.get("id"))):
            self._titles[number] = entities.optional_text(described.get("title"))
        elif kind == "supergroup" and (number := ids.optional_channel_id(described.get("id"))):
            self._usernames[number] = next(_usernames(described), None)
        elif kind in ("updateNewChat", "updateSupergroup"):
            self.learn(path, described.get("chat") or described.get("supergroup"))

    def of(self, channel: int | None) -> tuple[str | None, str | None]:
        """Username and title, as far as they are known."""
        return (None, None) if channel is None else (self._usernames.get(channel), self._titles.get(channel))


def _usernames(described: dict[str, object]) -> Iterator[str]:
    """The active ones; before 1.8.8 there was one."""
    active = object_of(described.get("usernames")).get("active_usernames")
    for each in (*(active if isinstance(active, list) else ()), described.get("username")):
        if name := entities.optional_text(each):
            yield name
