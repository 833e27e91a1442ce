"""Requests of commands to a running collector, whose accounts are in use: no other process may use their sessions."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from runtime.control_requests import ANSWER_S, Control, ask
from runtime.errors import FatalError, TgwireError, TransientError
from runtime.run_files import RunFile, running
from runtime.settings.channel_list import ChannelEntry
from schemas.plurals import counted

if TYPE_CHECKING:
    from tgwire.processes.channel_check import ChannelCheck, SubscribedChannel
    from tgwire.processes.collect import CollectProcess


class NotAnsweredError(TransientError):
    """The collector ends, or waits too long for Telegram: try again later."""


class MisunderstoodError(FatalError):
    """Command and collector are of different versions: use the same, and start the collector again."""


def collector_control(collecting: "CollectProcess") -> Control:
    """The requests of a collector that runs on the present event loop."""
    loop = asyncio.get_running_loop()

    def on_loop(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - of each action
        try:
            future = asyncio.run_coroutine_threadsafe(work, loop)
        except RuntimeError:  # the loop is closed
            work.close()
            raise NotAnsweredError("the collector ends") from None
        try:
            return future.result(ANSWER_S)
        except CancelledError:
            raise NotAnsweredError("the collector ends") from None
        except TimeoutError:
            future.cancel()
            raise NotAnsweredError(f"Telegram did not answer within {ANSWER_S:g} s") from None
        except TgwireError as error:
            raise NotAnsweredError(str(error)) from error

    def verify(entry: Any) -> object:  # noqa: ANN401 - JSON
        try:
            return on_loop(collecting.verify(ChannelEntry.model_validate(entry)))._asdict()
        except ValidationError as error:
            raise MisunderstoodError(
                f"not an entry of channels: {counted(error.error_count(), 'wrong field')}"
            ) from None

    def subscriptions(account: Any) -> object:  # noqa: ANN401 - JSON
        return [each._asdict() for each in on_loop(collecting.subscriptions(account))]

    return Control({"verify": verify, "subscriptions": subscriptions})


def running_collector(state_dir: Path) -> RunFile | None:
    """The collector that works with a folder of state, when one runs."""
    return next((each for each in running(state_dir) if each.command == "collect" and each.endpoint), None)


def verify_beside(
    collector: RunFile, entries: Iterable[ChannelEntry], on_verdict: Callable[[str], None]
) -> "list[ChannelCheck]":
    """A verdict of a running collector for each entry, in order; raises as `runtime.control_requests.ask` does."""
    from tgwire.processes.channel_check import ChannelCheck

    verdicts = []
    for entry in entries:
        verdicts.append(ChannelCheck(**ask(collector, "verify", entry.model_dump())))
        on_verdict(entry.name)
    return verdicts


def subscriptions_beside(collector: RunFile, account: str | None) -> "list[SubscribedChannel]":
    """The channels that an account of a running collector is a member of; raises as `runtime.control_requests.ask`
    does.
    """
    from tgwire.processes.channel_check import SubscribedChannel

    return [SubscribedChannel(**each) for each in ask(collector, "subscriptions", account)]
