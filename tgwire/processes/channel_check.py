"""What accounts know of channels: can each of a list be collected, and which is an account a member of?"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client import CollectorRegistry

from ingest.errors import AccountError, ChannelUnavailableError, ReaderBusyError, ReaderLostError
from ingest.telegram.account import Account
from ingest.telegram.net.metrics import TelegramMetrics
from runtime.errors import ConfigurationError
from runtime.settings.channel_list import ChannelEntry
from runtime.settings.telegram import AccountSettings
from runtime.settings.tree import Settings
from schemas import RawPost
from tgwire.extras import needs

if TYPE_CHECKING:
    from ingest.preview.reader import PreviewReader


PATIENCE_S = 120.0
"""Flood waits for one channel that are waited for, in all."""


class ChannelCheck(NamedTuple):
    """The state of a channel of the list, as its check found it."""

    name: str
    state: str
    """``ok``, or one of docs/collecting.md."""
    detail: str
    """In words, with what to do."""
    id: int | None
    formerly: Sequence[str] = ()
    """Names that it has given up, as far as they were seen; oldest first."""


class SubscribedChannel(NamedTuple):
    """A channel that an account is a member of."""

    name: str
    """As in the list of channels: ``@name``, or the id of one without a public name."""
    id: int
    title: str | None
    kind: str
    """``channel`` or ``group``."""


async def verify_channels(
    settings: Settings, entries: Sequence[ChannelEntry], on_verdict: Callable[[str], None]
) -> list[ChannelCheck]:
    """A verdict for each entry, in order. Raises AccountError and ReaderLostError when an account cannot be used."""
    async with AsyncExitStack() as stack:
        is_needed = any(entry.source != "preview" for entry in entries)
        accounts = [
            await stack.enter_async_context(_account(settings, each))
            for each in (settings.telegram.accounts if is_needed else ())
        ]
        preview = _preview(settings, entries, stack)
        verdicts = []
        for entry in entries:
            verdicts.append(await verify_entry(entry, accounts, preview))
            on_verdict(entry.name)
        return verdicts


async def _patiently(ask: Callable[[], Awaitable[ChannelCheck]]) -> ChannelCheck:
    """Sit out short waits: a look-up then goes on where it was, which the next run of the command could not."""
    patience_s = PATIENCE_S
    while True:
        try:
            return await ask()
        except ReaderBusyError as error:
            patience_s -= error.wait_s
            if patience_s < 0:
                raise
            await asyncio.sleep(error.wait_s)


async def verify_entry(
    entry: ChannelEntry, accounts: Iterable[Account], preview: "PreviewReader | None"
) -> ChannelCheck:
    """The verdict on one entry; ``not asked`` when nobody could answer."""
    try:
        return await _patiently(partial(_verify, entry, accounts, preview))
    except ChannelUnavailableError as error:
        return ChannelCheck(entry.name, error.state, str(error), None)
    except (AccountError, ReaderBusyError, ReaderLostError) as error:
        return ChannelCheck(entry.name, "not asked", str(error), None)


async def list_subscriptions(settings: Settings, name: str | None) -> list[SubscribedChannel]:
    """The channels that an account, by default the first, is a member of; raises ConfigurationError, AccountError,
    ReaderLostError.
    """
    account = choose_account(settings.telegram.accounts, name)
    async with _account(settings, account) as connected:
        return await subscriptions_of(connected)


async def subscriptions_of(account: Account) -> list[SubscribedChannel]:
    """The channels that a connected account is a member of."""
    return [
        SubscribedChannel(
            f"@{each.channel.username}" if each.channel.username else str(each.channel.id),
            each.channel.id,
            each.channel.title,
            "group" if each.is_group else "channel",
        )
        for each in await account.subscriptions()
    ]


def choose_account(accounts: Iterable[AccountSettings], name: str | None) -> AccountSettings:
    """The account of that name, without one the first; ConfigurationError names those that there are."""
    known = list(accounts)
    found = next((account for account in known if name in (None, account.name)), None)
    if found is None:
        names = ", ".join(account.name for account in known)
        raise ConfigurationError([f"telegram.accounts: there is no account {name!r}; known: {names}"])
    return found


def _account(settings: Settings, account: AccountSettings) -> Account:
    metrics = TelegramMetrics(CollectorRegistry())
    return Account(settings.telegram, account, settings.ingest.state_dir, metrics, IgnoredUpdates())


def _preview(settings: Settings, entries: Iterable[ChannelEntry], stack: AsyncExitStack) -> "PreviewReader | None":
    if all(entry.source != "preview" for entry in entries):
        return None
    with needs("preview"):
        from ingest.preview.reader import PreviewReader

    preview = PreviewReader(settings.preview, CollectorRegistry())
    stack.push_async_callback(preview.close)
    return preview


async def _verify(entry: ChannelEntry, accounts: Iterable[Account], preview: "PreviewReader | None") -> ChannelCheck:
    if entry.source == "preview":
        if preview is None:
            advice = "previews are switched off: set preview.enabled, and start the collector again"
            return ChannelCheck(entry.name, "not asked", advice, None)
        channel = await preview.add(entry.name)
        return ChannelCheck(entry.name, "ok", f"preview of {channel.title or entry.name}", channel.id)
    account = next((each for each in accounts if entry.account in (None, each.name)), None)
    if account is None:
        return ChannelCheck(entry.name, "no account", f"there is no account {entry.account!r}", None)
    verdict = await account.verify(entry)
    if verdict.channel is None:
        return ChannelCheck(entry.name, verdict.state, verdict.message, None)
    channel_id = verdict.channel.id
    return ChannelCheck(entry.name, verdict.state, verdict.message, channel_id, account.former_names(channel_id))


class IgnoredUpdates:
    """Nobody listens while channels are verified."""

    def posted(self, channel_id: int, entry: object) -> None:
        """See ``UpdateListener``: ignored."""

    def edited(self, channel_id: int, post: RawPost) -> None:
        """See ``UpdateListener``: ignored."""

    def deleted(self, channel_id: int, ids: Sequence[int]) -> None:
        """See ``UpdateListener``: ignored."""

    def missed(self, reader: str, channel_id: int | None) -> None:
        """See ``UpdateListener``: ignored."""
