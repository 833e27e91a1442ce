"""Reads channels through their previews, behind the interface of every live source. It has no pushes: it is swept."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from ingest.errors import ChannelUnavailableError, ReaderLostError
from ingest.live_reader import AbsenceReason, AbsentMessage, Page, PostOrAbsence, RequestPriority
from ingest.preview.client import UNKNOWN, PreviewClient, Validators
from ingest.preview.date_search import search_by_date
from ingest.preview.messages.parser import MAX_ALBUM, PageContext
from ingest.preview.page import MessageBlock, PreviewPage
from runtime.errors import TransientError
from runtime.settings.collect import PreviewSettings
from schemas import Channel
from schemas.keys import SYNTHETIC_BASE

PAGE_MESSAGES = 20
"""Messages on a full page, the parts of an album counted one by one."""
MAX_ID = (1 << 31) - 1
"""Above every message id: Telegram's are 32 bits wide."""
_MAX_CONFIRMATIONS = 4
"""Pages that are requested for holes of one page: more are needed only if it was the wrong one."""
_KEPT_S = 3600.0
"""Posts read before a pause are not requested again within this time."""
_TAIL_BYTES = 1024
"""Behind the end of a page there is a comment at most."""


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest page of a channel, as it was last seen."""

    validators: Validators
    last: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A page of the site with its blocks read as posts."""

    blocks: list[MessageBlock]
    has_older: bool
    has_newer: bool


@dataclass(frozen=True, slots=True)
class _Interrupted:
    """Single posts that were read before the server requested a pause."""

    found: dict[int, PostOrAbsence] = field(default_factory=dict)
    missing: set[int] = field(default_factory=set)
    """Ids that a page left out."""
    until: float = 0.0
    """Time of the monotonic clock until which they are kept."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What a page shows of the ids after the one that it was requested with."""

    found: dict[int, PostOrAbsence]
    last: int
    """The last id that it speaks of."""
    goes_on: bool
    """Whether there is, or may be, a page behind it."""


