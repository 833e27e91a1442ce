"""One run of live collection, put together: accounts, channels, ledger, publisher."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from prometheus_client import CollectorRegistry

from ingest.collector.collector import Collector
from ingest.collector.metrics import CollectMetrics
from ingest.collector.recovery.backfill_bounds import EVERYTHING, BackfillBounds
from ingest.collector.status import Status
from ingest.errors import AccountError
from ingest.ledger.ledger import Ledger
from ingest.live_reader import LiveReader
from ingest.media.downloader import MediaDownloader
from ingest.publish.base import Publisher
from ingest.publish.metrics import IngestMetrics
from ingest.telegram.account import Account, AccountStatus
from ingest.telegram.net.metrics import TelegramMetrics
from runtime.abandoned_calls import before_stop
from runtime.errors import ConfigurationError, TgwireError
from runtime.kafka.outage_log import known_outage
from runtime.settings.channel_list import ChannelEntry, ChannelFile
from runtime.settings.tree import Settings
from schemas import Lane
from schemas.plurals import counted
from tgwire.extras import needs
from tgwire.known_channels import KnownChannels
from tgwire.processes.channel_check import (
    ChannelCheck,
    SubscribedChannel,
    choose_account,
    subscriptions_of,
    verify_entry,
)
from tgwire.processes.channel_follower import ChannelFollower
from tgwire.processes.collect_target import CollectTarget, KafkaTarget

if TYPE_CHECKING:
    from ingest.preview.reader import PreviewReader

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CollectView:
    """What an operator sees of a running collection."""

    collector: Status
    accounts: tuple[AccountStatus, ...]
    looked_for: int
    """Names of channels that are still to be looked up for the first time."""
    problems: dict[str, str]
    """Name of a channel -> why it is not collected."""
    troubles: tuple[str, ...] = ()
    """Why the process cannot do its work at present; empty when it can."""


class CollectProcess:
    """Runs until `stop`, or until something fails that only an operator can fix. Also the health of its process."""

    def __init__(
        self,
        settings: Settings,
        registry: CollectorRegistry,
        *,
        backfill: bool,
        takeout: bool,
        media: bool,
        bounds: BackfillBounds = EVERYTHING,
        target: CollectTarget | None = None,
    ) -> None:
        """Nothing is opened yet. Without a ``target`` posts go to the cluster of the settings."""
        self._bounds = bounds
        self._target = target
        self._settings, self._registry = settings, registry
        self._backfill, self._takeout, self._media = backfill, takeout, media
        self._stopping = asyncio.Event()
        self._collector: Collector | None = None
        self._accounts: list[Account] = []
        self._watch_list: ChannelFollower | None = None
        self._files: MediaDownloader | None = None
        self._preview: PreviewReader | None = None

    def stop(self) -> None:
        """Hand on what is in flight, and end."""
        self._stopping.set()

    async def run(self) -> CollectView | None:
        """Collect, and return the final status; None when it was stopped before it began.

        Raises ConfigurationError, StateError, PublishError; AccountError when no account can be used.
        """
        settings = self._settings
        target = self._target or KafkaTarget(settings, IngestMetrics(self._registry))
        opening = await before_stop(self._stopping, target.open)
        if opening is None:
            return None
        first = opening.result()
        async with AsyncExitStack() as stack:
            ledger = stack.enter_context(Ledger(settings.ingest.state_dir, first.destination(Lane.LIVE)))
            preparing = await before_stop(self._stopping, lambda: target.prepare(ledger))
            if preparing is None:
                first.close()
                return None
            preparing.result()
            collector = self._collector = Collector(
                settings.collect,
                ledger,
                _first(first, target.open),
                CollectMetrics(self._registry),
                (),
                backfill=self._backfill,
                bounds=self._bounds,
            )
            preview = self._preview = await self._open_sources(collector, stack)
            watch_list = self._watch_list = ChannelFollower(
                ChannelFile(settings.collect.channels),
                collector,
                self._accounts,
                preview,
                backfill=self._backfill,
                on_preview=KnownChannels(settings.ingest.state_dir).add_preview,
            )
            watch_list.load()
            if self._media:
                self._store_media(stack)
            await self._run(collector, watch_list, has_preview=preview is not None)
            view = self.view()
            assert view is not None
            return view

    async def _open_sources(self, collector: Collector, stack: AsyncExitStack) -> "PreviewReader | None":
        settings = self._settings
        metrics = TelegramMetrics(self._registry)
        if settings.telegram.api_id is not None or not settings.preview.enabled:
            self._accounts = [
                Account(settings.telegram, each, settings.ingest.state_dir, metrics, collector)
                for each in settings.telegram.accounts
            ]
        for account in self._accounts:
            reader: LiveReader = account.takeout_reader() if self._takeout else account.reader
            collector.add_reader(reader)
        if not settings.preview.enabled:
            return None
        with needs("preview"):
            from ingest.preview.reader import PreviewReader

        preview = PreviewReader(settings.preview, self._registry)
        stack.push_async_callback(preview.close)
        collector.add_reader(preview)
        return preview

    def _store_media(self, stack: AsyncExitStack) -> None:
        files = self._files = MediaDownloader(self._settings.collect, self._registry)
        stack.callback(files.close)
        for account in self._accounts:
            account.store_files(files)
            files.find_with(account.name, account.file)
        fetching = asyncio.create_task(files.run())
        stack.push_async_callback(_cancelled, fetching)

    async def _run(self, collector: Collector, watch_list: ChannelFollower, *, has_preview: bool) -> None:
        living = [asyncio.create_task(account.run()) for account in self._accounts]
        collecting = asyncio.create_task(collector.run())
        watching = asyncio.create_task(self._follow(watch_list, has_preview=has_preview))
        stopping = asyncio.create_task(self._stopping.wait())
        parts = [collecting, *living, watching]
        try:
            # None of them ends by itself, unless it cannot go on: an account that is gone would not be missed else.
            await asyncio.wait({*parts, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stopping, watching):
                task.cancel()
            for account in self._accounts:
                account.stop_updates()  # before the queue is emptied, and the connection closed only after that
            collector.stop()
            await asyncio.wait({collecting})
            if self._takeout:
                await self._finish_takeouts(collector.status())
            for account in self._accounts:
                account.stop()
            await asyncio.wait(parts)
        for part in parts:
            if not part.cancelled():
                part.result()

    async def _finish_takeouts(self, status: Status) -> None:
        """Report complete exports to Telegram; one that is not goes on at the next start."""
        if any(channel.started_at is None or channel.backfilled < channel.started_at for channel in status.channels):
            return
        for account in self._accounts:
            try:
                await account.finish_takeout()
            except TgwireError as error:
                _log.warning("takeout not finished", account=account.name, problem=str(error))

    async def _follow(self, watch_list: ChannelFollower, *, has_preview: bool) -> None:
        await self._check_accounts(has_preview=has_preview)
        await watch_list.run()

    async def _check_accounts(self, *, has_preview: bool) -> None:
        """An operator who has just started it should read at once that no account can be used."""
        for account in self._accounts:
            await account.first_try()
        errors = [account.error for account in self._accounts]
        if errors and not has_preview and all(isinstance(error, AccountError) for error in errors):
            raise errors[0] or AssertionError

    def view(self) -> CollectView | None:
        """The state of the collection at this moment; None while it starts."""
        if self._collector is None or self._watch_list is None:
            return None
        return CollectView(
            self._collector.status(),
            tuple(each.status() for each in self._accounts),
            self._watch_list.looked_for,
            self._watch_list.problems,
            tuple(self._troubles(self._collector)),
        )

    async def verify(self, entry: ChannelEntry) -> ChannelCheck:
        """Whether a channel can be collected, asked with the accounts that collect."""
        return await verify_entry(entry, self._accounts, self._preview)

    async def subscriptions(self, name: str | None) -> list[SubscribedChannel]:
        """The channels that an account, by default the first, is a member of; raises ConfigurationError and what a
        reader raises.
        """
        chosen = choose_account(self._settings.telegram.accounts, name)
        account = next((each for each in self._accounts if each.name == chosen.name), None)
        if account is None:
            raise ConfigurationError([f"account {chosen.name}: not used by the collector: telegram.api_id is not set"])
        return await subscriptions_of(account)

    # -- runtime.http_endpoint.Health

    def alive(self) -> tuple[bool, str]:
        """See ``runtime.http_endpoint.Health``."""
        return True, "running"

    def ready(self) -> tuple[bool, str]:
        """See ``runtime.http_endpoint.Health``."""
        if self._collector is None:
            return False, "starting"
        if troubles := tuple(self._troubles(self._collector)):
            return False, "\n".join(troubles)
        if self._accounts and not any(account.is_connected for account in self._accounts):
            return False, "connecting"
        gaps, held = self._collector.gaps
        behind = f"; {counted(held, 'post')} of {counted(gaps, 'channel')} waiting behind gaps" if held else ""
        return True, f"collecting{behind}"

    def _troubles(self, collector: Collector) -> Iterator[str]:
        """Why it cannot do its work now; on any thread."""
        stall, outage = collector.stall, known_outage()
        if stall is not None:
            since = datetime.now(UTC) - timedelta(seconds=stall.since_s)
            yield f"nothing can be published since {since:%Y-%m-%d %H:%M:%S} UTC: {outage or stall.reason}"
        elif outage is not None:
            yield f"nothing can be published: {outage}"
        lost = [str(account.error) for account in self._accounts if account.error is not None]
        if self._accounts and len(lost) == len(self._accounts):
            yield from lost
        else:
            yield from collector.readers_away
        if self._files is not None and self._files.problem is not None:
            yield self._files.problem


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _first(publisher: Publisher, make: Callable[[], Publisher]) -> Callable[[], Publisher]:
    """Give out the publisher that is there, and make one at every later call."""
    waiting = [publisher]
    return lambda: waiting.pop() if waiting else make()
