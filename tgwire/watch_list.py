"""Keeps a running collector to the file of channels: what is new is looked up and watched, what is gone is let go."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from ingest.errors import AccountError, ChannelUnavailableError, ReaderBusyError, ReaderLostError
from ingest.live.channel import WatchedChannel
from ingest.live.collector import Collector
from ingest.telegram.account import Account
from schemas import Channel
from schemas.collecting import ChannelEntry
from tgwire.channel_list import ChannelFile
from tgwire.errors import ConfigurationError

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
    problem: str | None = None


class WatchList:
    """The channels of the file, as far as they are found."""

    def __init__(
        self,
        file: ChannelFile,
        collector: Collector,
        accounts: Sequence[Account],
        preview: "PreviewReader | None",
        *,
        backfill: bool,
    ) -> None:
        """``backfill`` asks for the history of every channel, else an entry does for its own."""
        self._file, self._collector, self._accounts, self._preview = file, collector, accounts, preview
        self._backfill = backfill
        self._listed: dict[str, _Listed] = {}

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
            if listed is not None and listed.entry != entry:
                self._drop(listed)
                listed = None
            if listed is None:
                self._listed[name] = _Listed(entry)
        self._tell_accounts()

    async def run(self) -> None:
        """Follow the file, and look names up, until cancelled."""
        while True:
            for listed in list(self._listed.values()):
                if not listed.is_found and listed.due <= asyncio.get_running_loop().time():
                    await self._look_up(listed)
            await asyncio.sleep(POLL_S)
            try:
                self.load()
            except ConfigurationError as error:
                _log.error("the file of channels is wrong: the channels stay as they were", problem=str(error))

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
            listed.problem, listed.due = str(error), loop.time() + UNAVAILABLE_S
        except ReaderBusyError as error:
            listed.problem, listed.due = str(error), loop.time() + error.wait_s
        except (ReaderLostError, AccountError) as error:
            listed.problem, listed.due = str(error), loop.time() + LOST_S
        else:
            listed.is_found, listed.problem = True, None

    async def _find_preview(self, listed: _Listed) -> None:
        if self._preview is None:
            raise ChannelUnavailableError(
                f"{listed.entry.name}: previews are switched off. Set preview.enabled, or collect it with an account.",
                "unknown",
            )
        self._watch(listed, await self._preview.add(listed.entry.name), self._preview.name)

    async def _find(self, listed: _Listed) -> None:
        entry = listed.entry
        accounts = [each for each in self._accounts if entry.account in (None, each.name)]
        if not accounts:
            raise ChannelUnavailableError(
                f"{entry.name}: there is no account {entry.account!r}. Correct its `account`.", "unknown"
            )
        account, channel = await self._resolve(accounts, entry)
        self._watch(listed, channel, entry.account)
        if entry.comments and (group := await account.linked(channel.id)) is not None:
            self._watch(listed, group, entry.account)

    async def _resolve(self, accounts: Sequence[Account], entry: ChannelEntry) -> tuple[Account, Channel]:
        """The first account that knows the channel, or else that finds it."""
        for account in accounts:
            if (channel := account.known(entry)) is not None:
                return account, channel
        problem: Exception | None = None
        for account in accounts:
            try:
                return account, (await account.resolve(entry)).channel
            except (ChannelUnavailableError, ReaderBusyError, ReaderLostError, AccountError) as error:
                problem = problem or error
        assert problem is not None
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
        self._tell_accounts()

    def _drop(self, listed: _Listed) -> None:
        for channel_id in listed.channels:
            self._collector.unwatch(channel_id)

    def _tell_accounts(self) -> None:
        watched = [channel_id for each in self._listed.values() for channel_id in each.channels]
        for account in self._accounts:
            account.watch(watched)