class PreviewReader:
    """A ``LiveReader`` (``ingest.live_reader``) over web previews. Every request is paced, whatever its priority."""

    name = "preview"

    def __init__(self, settings: PreviewSettings, registry: CollectorRegistry) -> None:
        self._client = PreviewClient(settings, registry)
        self._channels: dict[int, Channel] = {}
        self._newest: dict[int, _Newest] = {}
        self._interrupted: dict[int, _Interrupted] = {}

    async def add(self, name: str) -> Channel:
        """Look up a channel by ``@name``; from then on it can be read. Raises as the reading calls do.

        The id is Telegram's, taken from any post; for a channel without a post it is derived from the name.
        """
        if not name.startswith("@"):
            raise ChannelUnavailableError(
                f"{name}: a preview is found by name only. Write @name, or collect the channel with an account.",
                "invalid",
            )
        username = name.removeprefix("@")
        page = await self._page(username, {})
        if page.channel_id is None:  # the derived id would be another key for each post that is there after all
            page = await self._page(username, {"before": MAX_ID})
        channel = page.channel(username)
        self._channels[channel.id] = channel
        return channel

    async def _page(self, username: str, query: dict[str, int]) -> PreviewPage:
        answer = await self._client.get(username, query, UNKNOWN)
        return _whole_page(answer.body or b"", self._client.address(username))

    async def close(self) -> None:
        """Close the connection; no call may follow."""
        await self._client.close()

    def reads(self, channel_id: int) -> bool:
        """See ``LiveReader``."""
        return channel_id in self._channels

    async def newest(self, channel_id: int, priority: RequestPriority) -> Page:
        """See ``LiveReader``. A page that has not changed is a page behind the last id that holds nothing."""
        known = self._newest.get(channel_id, _Newest(UNKNOWN, 0))
        part, validators = await self._fetch(channel_id, {}, known.validators)
        if part is None:
            return Page((), known.last + 1, known.last)
        blocks = part.blocks
        # The first one may be the rest of an album that begins on the page before.
        if part.has_older and len(blocks) > 1 and blocks[0].is_album:
            blocks = blocks[1:]
        entries = _entries(blocks)
        if not entries:
            await self._check_empty(channel_id)
            return Page((), 1, 0)
        page = Page(entries, entries[0].message_id, entries[-1].message_id)
        self._newest[channel_id] = _Newest(validators, page.last)
        return page

    async def history(self, channel_id: int, after: int, up_to: int | None, priority: RequestPriority) -> Page:
        """See ``LiveReader``. What a page does not show is requested from the other side before it counts as absent."""
        part = await self._behind(channel_id, after)
        last = part.last
        if not part.goes_on and up_to is not None and last < up_to:
            last = await self._end(channel_id, after, up_to, part)
        if up_to is not None:
            last = min(last, up_to)
        await self._confirm(channel_id, after, last, part.found)
        entries = tuple(part.found[one] for one in sorted(part.found) if after < one <= last)
        return Page(entries, after + 1, last)

    async def before(self, channel_id: int, moment: datetime, priority: RequestPriority) -> int:
        """See ``LiveReader``. Previews are not found by date: ids are halved until the moment is between two posts."""
        return await search_by_date(self, channel_id, moment, priority)

    async def get(self, channel_id: int, ids: Sequence[int], priority: RequestPriority) -> Sequence[PostOrAbsence]:
        """See ``LiveReader``. Ids close together share a request; each apart costs one, and another if it is absent."""
        kept = self._interrupted.pop(channel_id, None)
        if kept is None or kept.until < time.monotonic():
            kept = _Interrupted()
        found, missing = kept.found, kept.missing & set(ids)
        try:
            await self._read_into(found, missing, channel_id, set(ids) - found.keys() - missing)
        except TransientError:
            read = {one: found[one] for one in ids if one in found}
            self._interrupted[channel_id] = _Interrupted(read, missing, time.monotonic() + _KEPT_S)
            raise
        return [found[one] for one in ids]

    async def _read_into(
        self, found: dict[int, PostOrAbsence], missing: set[int], channel_id: int, waiting: set[int]
    ) -> None:
        """Read what is waited for, and what a page left out already (``missing``)."""
        while waiting:
            # As many behind the last id as an album has, so that the whole of its album is on the page.
            last = max(waiting)
            blocks = await self._before(channel_id, last + MAX_ALBUM + 1)
            found |= _by_id(blocks)
            settled = {one for one in waiting if one == last or not blocks or one >= blocks[0].first}
            waiting -= settled
            missing |= settled - found.keys()
        while missing:  # a page left them out: the one that begins with them decides
            first = min(missing)
            part = await self._behind(channel_id, first - 1)
            found |= part.found
            settled = {one for one in missing if one == first or one <= part.last or not part.goes_on}
            found.update((one, AbsentMessage(one, AbsenceReason.NOT_RETURNED)) for one in settled - found.keys())
            missing -= settled

    async def _behind(self, channel_id: int, after: int) -> "_Stretch":
        """What is known of the ids behind one from the page that begins there."""
        if after <= 0:  # it is not documented that a page can be requested that way, and ids begin at 1
            blocks = await self._before(channel_id, PAGE_MESSAGES + 1)
            return _Stretch(_by_id(blocks), PAGE_MESSAGES, goes_on=True)
        part, _ = await self._fetch(channel_id, {"after": after}, UNKNOWN)
        assert part is not None  # asked without validators
        blocks = [block for block in part.blocks if block.last > after]
        goes_on = part.has_newer or len(_entries(part.blocks)) >= PAGE_MESSAGES
        if goes_on and len(blocks) > 1 and blocks[-1].is_album:
            blocks = blocks[:-1]  # it may go on on the next page, which begins with it then
        return _Stretch(
            _by_id(blocks), max([after, *(block.last for block in blocks)]), goes_on=goes_on and bool(blocks)
        )

    async def _end(self, channel_id: int, after: int, up_to: int, part: "_Stretch") -> int:
        """A page has no link to newer posts: the last id that it settles, by what the page before ``up_to`` shows."""
        blocks = await self._before(channel_id, up_to + 1)
        if not blocks or blocks[-1].last <= part.last:
            return up_to
        if part.last > after:
            return part.last  # it broke off early: the next one begins there
        # It showed nothing of what is there. Of any 20 ids the page that ends with them shows all.
        last = min(after + PAGE_MESSAGES, up_to)
        part.found.update(_by_id(await self._before(channel_id, last + 1)))
        return last

    async def _confirm(self, channel_id: int, after: int, last: int, found: dict[int, PostOrAbsence]) -> None:
        """Ask for the ids up to ``last`` that a page did not show on the pages that end with them.

        Raises ReaderLostError when so much was left out that it was another page than was requested.
        """
        missing = _highest_missing(after, last, found)
        for _ in range(_MAX_CONFIRMATIONS):
            if missing is None:
                return
            blocks = await self._before(channel_id, missing + 1)
            news = _by_id(blocks)
            left_out = [one for one in news if one > after and one not in found]
            found.update(news)
            missing = _highest_missing(after, blocks[0].first - 1, found) if blocks else None
            if missing is not None and left_out:
                raise ReaderLostError(
                    f"{self._address(channel_id)}: the page behind post {after} leaves out post {max(left_out)}. "
                    "It is asked again."
                )
        if missing is not None:
            raise ReaderLostError(f"{self._address(channel_id)}: the page behind post {after} cannot be confirmed.")

    async def _before(self, channel_id: int, before: int) -> list[MessageBlock]:
        """The blocks of the page that ends before an id."""
        part, _ = await self._fetch(channel_id, {"before": before}, UNKNOWN)
        assert part is not None  # asked without validators
        if part.blocks:
            is_right = part.blocks[-1].first < before
        else:  # no post is so old, unless the server fails to show any: an empty page would count as deletions
            newest, _ = await self._fetch(channel_id, {}, UNKNOWN)
            is_right = newest is not None and bool(newest.blocks) and newest.blocks[0].first >= before
        if not is_right:
            raise ReaderLostError(
                f"{self._address(channel_id)}: the page before post {before} is not the one that was asked for. "
                "It is asked again."
            )
        return part.blocks

    async def _check_empty(self, channel_id: int) -> None:
        """The newest page shows no post: raises ReaderLostError when another page does."""
        part, _ = await self._fetch(channel_id, {"before": MAX_ID}, UNKNOWN)
        if part is None or part.blocks:
            raise ReaderLostError(f"{self._address(channel_id)}: the newest page was empty. It is asked again.")

    async def _fetch(
        self, channel_id: int, query: dict[str, int], known: Validators
    ) -> tuple[_Part | None, Validators]:
        """A page, or None when it is the one of the validators."""
        channel = self._channel(channel_id)
        answer = await self._client.get(channel.username or "", query, known)
        if answer.body is None:
            return None, answer.validators
        page = _whole_page(answer.body, self._address(channel_id))
        if page.channel_id not in (None, channel_id) and channel_id < SYNTHETIC_BASE:
            raise ChannelUnavailableError(
                f"{self._address(channel_id)}: the name belongs to another channel now (id {page.channel_id}). "
                "Find the channel's new name, and put it into the list of channels.",
                "renamed",
            )
        blocks = page.blocks(PageContext(channel, datetime.now(UTC)))
        return _Part(blocks, page.has_older, page.has_newer), answer.validators

    def _address(self, channel_id: int) -> str:
        return self._client.address(self._channel(channel_id).username or "")

    def _channel(self, channel_id: int) -> Channel:
        channel = self._channels.get(channel_id)
        if channel is None:
            raise ChannelUnavailableError(f"channel {channel_id}: it was not looked up by @name yet.", "invalid")
        return channel


def _whole_page(body: bytes, address: str) -> PreviewPage:
    """Raises ReaderLostError: what a broken connection cut off would count as posts that are not there."""
    page = PreviewPage(body, address)
    if b"</html>" not in body[-_TAIL_BYTES:].lower():
        raise ReaderLostError(f"{address}: the page was cut short. It is asked again.")
    return page


def _entries(blocks: Iterable[MessageBlock]) -> tuple[PostOrAbsence, ...]:
    """In ascending order of id: another post can lie between the parts of an album."""
    entries = {entry.message_id: entry for block in blocks for entry in block.entries}
    return tuple(entry for _, entry in sorted(entries.items()))


def _by_id(blocks: Iterable[MessageBlock]) -> dict[int, PostOrAbsence]:
    return {entry.message_id: entry for entry in _entries(blocks)}


def _highest_missing(after: int, last: int, found: Mapping[int, PostOrAbsence]) -> int | None:
    """The highest id of a stretch of which nothing is known."""
    while last > after and last in found:
        last -= 1
    return last if last > after else None
