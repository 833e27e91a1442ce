"""The walk through an account's chats: it keeps its place during a flood wait."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass, field
from datetime import datetime

from telethon import utils
from telethon.tl import TLObject, TLRequest, functions, types

from ingest.live_reader import MAX_PAGE
from schemas.times import UNIX_EPOCH

KEPT_S = 6 * 3600.0
"""Seconds for which an interrupted list of an account's chats is continued; later it begins again, as chats move."""

Ask = Callable[[TLRequest], Awaitable[TLObject]]


@dataclass(slots=True)
class _DialogPages:
    """Pages of chats, newest message first: https://core.telegram.org/api/offsets."""

    began: float
    request: TLRequest | None
    """The next page; None at the end."""
    used: float
    seen: set[int] = field(default_factory=set)
    newest: datetime | None = None
    """Date of the newest message on the first page."""
    down_to: datetime | None = None
    """The second time over, chats with an older message were seen before. None the first time."""
    found: dict[int, types.TypeChat] = field(default_factory=dict)
    """Chats that were looked for."""


class Dialogs:
    """Lists channels of an account's chats, or finds some. One walk serves all who look for one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._walk: _DialogPages | None = None
        self._listing: _DialogPages | None = None
        self._asked: dict[int, float] = {}
        """Since when an id is looked for: a walk that began before may have passed it, or missed that it was joined."""
        self._turn = asyncio.Lock()

    async def find(self, channel_id: int, ask: Ask) -> types.TypeChat | None:
        """The chat with an id, which is no basic group's; None when it is not there, nor was when looked for again.

        Raises what ``ask`` raises; the next call goes on where this one ended.
        """
        asked = self._asked.setdefault(channel_id, self._clock())
        async with self._turn:
            while True:
                walk = self._walk_for(asked)
                while walk.request is not None and channel_id not in walk.found:
                    walk.used = self._clock()
                    self._take(walk, await ask(walk.request), wanted=self._asked)
                chat = walk.found.pop(channel_id, None)
                if chat is not None or walk.began >= asked:
                    del self._asked[channel_id]
                    return chat

    async def channels(self, ask: Ask) -> list[types.TypeChat]:
        """All channels and supergroups among the chats; when ``ask`` raises, the next call goes on as for ``find``."""
        async with self._turn:
            now = self._clock()
            if self._listing is None or self._listing.used < now - KEPT_S:
                self._listing = _DialogPages(now, _first_page(), now)
            listing = self._listing
            while listing.request is not None:
                listing.used = self._clock()
                self._take(listing, await ask(listing.request), wanted=None)
            self._listing = None
            return list(listing.found.values())

    def _walk_for(self, asked: float) -> _DialogPages:
        """The walk that is under way, or the last one if it began late enough to count."""
        walk, now = self._walk, self._clock()
        if walk is None or walk.used < now - KEPT_S or (walk.request is None and walk.began < asked):
            walk = self._walk = _DialogPages(now, _first_page(), now)
        return walk

    @staticmethod
    def _take(walk: _DialogPages, answer: TLObject, wanted: Container[int] | None) -> None:
        """Take a page; ``wanted`` are the ids that are looked for, None all."""
        channels = filter(_is_channel, answer.chats)
        walk.found.update((each.id, each) for each in channels if wanted is None or each.id in wanted)
        dates = {(utils.get_peer_id(each.peer_id), each.id): each.date for each in answer.messages}
        walk.newest = walk.newest or max(dates.values(), default=None)
        page = [(utils.get_peer_id(each.peer), each.top_message) for each in answer.dialogs]
        news = {peer for peer, _ in page} - walk.seen
        walk.seen |= news
        named = {utils.get_peer_id(each): each for each in (*answer.chats, *answer.users)}
        # A chat without a message has no place in the order to go on from.
        last = next((each for each in reversed(page) if dates.get(each) and each[0] in named), None)
        is_slice = isinstance(answer, types.messages.DialogsSlice)
        if is_slice and news and last is not None and (walk.down_to is None or dates[last] >= walk.down_to):
            peer = utils.get_input_peer(named[last[0]])
            walk.request = functions.messages.GetDialogsRequest(dates[last], last[1], peer, MAX_PAGE, hash=0)
        elif walk.down_to is None:
            is_whole = bool(walk.seen) and (not is_slice or len(walk.seen) >= answer.count)
            # Chats that got a message meanwhile have moved to the top, past the walk; and one answer may be wrong.
            walk.down_to = walk.newest if is_whole and walk.newest is not None else _NEVER
            walk.request = _first_page()
            walk.seen.clear()
        else:
            walk.request = None


def _is_channel(chat: types.TypeChat) -> bool:
    return not isinstance(chat, types.Chat | types.ChatEmpty | types.ChatForbidden)


_NEVER = UNIX_EPOCH


def _first_page() -> TLRequest:
    return functions.messages.GetDialogsRequest(None, 0, types.InputPeerEmpty(), MAX_PAGE, hash=0)
