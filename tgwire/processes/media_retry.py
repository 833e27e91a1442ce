"""Files of posts that could not be fetched yet, tried again."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from time import time

import structlog
from prometheus_client import CollectorRegistry

from ingest.errors import AccountError, MediaFolderLockedError, ReaderLostError
from ingest.media.download_queue import DownloadQueue, ListedFile
from ingest.media.downloader import MediaDownloader
from ingest.telegram.account import Account
from ingest.telegram.net.metrics import TelegramMetrics
from runtime.errors import TgwireError
from runtime.settings.tree import Settings
from tgwire.processes.channel_check import IgnoredUpdates
from tgwire.processes.waiting_media import waiting_files

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RetryReport:
    """Numbers of the files that were tried again, by outcome, and those that are left."""

    outcomes: Counter[str]
    """``stored``, ``known``, ``type``, ``too_large``, ``failed``, ``put_off``."""
    left: tuple[ListedFile, ...] = ()
    """Files that are still to be fetched."""
    handed_over: int = 0
    """Files that a running collector tries now."""


async def retry_files(settings: Settings, on_outcome: Callable[[ListedFile, str], None]) -> RetryReport:
    """Try all files now, or let the collector that runs do so.

    Raises MediaFolderError, and AccountError or ReaderLostError when no account can be used.
    """
    folder = settings.collect.media_dir
    waiting = waiting_files(settings)
    if not waiting:
        return RetryReport(Counter())
    try:
        files = MediaDownloader(settings.collect, CollectorRegistry())
    except MediaFolderLockedError:
        with closing(DownloadQueue(folder, time)) as listed:
            listed.make_due()
        return RetryReport(Counter(), handed_over=len(waiting))
    with closing(files):
        async with AsyncExitStack() as stack:
            for account in await _accounts(settings, {file.account for file in waiting}, stack):
                files.find_with(account.name, account.file)
            files.make_due()
            outcomes: Counter[str] = Counter()

            def count(file: ListedFile, outcome: str) -> None:
                outcomes[outcome] += 1
                on_outcome(file, outcome)

            await files.run_due(count)
        return RetryReport(outcomes, tuple(files.left()))


async def _accounts(settings: Settings, names: Iterable[str], stack: AsyncExitStack) -> list[Account]:
    """The accounts of these names that can be used; raises the first error when none can."""
    metrics, found, problems = TelegramMetrics(CollectorRegistry()), list[Account](), list[TgwireError]()
    for each in settings.telegram.accounts:
        if each.name not in names:
            continue
        account = Account(settings.telegram, each, settings.ingest.state_dir, metrics, IgnoredUpdates())
        try:
            found.append(await stack.enter_async_context(account))
        except (AccountError, ReaderLostError) as error:
            _log.warning("account not used", account=each.name, problem=str(error))
            problems.append(error)
    if problems and not found:
        raise problems[0]
    return found
