"""The broker that all processes of a run of tests share."""

from collections.abc import Iterator

import pytest

from tests.support import shared_broker
from tests.support.shared_broker import SharedBroker, settings_of_shared
from tgwire.errors import BrokerStartError
from tgwire.local_broker import Broker, missing, start_broker

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(missing("tansu") is not None, reason="tansu replaces the engine that takes long to start"),
]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Broker]:
    """The brokers that were started."""
    brokers: list[Broker] = []

    def start(_engine: str) -> Broker:
        brokers.append(start_broker("tansu"))
        return brokers[-1]

    monkeypatch.setattr(shared_broker, "start_broker", start)
    return brokers


@pytest.fixture
def shared() -> Iterator[SharedBroker]:
    prepared = SharedBroker(lambda: None)
    yield prepared
    prepared.close()


def test_it_starts_when_it_is_first_asked_for_and_ends_with_the_run(started: list[Broker]) -> None:
    shared = SharedBroker(lambda: None)
    assert started == []
    settings = settings_of_shared(shared.address)
    assert settings_of_shared(shared.address) == settings
    assert [broker.is_running for broker in started] == [True]
    shared.close()
    assert [broker.is_running for broker in started] == [False]


def test_each_caller_gets_the_error_of_a_failed_start(shared: SharedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_engine: str) -> Broker:
        raise BrokerStartError("no room")

    monkeypatch.setattr(shared_broker, "start_broker", fail)
    for _ in range(2):
        with pytest.raises(BrokerStartError, match="no room"):
            settings_of_shared(shared.address)
