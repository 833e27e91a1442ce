"""Makes a running collector follow the file of channels: resolves and watches new ones, stops watching removed ones."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from ingest.collector.channel.tracked_channel import WatchedChannel
from ingest.collector.collector import Collector
from ingest.errors import AccountError, ChannelUnavailableError, ReaderBusyError, ReaderLostError
from ingest.telegram.account import Account
from runtime.errors import ConfigurationError
from runtime.settings.channel_list import ChannelEntry, ChannelFile
from schemas import Channel

if TYPE_CHECKING:
    from ingest.preview.reader import PreviewReader

POLL_S = 2.0
"""How soon a change of the file is noticed."""
LOST_S = 5.0
"""Between two tries of a look-up that the connection did not let through."""
UNAVAILABLE_S = 3600.0
"""Between two look-ups of a name that leads nowhere: Telegram makes an account wait for hours after many of them."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class _Listed:
    """An entry of the file, and what became of it."""

    entry: ChannelEntry
    due: float = 0.0
    """Loop's time of the next look-up."""
    channels: dict[int, Channel] = field(default_factory=dict)
    """The channel, and its discussion group where that is wanted."""
    is_found: bool = False
    is_answered: bool = False
    """Whether it was found, or leads nowhere: a channel that was collected before is not meant by it unnoticed."""
    problem: str | None = None
    refusals: dict[str, ChannelUnavailableError] = field(default_factory=dict)
    """By account: those that do not find it are not asked again while another one has yet to answer."""


