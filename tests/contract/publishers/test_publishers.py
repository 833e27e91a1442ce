"""Publishers without a broker pass the suite of all publishers: ``publisher_contract.py``."""

import random

import pytest

from ingest.testing import MemoryPublisher
from schemas import Lane, RawPost
from schemas.topics import CHANNEL_STATES, COUNTERS, Topic, raw_topic
from tests.chaos.collector.broker import Broker, BrokerPublisher, Line
from tests.contract.publishers.publisher_contract import PublisherContract, Record


class MemoryPlace:
    """What one publisher keeps."""

    def __init__(self, *, holds_back: bool) -> None:
        self._publisher = MemoryPublisher(max_in_flight=7, holds_back=holds_back)

    def make(self) -> MemoryPublisher:
        return self._publisher

    def posts(self, lane: Lane) -> list[Record]:
        records = self._publisher.records
        return [each for each in records if RawPost.model_validate_json(each[1]).lane is lane]

    def counters(self) -> list[Record]:
        return self._publisher.counters

    def states(self) -> dict[bytes, bytes | None]:
        return dict(self._publisher.states)


class TestMemoryPublisher(PublisherContract):
    @pytest.fixture(params=[False, True], ids=["at once", "held back"])
    def place(self, request: pytest.FixtureRequest) -> MemoryPlace:
        return MemoryPlace(holds_back=request.param)


class ChaosPlace:
    """The broker of the collector's chaos suite, over a connection that nothing breaks."""

    def __init__(self) -> None:
        self._broker = Broker(random.Random(1))

    def make(self) -> BrokerPublisher:
        return Line(self._broker, lambda _: None).connect()

    def posts(self, lane: Lane) -> list[Record]:
        return self._records(raw_topic(lane))

    def counters(self) -> list[Record]:
        return self._records(COUNTERS)

    def states(self) -> dict[bytes, bytes | None]:
        return {each.key: each.value for each in self._broker.sent if each.topic is CHANNEL_STATES}

    def _records(self, topic: Topic) -> list[Record]:
        return [(each.key, each.value or b"") for each in self._broker.sent if each.topic is topic]


class TestChaosPublisher(PublisherContract):
    @pytest.fixture
    def place(self) -> ChaosPlace:
        return ChaosPlace()
