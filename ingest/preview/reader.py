"""Reads channels through their previews, behind the interface of every live source. It has no pushes: it is swept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from ingest.errors import ChannelUnavailableError, ReaderLostError
from ingest.live.dates import search_by_date
from ingest.live.reader import Absence, Entry, Gone, Page, Urgency, entry_id
from ingest.preview.block import MAX_ALBUM, Reading
from ingest.preview.client import UNKNOWN, PreviewClient, Validators
from ingest.preview.page import Block, PreviewPage
from schemas import Channel
from schemas.collecting import PreviewSettings
from schemas.keys import SYNTHETIC_BASE

PAGE_MESSAGES = 20
"""Messages on a full page, the parts of an album counted one by one."""


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest page of a channel, as it was last seen."""

    validators: Validators
    last: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A page with its blocks read."""

    blocks: list[Block]
    has_older: bool
    has_newer: bool


class PreviewReader:
    """A ``Reader`` (``ingest.live.reader``) over web previews. Every request is paced, whatever its urgency."""

    name = "preview"

    def __init__(self, settings: PreviewSettings, registry: CollectorRegistry) -> None:
        self._client = PreviewClient(settings, registry)
        self._channels: dict[int, Channel] = {}
        self._newest: dict[int, _Newest] = {}

    async def add(self, name: str) -> Channel:
        """Look up a channel by ``@name``; from then on it can be read. Raises as the reading calls do.

        The id is Telegram's, told by any post; for a channel without a post it is derived from the name.
        """
        if not name.startswith("@"):
            raise ChannelUnavailableError(
                f"{name}: a preview is found by name only. Write @name, or collect the channel with an account.",
                "invalid",
            )
        username = name.removeprefix("@")
        answer = await self._client.get(username, {}, UNKNOWN)
        channel = PreviewPage(answer.body or b"", self._client.address(username)).channel(username)
        self._channels[channel.id] = channel
        return channel

    async def close(self) -> None:
        """Close the connection; no call may follow."""
        await self._client.close()

    def reads(self, channel_id: int) -> bool:
        """See ``Reader``."""
        return channel_id in self._channels

    async def newest(self, channel_id: int, urgency: Urgency) -> Page:
        """See ``Reader``. A page that has not changed is a page behind the last id that holds nothing."""
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
            return Page((), 1, 0)
        page = Page(entries, entry_id(entries[0]), entry_id(entries[-1]))
        self._newest[channel_id] = _Newest(validators, page.last)
        return page

    async def history(self, channel_id: int, after: int, up_to: int | None, urgency: Urgency) -> Page:
        """See ``Reader``."""
        blocks, last = await self._behind(channel_id, after)
        if last is None:
            last = up_to if up_to is not None else max([after, *(block.last for block in blocks)])
        elif up_to is not None:
            last = min(last, up_to)
        entries = tuple(entry for entry in _entries(blocks) if after < entry_id(entry) <= last)
        return Page(entries, after + 1, last)

    async def before(self, channel_id: int, moment: datetime, urgency: Urgency) -> int:
        """See ``Reader``. A preview is not found by date: the ids are halved until the moment is between two posts."""
        return await search_by_date(self, channel_id, moment, urgency)

    async def get(self, channel_id: int, ids: Sequence[int], urgency: Urgency) -> Sequence[Entry]:
        """See ``Reader``. Ids close together share a request; each that stands alone costs one."""
        found: dict[int, Entry] = {}
        waiting = set(ids)
        while waiting:
            # As many behind the last id as an album has, so that the whole of its album is on the page.
            last = max(waiting)
            blocks = await self._before(channel_id, last + MAX_ALBUM + 1)
            entries = {entry_id(entry): entry for entry in _entries(blocks)}
            settled = {one for one in waiting if one == last or not blocks or one >= blocks[0].first}
            found |= {one: entries.get(one, Gone(one, Absence.NOT_RETURNED)) for one in settled}
            waiting -= settled
        return [found[one] for one in ids]

    async def _behind(self, channel_id: int, after: int) -> tuple[list[Block], int | None]:
        """The blocks behind an id, and the last id that they settle: None when there is nothing behind them."""
        if after <= 0:  # nothing says that a page can be asked for that way, and ids begin at 1
            return await self._before(channel_id, PAGE_MESSAGES + 1), PAGE_MESSAGES
        part, _ = await self._fetch(channel_id, {"after": after}, UNKNOWN)
        assert part is not None  # asked without validators
        blocks = [block for block in part.blocks if block.last > after]
        if not blocks:
            return [], None
        if blocks[0].first > after + PAGE_MESSAGES:
            await self._check_jump(channel_id, after, blocks[0].first)
        is_end = not part.has_newer and len(_entries(part.blocks)) < PAGE_MESSAGES
        if not is_end and len(blocks) > 1 and blocks[-1].is_album:
            blocks = blocks[:-1]  # it may go on on the next page, which begins with it then
        return blocks, None if is_end else blocks[-1].last

    async def _check_jump(self, channel_id: int, after: int, first: int) -> None:
        """Were the ids between deleted, or is this another page than was asked for? Then posts would be lost."""
        before = await self._before(channel_id, first)
        if before and before[-1].first > after:
            raise ReaderLostError(
                f"{self._address(channel_id)}: the page behind post {after} leaves out post {before[-1].first}. "
                "It is asked again."
            )

    async def _before(self, channel_id: int, before: int) -> list[Block]:
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

    async def _fetch(
        self, channel_id: int, query: dict[str, int], known: Validators
    ) -> tuple[_Part | None, Validators]:
        """A page, or None when it is the one of the validators."""
        channel = self._channels[channel_id]
        answer = await self._client.get(channel.username or "", query, known)
        if answer.body is None:
            return None, answer.validators
        page = PreviewPage(answer.body, self._address(channel_id))
        if page.channel_id not in (None, channel_id) and channel_id < SYNTHETIC_BASE:
            raise ChannelUnavailableError(
                f"{self._address(channel_id)}: the name belongs to another channel now (id {page.channel_id}). "
                "Find the channel's new name, and put it into the list of channels.",
                "renamed",
            )
        blocks = page.blocks(Reading(channel, datetime.now(UTC)))
        return _Part(blocks, page.has_older, page.has_newer), answer.validators

    def _address(self, channel_id: int) -> str:
        return self._client.address(self._channels[channel_id].username or "")


def _entries(blocks: Iterable[Block]) -> tuple[Entry, ...]:
    """In ascending order of id: another post can stand between the parts of an album."""
    entries = {entry_id(entry): entry for block in blocks for entry in block.entries}
    return tuple(entry for _, entry in sorted(entries.items()))
