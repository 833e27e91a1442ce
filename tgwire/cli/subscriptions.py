"""What an account, signed in here or in a running collector, knows of channels; and the choice among its own."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import typer

from runtime.settings.channel_list import ChannelEntry
from runtime.settings.tree import Settings
from tgwire.cli.context import Context
from tgwire.cli.output.console import complain, err
from tgwire.cli.output.tables import table
from tgwire.extras import needs
from tgwire.processes.collector_control import running_collector, subscriptions_beside, verify_beside

if TYPE_CHECKING:
    from tgwire.processes.channel_check import ChannelCheck, SubscribedChannel


def verdicts_on(
    settings: Settings, entries: Sequence[ChannelEntry], on_verdict: Callable[[str], None]
) -> "list[ChannelCheck]":
    """A verdict for each entry: of a collector that runs with the same state, else of the accounts themselves."""
    collector = running_collector(settings.ingest.state_dir)
    if collector is not None:
        return verify_beside(collector, entries, on_verdict)
    with needs("telegram"):  # Telethon takes half a second to import
        from tgwire.processes.channel_check import verify_channels

    return asyncio.run(verify_channels(settings, entries, on_verdict))


def subscribed(context: Context, account: str | None, *, has_groups: bool) -> "list[SubscribedChannel]":
    """The channels that an account is a member of, with its supergroups where they are wanted."""
    collector = running_collector(context.settings.ingest.state_dir)
    if collector is not None:
        found = subscriptions_beside(collector, account)
    else:
        with needs("telegram"):
            from tgwire.processes.channel_check import list_subscriptions

        found = asyncio.run(list_subscriptions(context.settings, account))
    return [each for each in found if has_groups or each.kind == "channel"]


def choose(offered: "Sequence[SubscribedChannel]") -> "list[SubscribedChannel]":
    """The subscriptions that the person at the terminal picks."""
    if not offered:
        complain("the account is a member of no channel")
        return []
    rows = ((number, each.name, each.title, each.kind) for number, each in enumerate(offered, 1))
    table("Channels of the account", ("number", "name", "title", "kind"), rows, text="title", to=err)
    while True:
        answer = typer.prompt("Which? Numbers (1,4-7), all, or none", default="none", err=True)
        try:
            return [offered[number - 1] for number in numbers_of(answer, len(offered))]
        except ValueError as error:
            complain(error)


def numbers_of(answer: str, count: int) -> list[int]:
    """The numbers from 1 to ``count`` that an answer names; ValueError explains what is wrong with it."""
    if answer.strip().lower() in ("all", "none"):
        return list(range(1, count + 1)) if answer.strip().lower() == "all" else []
    chosen: set[int] = set()
    for part in answer.replace(",", " ").split():
        first, dash, last = part.partition("-")
        last = last if dash else first
        if not (first.isdecimal() and last.isdecimal()):
            raise ValueError(f"{part!r} is no number or range")
        numbers = range(int(first), int(last) + 1)
        if not numbers or numbers[0] < 1 or numbers[-1] > count:
            raise ValueError(f"{part!r} is not within 1 to {count}")
        chosen.update(numbers)
    return sorted(chosen)
