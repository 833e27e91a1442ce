"""The last steps of a worker, with and without an answer of its broker."""

import asyncio
import contextlib
import gc
import time
from typing import Any

import pytest
import structlog
from aiokafka.errors import KafkaConnectionError

from processors.stream.faust_app.shutdown import STOP_S, Shutdown, answers, end_all
from tests.support.patience import DEADLINE_S

SOON_S = 60.0


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def for_ever() -> None:
    await asyncio.Event().wait()


async def test_the_last_work_is_done_while_the_broker_answers() -> None:
    done = []

    async def work() -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        done.append("committed")

    await Shutdown().finish(work(), yes)
    assert done == ["committed"]


async def test_a_fault_of_the_last_work_comes_out() -> None:
    async def work() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await Shutdown().finish(work(), yes)


async def test_without_an_answer_the_last_work_is_broken_off_and_that_is_logged() -> None:
    began = time.monotonic()
    with structlog.testing.capture_logs() as said:
        await Shutdown().finish(for_ever(), no)
    assert time.monotonic() - began < SOON_S
    assert [(line["log_level"], line["event"]) for line in said] == [
        ("warning", "the broker does not answer: what was not committed is handled again after the next start")
    ]


async def test_a_broker_that_goes_during_the_last_work_is_noticed() -> None:
    replies = iter([True, True, False])

    async def then_away() -> bool:
        return next(replies)

    await asyncio.wait_for(Shutdown().finish(for_ever(), then_away), DEADLINE_S)
    assert list(replies) == []


async def test_a_stop_that_waits_for_the_broker_is_left_in_time() -> None:
    began = time.monotonic()
    await Shutdown().stop("consumer", for_ever())
    assert STOP_S <= time.monotonic() - began < STOP_S + SOON_S


async def test_once_the_broker_was_silent_a_stop_waits_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processors.stream.faust_app.shutdown.STOP_S", 3 * SOON_S)
    ending = Shutdown()
    await ending.finish(for_ever(), no)
    began = time.monotonic()
    await ending.stop("consumer", for_ever())
    assert time.monotonic() - began < SOON_S


async def test_a_start_that_waits_for_the_broker_is_broken_off_from_another_thread() -> None:
    ending = Shutdown()
    start = asyncio.ensure_future(ending.start(for_ever()))
    await asyncio.sleep(0)
    await asyncio.to_thread(ending.break_off)
    await asyncio.wait_for(start, DEADLINE_S)


async def test_a_start_that_is_over_is_not_broken_off() -> None:
    done = []

    async def connect() -> None:
        done.append("connected")

    ending = Shutdown()
    await ending.start(connect())
    ending.break_off()
    assert done == ["connected"]


async def test_a_fault_of_a_start_comes_out() -> None:
    async def connect() -> None:
        raise KafkaConnectionError("refused")

    with pytest.raises(KafkaConnectionError, match="refused"):
        await Shutdown().start(connect())


@pytest.mark.parametrize("error", [KafkaConnectionError("gone"), ConnectionResetError(), asyncio.CancelledError()])
async def test_a_stop_that_fails_for_want_of_a_broker_is_a_stop(error: BaseException) -> None:
    async def stop() -> None:
        raise error

    await Shutdown().stop("producer", stop())


async def test_another_fault_of_a_stop_comes_out() -> None:
    async def stop() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await Shutdown().stop("producer", stop())


@pytest.mark.parametrize(("error", "is_shown"), [(KafkaConnectionError("gone"), False), (ValueError("a bug"), True)])
async def test_a_request_that_the_library_left_prints_no_traceback(
    caplog: pytest.LogCaptureFixture, error: Exception, *, is_shown: bool
) -> None:
    async def request() -> None:
        raise error

    async def stop() -> None:
        left = asyncio.ensure_future(request())
        await asyncio.wait({left})

    gc.freeze()  # what the tests before keep in memory is no garbage
    await Shutdown().stop("consumer", stop())
    gc.collect()
    assert ("never retrieved" in caplog.text) is is_shown


async def test_a_task_that_takes_a_cancellation_for_an_answer_ends_nevertheless() -> None:
    asked = []

    async def asks_in_turn() -> None:
        for number in range(3):
            asked.append(number)
            with contextlib.suppress(asyncio.CancelledError):
                await for_ever()

    task = asyncio.create_task(asks_in_turn())
    await asyncio.sleep(0)
    await end_all({task}, SOON_S)
    assert task.done()
    assert asked == [0, 1, 2]


async def test_a_task_that_never_ends_is_left() -> None:
    is_over = False

    async def goes_on() -> None:
        while not is_over:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(SOON_S)

    task = asyncio.create_task(goes_on())
    await asyncio.sleep(0)
    await end_all({task}, 0.1)
    assert not task.done()
    is_over = True
    await end_all({task}, SOON_S)


class Client:
    """Asked for the cluster's metadata, it behaves as a given call does."""

    def __init__(self, call: Any) -> None:
        self.fetch_all_metadata = call


async def test_only_an_answer_is_an_answer() -> None:
    async def refused() -> None:
        raise KafkaConnectionError("refused")

    assert await answers(Client(yes))
    assert not await answers(Client(refused))
    assert not await answers(Client(for_ever))
