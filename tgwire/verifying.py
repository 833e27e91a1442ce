"""Every channel of a list, asked for: can it be collected?"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client import CollectorRegistry

from ingest.errors import ChannelUnavailableError, ReaderBusyError, ReaderLostError
from ingest.telegram.account import Account
from ingest.telegram.metrics import TelegramMetrics
from schemas import RawPost
from schemas.collecting import ChannelEntry
from schemas.config import Settings
from tgwire.extras import needs

if TYPE_CHECKING:
    from ingest.preview.reader import PreviewReader


PATIENCE_S = 120.0
"""Flood waits for one channel that are waited for, in all."""


class ChannelVerdict(NamedTuple):
    """What is the matter with a channel."""

    name: str
    state: str
    """``ok``, or one of docs/collecting.md."""
    detail: str
    """In words, with what to do."""
    id: int | None
    formerly: tuple[str, ...] = ()
    """Names that it has given up, as far as they were seen; oldest first."""


async def verify_channels(
    settings: Settings, entries: Sequence[ChannelEntry], on_verdict: Callable[[str], None]
) -> list[ChannelVerdict]:
    """A verdict for each entry, in order. Raises AccountError and ReaderLostError when an account cannot be used."""
    async with AsyncExitStack() as stack:
        accounts = await _accounts(settings, entries, stack)
        preview = _preview(settings, entries, stack)
        verdicts = []
        for entry in entries:
            try:
                verdict = await _patiently(partial(_verify, entry, accounts, preview))
            except (ChannelUnavailableError, ReaderBusyError, ReaderLostError) as error:
                state = error.state if isinstance(error, ChannelUnavailableError) else "not asked"
                verdict = ChannelVerdict(entry.name, state, str(error), None)
            verdicts.append(verdict)
            on_verdict(entry.name)
        return verdicts


async def _patiently(ask: Callable[[], Awaitable[ChannelVerdict]]) -> ChannelVerdict:
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


async def _accounts(settings: Settings, entries: Iterable[ChannelEntry], stack: AsyncExitStack) -> list[Account]:
    if all(entry.source == "preview" for entry in entries):
        return []
    metrics = TelegramMetrics(CollectorRegistry())
    return [
        await stack.enter_async_context(
            Account(settings.telegram, account, settings.ingest.state_dir, metrics, NoHints())
        )
        for account in settings.telegram.accounts
    ]


def _preview(settings: Settings, entries: Iterable[ChannelEntry], stack: AsyncExitStack) -> "PreviewReader | None":
    if all(entry.source != "preview" for entry in entries):
        return None
    with needs("preview"):
        from ingest.preview.reader import PreviewReader

    preview = PreviewReader(settings.preview, CollectorRegistry())
    stack.push_async_callback(preview.close)
    return preview


async def _verify(entry: ChannelEntry, accounts: Iterable[Account], preview: "PreviewReader | None") -> ChannelVerdict:
    if entry.source == "preview":
        assert preview is not None
        channel = await preview.add(entry.name)
        return ChannelVerdict(entry.name, "ok", f"preview of {channel.title or entry.name}", channel.id)
    account = next((each for each in accounts if entry.account in (None, each.name)), None)
    if account is None:
        return ChannelVerdict(entry.name, "no account", f"there is no account {entry.account!r}", None)
    verdict = await account.verify(entry)
    if verdict.channel is None:
        return ChannelVerdict(entry.name, verdict.state, verdict.message, None)
    channel_id = verdict.channel.id
    return ChannelVerdict(entry.name, verdict.state, verdict.message, channel_id, account.former_names(channel_id))


class NoHints:
    """Nobody listens while channels are verified."""

    def posted(self, channel_id: int, entry: object) -> None:
        """Nothing to do."""

    def edited(self, channel_id: int, post: RawPost) -> None:
        """Nothing to do."""

    def deleted(self, channel_id: int, ids: Sequence[int]) -> None:
        """Nothing to do."""

    def missed(self, reader: str, channel_id: int | None) -> None:
        """Nothing to do."""
