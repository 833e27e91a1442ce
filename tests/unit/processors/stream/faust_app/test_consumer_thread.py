"""The consumer's thread ends with the worker, whatever still waits for a broker that is away; how it fetches."""

import asyncio
import threading
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from processors.stream.faust_app.consumer import REQUEST_WAIT_MS, LaneThread
from processors.stream.faust_app.shutdown import Shutdown
from tests.support.patience import DEADLINE_S

NEVER_S = 1e6
CONF = SimpleNamespace(
    producer_partitioner=None, stream_processing_timeout=NEVER_S, broker_commit_livelock_soft_timeout=NEVER_S
)


class Unconnected(LaneThread):
    """Faust's thread with its queue of calls, and no consumer of aiokafka in it."""

    async def on_start(self) -> None:
        self.goes_on = asyncio.Event()

    async def unanswered(self, asked: threading.Semaphore) -> None:
        asked.release()
        await self.goes_on.wait()


class Scenario:
    """A thread that some calls wait in, and its end, on a loop of its own: where it hangs, the test does not."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.answers: list[asyncio.Task[None]] = []
        self._thread: Unconnected | None = None
        self._runs = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def ends(self) -> bool:
        self._runs.start()
        self._runs.join(DEADLINE_S)
        is_over = not self._runs.is_alive()
        if not is_over and self._thread is not None:
            self._thread.thread_loop.call_soon_threadsafe(self._thread.goes_on.set)
            self._runs.join()
        return is_over

    async def _run(self) -> None:
        app = SimpleNamespace(conf=CONF, shutdown=Shutdown())
        consumer: Any = SimpleNamespace(
            app=app, transport=SimpleNamespace(app=app), RebalanceListener=lambda _thread: None
        )
        self._thread = thread = Unconnected(consumer, loop=asyncio.get_running_loop())
        await thread.start()
        asked = threading.Semaphore(0)
        call: Any = thread.call_thread
        self.answers = [asyncio.create_task(call(thread.unanswered, asked)) for _ in range(self.calls)]
        for _ in range(min(self.calls, thread.method_queue.num_workers)):
            await asyncio.to_thread(asked.acquire)
        await app.shutdown.finish(asyncio.sleep(NEVER_S), _is_away)
        await thread.stop()
        await asyncio.wait(self.answers)


async def _is_away() -> bool:
    return False


@pytest.mark.parametrize("calls", [1, 2, 9])
def test_calls_that_a_broker_does_not_answer_hold_up_no_end(calls: int) -> None:
    scenario = Scenario(calls)
    assert scenario.ends()
    assert len(scenario.answers) == calls
    assert all(answer.cancelled() for answer in scenario.answers)


class MadeError(Exception):
    """aiokafka's fetcher was made."""


async def test_fetches_wait_at_a_broker_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Partitions whose records wait to be taken are left out of a fetch, and are not asked for until it is over."""

    async def connect(_client: object) -> None: ...

    def fetcher(*_: object, fetch_max_wait_ms: int, **__: object) -> NoReturn:
        raise MadeError(fetch_max_wait_ms)

    monkeypatch.setattr("aiokafka.consumer.consumer.Fetcher", fetcher)
    monkeypatch.setattr(AIOKafkaClient, "bootstrap", connect)
    monkeypatch.setattr(AIOKafkaConsumerThread, "_create_worker_consumer", lambda *_: AIOKafkaConsumer())
    consumer = object.__new__(LaneThread)._create_worker_consumer(None)
    with pytest.raises(MadeError, match=f"^{REQUEST_WAIT_MS}$"):
        await consumer.start()
    await consumer.stop()