class ChannelFollower:
    """The channels of the file, as far as they are found."""

    def __init__(
        self,
        file: ChannelFile,
        collector: Collector,
        accounts: Sequence[Account],
        preview: "PreviewReader | None",
        *,
        backfill: bool,
        on_preview: Callable[[Channel], None] = lambda _: None,
    ) -> None:
        """``backfill`` asks for the history of every channel, else an entry does for its own; ``on_preview`` is given
        each channel that was found by its preview.
        """
        self._file, self._collector, self._accounts, self._preview = file, collector, accounts, preview
        self._backfill, self._on_preview = backfill, on_preview
        self._listed: dict[str, _Listed] = {}
        self._is_complete = False

    @property
    def problems(self) -> dict[str, str]:
        """Name -> why the channel is not collected."""
        return {each.entry.name: each.problem for each in self._listed.values() if each.problem}

    @property
    def looked_for(self) -> int:
        """Names that are still to be looked up for the first time."""
        return sum(not each.is_found and each.problem is None for each in self._listed.values())

    def load(self) -> None:
        """Take up the file as it is now; ConfigurationError when it is wrong, and then nothing has changed."""
        entries = self._file.changed()
        if entries is None:
            return
        named = {entry.name.lower(): entry for entry in entries}
        for name in self._listed.keys() - named.keys():
            self._drop(self._listed.pop(name))
        for name, entry in named.items():
            listed = self._listed.get(name)
            if listed is None:
                self._listed[name] = _Listed(entry)
            elif listed.entry != entry:
                # Its channels stay watched meanwhile: begun again, what is in flight would be published twice.
                listed.entry, listed.due, listed.is_found, listed.problem = entry, 0.0, False, None
                listed.refusals.clear()
        self._watch_by_accounts()

    async def run(self) -> None:
        """Follow the file, and look names up, until cancelled."""
        while True:
            listed = self._next_due()
            if listed is not None:
                await self._look_up(listed)
            self._report_complete()
            # Between two look-ups as well: a thousand new names take a quarter of an hour.
            await asyncio.sleep(POLL_S if listed is None else 0.0)
            try:
                self.load()
            except ConfigurationError as error:
                _log.error("channel file is invalid: the channels stay unchanged", problem=str(error))

    def _next_due(self) -> _Listed | None:
        """The next to be looked up: those first that cost nothing, previews last, of which none is remembered."""
        now = asyncio.get_running_loop().time()
        due = [listed for listed in self._listed.values() if not listed.is_found and listed.due <= now]
        from_accounts = [listed for listed in due if listed.entry.source == "telegram"]
        known = (listed for listed in from_accounts if self._known(listed.entry) is not None)
        return next(known, None) or next(iter(from_accounts or due), None)

    async def _look_up(self, listed: _Listed) -> None:
        loop = asyncio.get_running_loop()
        try:
            if listed.entry.source == "preview":
                await self._find_preview(listed)
            else:
                await self._find(listed)
        except ChannelUnavailableError as error:
            if listed.problem is None:
                _log.warning("channel not found", channel=listed.entry.name, problem=str(error))
            listed.problem, listed.due, listed.is_answered = str(error), loop.time() + UNAVAILABLE_S, True
        except ReaderBusyError as error:
            listed.problem, listed.due = str(error), loop.time() + error.wait_s
        except (ReaderLostError, AccountError) as error:
            listed.problem, listed.due = str(error), loop.time() + LOST_S
        else:
            listed.is_found, listed.problem, listed.is_answered = True, None, True

    def _report_complete(self) -> None:
        """Once, when every entry of the file has been looked up."""
        if not self._is_complete and all(each.is_answered for each in self._listed.values()):
            self._is_complete = True
            self._collector.watches_all()

    async def _find_preview(self, listed: _Listed) -> None:
        if self._preview is None:
            raise ChannelUnavailableError(
                f"{listed.entry.name}: previews are switched off. Set preview.enabled, or collect it with an account.",
                "unknown",
            )
        channel = await self._preview.add(listed.entry.name)
        self._on_preview(channel)
        self._watch(listed, channel, self._preview.name)
        self._keep(listed, {channel.id})

    async def _find(self, listed: _Listed) -> None:
        entry = listed.entry
        if not self._readers_of(entry):
            raise ChannelUnavailableError(
                f"{entry.name}: there is no account {entry.account!r}. Correct its `account`.", "unknown"
            )
        account, channel = self._known(entry) or await self._resolve(listed)
        self._watch(listed, channel, entry.account)
        wanted = {channel.id}
        if entry.comments and (group := await account.linked(channel.id)) is not None:
            self._watch(listed, group, entry.account)
            wanted.add(group.id)
        self._keep(listed, wanted)

    def _readers_of(self, entry: ChannelEntry) -> list[Account]:
        return [each for each in self._accounts if entry.account in (None, each.name)]

    def _known(self, entry: ChannelEntry) -> tuple[Account, Channel] | None:
        """The first account that knows the channel, without a request."""
        found = ((account, account.known(entry)) for account in self._readers_of(entry))
        return next(((account, channel) for account, channel in found if channel is not None), None)

    async def _resolve(self, listed: _Listed) -> tuple[Account, Channel]:
        """The first account that finds the channel. It is missing only when all of them failed to find it."""
        problem: Exception | None = None
        for account in self._readers_of(listed.entry):
            if account.name in listed.refusals:
                continue
            try:
                return account, (await account.resolve(listed.entry)).channel
            except ChannelUnavailableError as error:
                listed.refusals[account.name] = error
            except (ReaderBusyError, ReaderLostError, AccountError) as error:
                problem = problem or error
        if problem is None:
            problem = next(iter(listed.refusals.values()))
            listed.refusals.clear()
        raise problem

    def _watch(self, listed: _Listed, channel: Channel, account: str | None) -> None:
        owner = next((each for each in self._listed.values() if channel.id in each.channels), listed)
        if owner is not listed:
            raise ChannelUnavailableError(
                f"{listed.entry.name}: the same channel as {owner.entry.name}. Take one of them out.", "renamed"
            )
        listed.channels[channel.id] = channel
        entry = listed.entry
        self._collector.watch(
            WatchedChannel(
                id=channel.id,
                tier=entry.tier,
                account=account,
                backfill=self._backfill or entry.backfill,
                username=channel.username,
                title=channel.title,
            )
        )
        self._watch_by_accounts()

    def _keep(self, listed: _Listed, wanted: set[int]) -> None:
        """Let go of the channels that an entry does not mean any more."""
        for channel_id in listed.channels.keys() - wanted:
            del listed.channels[channel_id]
            self._collector.unwatch(channel_id)
        self._watch_by_accounts()

    def _drop(self, listed: _Listed) -> None:
        for channel_id in listed.channels:
            self._collector.unwatch(channel_id)

    def _watch_by_accounts(self) -> None:
        watched = [channel_id for each in self._listed.values() for channel_id in each.channels]
        for account in self._accounts:
            account.watch(watched)
