"""Passes Telegram's updates on to the listener, and nothing more: what is true is requested."""

import asyncio
from collections.abc import Callable, Collection

import structlog
from telethon.tl import types

from ingest.live_reader import AbsentMessage, UpdateListener
from ingest.telegram.channels.peers import PeerCache
from ingest.telegram.messages.parser import MessageParser, PeersById
from ingest.telegram.net.metrics import ReceivedKind, TelegramMetrics

UNREADABLE_S = 60.0
"""After Telegram has a newer layer than Telethon, many packets in a row can be unreadable."""

_log = structlog.stdlib.get_logger(__name__)


class UpdateHandler:
    """Handles the updates of one account. No handler waits, so that their order stays and nothing piles up."""

    def __init__(
        self,
        account: str,
        peers: PeerCache,
        messages: MessageParser,
        metrics: TelegramMetrics,
        listener: UpdateListener,
    ) -> None:
        self._account, self._peers, self._messages, self._listener = account, peers, messages, listener
        self._metrics = metrics
        self._watched: frozenset[int] = frozenset()
        self._timer: asyncio.TimerHandle | None = None
        self._is_report_due = False
        self._handlers: dict[type, Callable[[types.TypeUpdate], ReceivedKind]] = {
            types.UpdateNewChannelMessage: self._posted,
            types.UpdateEditChannelMessage: self._edited,
            types.UpdateDeleteChannelMessages: self._deleted,
            types.UpdateDeleteMessages: self._deleted_somewhere,
            types.UpdateChannel: self._changed,
        }

    @property
    def watched(self) -> frozenset[int]:
        """Channels whose updates are passed on."""
        return self._watched

    def watch(self, channel_ids: Collection[int]) -> None:
        """Pass on the updates of these channels, and of no others that the account is in."""
        self._watched = frozenset(channel_ids)

    async def handle(self, update: types.TypeUpdate) -> None:
        """Pass on one update, as Telethon's loop gives it."""
        self.take(update)

    def take(self, update: types.TypeUpdate) -> None:
        """Pass on one update; in whatever order they come, each is only a sign that the channel has to be read."""
        try:
            kind = self._pass_on(update)
        except Exception as error:  # noqa: BLE001  # Telethon would go on without a word
            # The name alone: the text of an error may hold text of a post.
            _log.error(
                "update not handled", account=self._account, update=type(update).__name__, error=type(error).__name__
            )
            kind = "failed"
            self.missed(None)
        self._count(kind)

    def _pass_on(self, update: types.TypeUpdate) -> ReceivedKind:
        chats = _peers_of(update).values()
        self._peers.saw(chats)
        for chat in chats:
            if chat.id in self._watched:  # another account may have looked it up: this one can read it from now on
                self._peers.learn(chat)
        handler = self._handlers.get(type(update))
        return "other" if handler is None else handler(update)

    def missed(self, channel_id: int | None) -> None:
        """Updates of a channel, or of any, are lost."""
        if channel_id is None or channel_id in self._watched:
            self._count("missed")
            self._listener.missed(self._account, channel_id)

    def unreadable(self) -> None:
        """A packet was dropped with its updates. Hinted at once, then once for all of the next minute."""
        self._count("unreadable")
        if self._timer is None:
            self._report_unreadable()
        else:
            self._is_report_due = True

    def _count(self, kind: ReceivedKind) -> None:
        self._metrics.updates.labels(self._account, kind).inc()

    def _report_unreadable(self) -> None:
        self._is_report_due = False
        self.missed(None)
        self._timer = asyncio.get_running_loop().call_later(UNREADABLE_S, self._after_a_minute)

    def _after_a_minute(self) -> None:
        self._timer = None
        if self._is_report_due:
            self._report_unreadable()

    def _posted(self, update: types.TypeUpdate) -> ReceivedKind:
        channel_id = _channel_id(update.message)
        if channel_id not in self._watched:
            return "unwatched"
        self._listener.posted(channel_id, self._messages.entry(channel_id, update.message, _peers_of(update)))
        return "posted"

    def _edited(self, update: types.TypeUpdate) -> ReceivedKind:
        channel_id = _channel_id(update.message)
        if channel_id not in self._watched:
            return "unwatched"
        entry = self._messages.entry(channel_id, update.message, _peers_of(update))
        if not isinstance(entry, AbsentMessage):
            self._listener.edited(channel_id, entry)
        return "edited"

    def _deleted(self, update: types.TypeUpdate) -> ReceivedKind:
        if update.channel_id not in self._watched:
            return "unwatched"
        self._listener.deleted(update.channel_id, tuple(update.messages))
        return "deleted"

    def _deleted_somewhere(self, update: types.TypeUpdate) -> ReceivedKind:
        """In private chats and basic groups: the ids are of no channel, and must never touch one."""
        return "deleted_elsewhere"

    def _changed(self, update: types.TypeUpdate) -> ReceivedKind:
        """Joined, left, banned, renamed: the next read of the channel shows which."""
        if update.channel_id in self._watched:
            _log.info("channel changed", account=self._account, channel_id=update.channel_id)
            self._listener.missed(self._account, update.channel_id)
        return "channel_changed"


def _channel_id(message: types.TypeMessage) -> int:
    """The channel of a message; 0, which is none, when it has no peer."""
    return int(getattr(message.peer_id, "channel_id", 0) or 0)


def _peers_of(update: types.TypeUpdate) -> PeersById:
    peers: PeersById = getattr(update, "_entities", None) or {}
    return peers
