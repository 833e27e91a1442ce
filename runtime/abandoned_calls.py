"""Blocking calls, to an unreachable broker for example, that a stop must not wait for."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


async def before_stop(stopping: asyncio.Event, call: Callable[[], T]) -> asyncio.Future[T] | None:
    """Make a call on a thread; None when a stop comes first. Then nobody waits for the thread, also at Python's end.

    The future is done; its result raises what the call raised.
    """
    done = Future[T]()
    Thread(target=_settle, args=(done, call), name="abandoned at a stop", daemon=True).start()
    answer, stop = asyncio.wrap_future(done), asyncio.create_task(stopping.wait())
    ends: set[asyncio.Future[Any]] = {answer, stop}
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if answer.done():
        return answer
    answer.cancel()
    return None


def _settle(done: Future[T], call: Callable[[], T]) -> None:
    done.set_running_or_notify_cancel()  # from here on nobody can cancel it
    try:
        done.set_result(call())
    except BaseException as error:  # noqa: BLE001 - for whoever waits
        done.set_exception(error)
