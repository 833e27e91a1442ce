"""Which channel the messages of a chat are of, and what is known of it from those before."""

import re

from ingest.sources.chat_frame import Chat
from ingest.sources.context import ReadContext
from ingest.sources.mapping import entities, ids, shapes
from schemas import Channel

CHANNELS = frozenset({"public_channel", "private_channel"})
GROUPS = frozenset({"public_supergroup", "private_supergroup", "public_group", "private_group"})
_NAMELESS = frozenset({"saved_messages", "replies", "verification_codes"})
_OLD_CHATS = 1 << 33
"""Added to ids of channels and groups before 2021."""
_PEER = re.compile(r"(user|chat|channel)([0-9]{1,19})")


def is_complete(chat: Chat) -> bool:
    """Nothing of its head is behind the messages."""
    return chat.is_bare or ("type" in chat.head and ("name" in chat.head or chat.head["type"] in _NAMELESS))


def peer(value: object) -> tuple[str, int] | None:
    """Kind and id of ``channel123``; None for anything else."""
    match = _PEER.fullmatch(value) if isinstance(value, str) else None
    return (match[1], int(match[2])) if match else None


def channel_peer(value: object) -> int | None:
    """The id of ``channel123``; None for anything else."""
    return channel_of(peer(value))


def channel_of(found: tuple[str, int] | None) -> int | None:
    """The id of a channel; None for any other peer."""
    return ids.optional_channel_id(found[1]) if found is not None and found[0] == "channel" else None


class ChatState:
    """What is known of a chat from the messages read so far."""

    def __init__(self, chat: Chat, context: ReadContext) -> None:
        self._chat, self._context = chat, context
        self._type = chat.head.get("type")
        self.is_read = chat.is_alone or context.options.chats == "all" or self._type in CHANNELS
        self._topics: set[object] = set()
        self._is_old: bool | None = None
        self._poster: int | None = None
        self._has_persons = False
        self._senders: set[str] = set()
        """Who posts, as messages before the first broken one say."""
        self._is_doubtful = chat.is_doubtful and self._may_hide_an_end
        self._channel: Channel | None = None

    def observe(self, message: dict[str, object]) -> None:
        """Learn from the next message."""
        if self._is_old is None:
            self._settle(message)
        if "action" in message and message["action"] == "topic_created" and isinstance(message.get("id"), int):
            self._topics.add(message["id"])
        if self._chat.is_bare:
            sender = message.get("from_id", message.get("actor_id"))
            self._has_persons |= sender is not None and channel_peer(sender) is None
        if not (self._is_doubtful or self._chat.is_alone):
            self._senders.add(str(message.get("from_id", "")))

    def observe_broken(self) -> None:
        """A record is broken, and may hide the end of the chat: what follows in a full export is its own only where
        the sender shows it.
        """
        self._is_doubtful |= self._may_hide_an_end

    @property
    def _may_hide_an_end(self) -> bool:
        return not self._chat.is_alone and self._context.options.chats != "all"

    def _settle(self, message: dict[str, object]) -> None:
        """By the first message that shows it: exports before 2021 have numbers for persons and no unix time."""
        sender = message.get("from_id", message.get("actor_id"))
        if "date_unixtime" in message or peer(sender) is not None:
            self._is_old = False
        elif type(sender) is int or "date" in message:
            self._is_old = True
        self._poster = channel_peer(message.get("from_id"))

    def is_topic(self, message_id: object) -> bool:
        """Whether a message is one that opened a topic, which all messages of the topic name as if they replied."""
        return message_id in self._topics

    def channel(self, message: dict[str, object]) -> Channel | None:
        """The channel of a message; None where a bare list does not show that it is of one."""
        if self._chat.is_bare:
            return self._channel_of_bare(message)
        if self._is_doubtful and not self._is_own(message.get("from_id")):
            return None
        if self._channel is None:
            self._channel = self._resolve()
        return self._channel

    def _is_own(self, sender: object) -> bool:
        number = self._chat.head.get("id")
        return sender is not None and (str(sender) in self._senders or sender in (number, f"channel{number}"))

    def _channel_of_bare(self, message: dict[str, object]) -> Channel | None:
        sender = message.get("from_id")
        channel_id = None if self._has_persons else channel_peer(sender)
        title = shapes.text(self._context, message.get("from"), "from")
        if channel_id is not None:
            return self._context.channel(channel_id=channel_id, title=title, fallback=self._context.file.folder)
        if peer(sender) is not None and self._context.options.chats != "all":
            return None
        return self._context.channel(fallback=self._context.file.folder)

    def _resolve(self) -> Channel:
        chat, context = self._chat, self._context
        title = entities.optional_text(chat.head.get("name"))
        if self._type in CHANNELS or self._type in GROUPS or "type" not in chat.head:
            channel_id = self._channel_id()
        else:
            channel_id = None  # the id of a person is not published
        if self._type not in CHANNELS and chat.is_alone:
            context.warn(f"it is no channel, but a chat of the type {entities.optional_text(self._type) or 'unknown'}")
        return context.channel(channel_id=channel_id, title=title, fallback=str(self._type or context.file.folder))

    def _channel_id(self) -> int | None:
        number = ids.optional_channel_id(self._chat.head.get("id"))
        if number is None:
            return self._poster if self._type in CHANNELS else None
        if number > _OLD_CHATS and (self._is_old or self._poster == number - _OLD_CHATS):
            return number - _OLD_CHATS
        return number
