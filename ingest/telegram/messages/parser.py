"""One Telegram message -> what the collector makes of its id."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog
from telethon import TelegramClient, utils
from telethon.tl import types
from telethon.tl.custom.forward import Forward

from ingest.live_reader import AbsenceReason, AbsentMessage, PostOrAbsence
from ingest.telegram.messages.entity_kinds import ENTITY_KINDS
from ingest.telegram.messages.media import attachments, document_metadata, photo_metadata
from ingest.telegram.messages.rich_text import rich_text
from ingest.utf16 import Utf16Entity, entities_of, readable
from schemas import Channel, Counters, EntityKind, ForwardOrigin, Lane, Media, PostSource, RawPost, Reply, TextEntity
from schemas.bounds import bounded
from schemas.keys import ID_LIMIT
from schemas.shown_counters import shown_counters
from schemas.times import UNIX_EPOCH

_log = structlog.stdlib.get_logger(__name__)

PeersById = Mapping[int, Any]
"""The chats and users that an answer or update brings, by Telethon's signed ids."""


def peers_by_id(chats: Iterable[Any], users: Iterable[Any]) -> PeersById:
    """The chats and users that an answer brings beside messages, by Telethon's signed ids."""
    return {utils.get_peer_id(each): each for each in (*chats, *users)}


class MessageFiles(Protocol):
    """Takes the files of messages, as ``ingest.telegram.channels.files.FileOffers`` does."""

    def offer(self, message: types.TypeMessage, channel_id: int) -> None:
        """The files that a message has; never waits or raises."""

    async def wait_for_room(self) -> None:
        """Wait until there is room for more: for whoever can wait."""


class MessageParser:
    """Parses the messages that one account reads, each with what is known of its channel and of those it names."""

    def __init__(self, account: str, channel: Callable[[int], Channel]) -> None:
        """``channel``: a channel by its id, as it was last called."""
        self._account, self._channel = account, channel
        self.client: TelegramClient | None = None
        """Attaches to a forward what is known of its origin, while the account is connected."""
        self.files: MessageFiles | None = None
        """Takes the files of every message; None when files are not downloaded."""

    def entry(self, channel_id: int, message: types.TypeMessage, names: PeersById) -> PostOrAbsence:
        """The post that a message is, or why its id has none; ``names`` are the chats and users that came with it."""
        if self.client is not None and getattr(message, "fwd_from", None):
            message._finish_init(self.client, names, None)  # noqa: SLF001  # as Telethon does for its own events
        if self.files is not None:
            self.files.offer(message, channel_id)
        return convert(message, self._channel(channel_id), self._account, datetime.now(UTC))


def convert(message: types.TypeMessage, channel: Channel, account: str, collected_at: datetime) -> PostOrAbsence:
    """The post that a ``Message`` is, in the live lane, or why its id has none; never raises.

    The origin of a forward has its title and username only if the message was given the entities that came with it,
    as Telethon's own methods and updates do (``Message._finish_init``). Of a private person nothing is kept but the
    name that a forward shows.
    """
    if isinstance(message, types.MessageService):
        return AbsentMessage(message.id, AbsenceReason.SERVICE)
    if isinstance(message, types.MessageEmpty):
        return AbsentMessage(message.id, AbsenceReason.NOT_RETURNED)
    try:
        return _post(message, channel, account, collected_at)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # TL is not checked on arrival: a vector may hold any object, and a new layer may give an old name a new type.
        _log.warning("message unreadable", channel_id=channel.id, message_id=message.id, error=type(error).__name__)
        return AbsentMessage(message.id, AbsenceReason.UNREADABLE)


def _post(message: types.Message, channel: Channel, account: str, collected_at: datetime) -> RawPost:
    text, entities, media = _content(message)
    return RawPost(
        channel=channel,
        message_id=message.id,
        posted_at=_moment(message.date),
        # Reactions and counts bump the date as well, and are recognised by edit_hide.
        edited_at=None if message.edit_hide else _moment(message.edit_date),
        collected_at=collected_at,
        text=text,
        entities=entities,
        media=media,
        forward=_forward(message),
        reply_to=_reply(message.reply_to, channel.id),
        album_id=message.grouped_id,
        counters=_counters(message, collected_at),
        source=PostSource(kind="telethon", name=account),
        lane=Lane.LIVE,
    )


