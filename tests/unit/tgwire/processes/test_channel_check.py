"""A verification sits out short flood waits, since a look-up goes on where it was only within one run."""

from collections.abc import Callable

import pytest

from ingest.errors import ReaderBusyError
from tests.support.collector_sim.virtual_time import run_virtual
from tgwire.processes.channel_check import ChannelCheck, _patiently

OK = ChannelCheck("@wirenews", "ok", "ok", 5)


def answers(*waits_s: float) -> Callable[[], object]:
    left = list(waits_s)

    async def ask() -> ChannelCheck:
        if left:
            raise ReaderBusyError("flood wait", left.pop(0))
        return OK

    return ask


def test_short_waits_are_waited_for() -> None:
    assert run_virtual(_patiently(answers(30.0, 30.0, 40.0))) == OK  # type: ignore[arg-type]


def test_a_long_wait_is_reported_at_once() -> None:
    with pytest.raises(ReaderBusyError):
        run_virtual(_patiently(answers(7200.0)))  # type: ignore[arg-type]
