"""Where the records of another leader begin."""

import struct
from types import SimpleNamespace
from typing import Any

from aiokafka.protocol.fetch import FetchRequest

from processors.stream.offsets.leader_epochs import LeaderEpochs, batch_epochs

TP = ("posts.raw.live", 3)


def batch(base: int, epoch: int, version: int = 2) -> bytes:
    """The head of a record batch and something behind it."""
    body = struct.pack(">ib", epoch, version) + bytes(50)
    return struct.pack(">qi", base, len(body)) + body


def test_each_batch_has_its_epoch_and_a_truncated_one_has_none() -> None:
    data = batch(10, 4) + batch(12, 5) + batch(20, 0, version=1) + batch(30, 5)
    assert list(batch_epochs(data[:-60])) == [(10, 4), (12, 5)]
    assert list(batch_epochs(b"")) == []


class Client:
    """Answers a fetch."""

    def __init__(self) -> None:
        self.data = b""

    async def send(self, _node: int, _request: Any) -> Any:
        return SimpleNamespace(topics=[(TP[0], [(TP[1], 0, 99, None, self.data)])])


class Fetcher:
    """A client that is watched."""

    def __init__(self) -> None:
        self.client, self.epochs = Client(), LeaderEpochs()
        self.epochs.watch(self.client)

    async def fetch(self, offset: int, data: bytes) -> None:
        self.client.data = data
        await self.client.send(1, FetchRequest(0, 0, 0, 0, [(TP[0], [(TP[1], offset, 0)])]))


async def test_the_first_record_of_another_leader_is_noticed_once() -> None:
    fetcher = Fetcher()
    await fetcher.fetch(5, batch(5, 2))
    await fetcher.fetch(8, batch(8, 2) + batch(10, 3))
    assert [fetcher.epochs.is_change(TP, offset) for offset in (5, 8, 9, 10, 11)] == [False, False, False, True, False]


async def test_the_first_record_is_where_the_fetch_began_when_its_batch_began_before() -> None:
    """A log that was cut short and has grown again: the batch holds numbers that were taken before."""
    fetcher = Fetcher()
    await fetcher.fetch(5, batch(5, 2))
    await fetcher.fetch(8, batch(6, 3))
    assert [fetcher.epochs.is_change(TP, offset) for offset in (6, 7, 8)] == [False, False, True]


async def test_each_of_two_leaders_is_noticed() -> None:
    fetcher = Fetcher()
    await fetcher.fetch(0, batch(0, 1))
    await fetcher.fetch(4, batch(4, 2) + batch(6, 3))
    assert [fetcher.epochs.is_change(TP, offset) for offset in (4, 5, 6)] == [True, False, True]


async def test_producers_that_write_different_epochs_are_no_leaders() -> None:
    """Some brokers keep what the producer wrote into the field."""
    fetcher = Fetcher()
    await fetcher.fetch(0, batch(0, 0) + batch(1, -1) + batch(2, 0) + batch(3, -1))
    assert not any(fetcher.epochs.is_change(TP, offset) for offset in range(4))


async def test_watching_again_changes_nothing() -> None:
    fetcher = Fetcher()
    watched = fetcher.client.send
    fetcher.epochs.watch(fetcher.client)
    assert fetcher.client.send == watched