def _content(message: types.Message) -> tuple[str, tuple[TextEntity, ...], tuple[Media, ...]]:
    text, rich = readable(message.message or ""), message.rich_message
    media = () if message.media is None else attachments(message.media)
    if rich is None:
        return text, entities_of(text, _known(message.entities)), media
    files = (*map(photo_metadata, rich.photos), *map(document_metadata, rich.documents))
    if text:  # a plain form of the blocks, for older clients
        return text, entities_of(text, _known(message.entities)), (*media, *files)
    return *rich_text(rich), (*media, *files)


def _known(entities: Iterable[types.TypeMessageEntity] | None) -> Iterator[Utf16Entity]:
    for entity in entities or ():
        kind = ENTITY_KINDS.get(type(entity))
        if kind is not None:
            url = readable(entity.url) if kind is EntityKind.TEXT_LINK else None
            yield kind, entity.offset, entity.length, url


def _moment(value: datetime | None) -> datetime | None:
    return None if value is None or value <= UNIX_EPOCH else value


def _counters(message: types.Message, observed_at: datetime) -> Counters:
    return shown_counters(
        observed_at=observed_at,
        views=bounded(message.views),
        forwards=bounded(message.forwards),
        replies=bounded(message.replies.replies) if message.replies else None,
        reactions=_reactions(message.reactions.results) if message.reactions else None,
    )


def _reactions(results: list[types.ReactionCount]) -> dict[str, int]:
    found: dict[str, int] = {}
    for result in results:
        name = _reaction_name(result.reaction)
        if name is not None and (number := bounded(result.count)) is not None:
            found[name] = found.get(name, 0) + number
    return found


def _reaction_name(reaction: types.TypeReaction) -> str | None:
    match reaction:
        case types.ReactionEmoji():
            return readable(reaction.emoticon)
        case types.ReactionCustomEmoji():
            return f"custom:{reaction.document_id}"
        case types.ReactionPaid():
            return "paid"
    return None


def _reply(header: types.TypeMessageReplyHeader | None, channel_id: int) -> Reply | None:
    """None also for what is in no channel (a story, a private chat) and for a message that merely belongs to a
    topic, whose header names the topic.
    """
    if not isinstance(header, types.MessageReplyHeader) or header.reply_to_scheduled or header.reply_to_ephemeral:
        return None
    if not bounded(header.reply_to_msg_id) or (header.forum_topic and header.reply_to_top_id is None):
        return None
    peer = header.reply_to_peer_id
    if peer is None:
        return Reply(message_id=header.reply_to_msg_id)
    other_id = _channel_id(peer)
    if other_id is None:
        return None
    return Reply(message_id=header.reply_to_msg_id, channel_id=None if other_id == channel_id else other_id)


def _forward(message: types.Message) -> ForwardOrigin | None:
    header = message.fwd_from
    if header is None:
        return None
    channel_id, message_id = _channel_id(header.from_id), header.channel_post
    if header.from_id is None and not header.from_name:
        # Nobody is named: where it was forwarded from last is all that is known.
        channel_id, message_id = _channel_id(header.saved_from_peer), header.saved_from_msg_id
    origin = _origin(message.forward)
    return ForwardOrigin(
        channel_id=channel_id,
        channel_username=_username(origin) if channel_id else None,
        message_id=(bounded(message_id) or None) if channel_id else None,
        name=readable(header.from_name or utils.get_display_name(origin)) or None,
        posted_at=_moment(header.date),
    )


def _origin(forward: Forward | None) -> types.TypeChat | types.TypeUser | None:
    """The ``Channel``, ``Chat`` or ``User`` that ``from_id`` names, if Telethon knows it."""
    return None if forward is None else forward.chat or forward.sender


def _channel_id(peer: types.TypePeer | None) -> int | None:
    return (bounded(peer.channel_id, ID_LIMIT) or None) if isinstance(peer, types.PeerChannel) else None


def _username(origin: types.TypeChat | types.TypeUser | None) -> str | None:
    if not isinstance(origin, types.Channel):
        return None
    names = [origin.username, *(name.username for name in origin.usernames or () if name.active)]
    return next((readable(name) for name in names if name), None)
