"""An outage of the cluster is three lines in our words, whatever the libraries log of it."""

import logging
import threading
import time
from collections.abc import Iterator, MutableMapping, Sequence

import pytest
import structlog
from kafka.errors import KafkaConnectionError

from runtime.kafka.outage_log import BrokerWatch, OutageDetector, known_outage, unreachable_servers
from runtime.outage import Outage
from runtime.settings.kafka import KafkaSettings
from tests.support.patience import DEADLINE_S

SETTINGS = KafkaSettings(bootstrap_servers="127.0.0.1:1,127.0.0.1:2")


def test_an_outage_is_logged_when_it_begins_each_minute_and_when_it_ends() -> None:
    outage = Outage()
    said = [(now, notice) for now in range(200) if (notice := outage.failed(float(now))) is not None]
    assert said == [(0, ("begins", 0.0)), (60, ("lasts", 60.0)), (120, ("lasts", 120.0)), (180, ("lasts", 180.0))]
    assert outage.answered(205.4) == ("ends", 205.0)
    assert outage.answered(206.0) is None
    assert outage.failed(300.0) == ("begins", 0.0)


def test_a_connection_that_is_lost_and_made_again_is_no_outage() -> None:
    watch = OutageDetector()
    watch.on_complaint(10.0)
    assert [watch.on_check(now, is_away=False) for now in (10.0, 11.0, 12.0)] == [(None, False)] * 3
    assert watch.on_check(13.5, is_away=False) == (None, True)


def test_complaints_that_go_on_are_an_outage_though_the_port_is_open() -> None:
    watch = OutageDetector()
    watch.on_complaint(10.0)
    watch.on_complaint(12.0)
    assert watch.on_check(12.1, is_away=False) == (("begins", 2.0), False)
    watch.on_complaint(14.0)
    assert watch.on_check(15.0, is_away=False) == (None, False)
    assert watch.on_check(18.0, is_away=False) == (("ends", 4.0), True), "until the last complaint"


@pytest.fixture
def said() -> Iterator[Sequence[MutableMapping[str, object]]]:
    with structlog.testing.capture_logs() as events:
        yield events


class Cluster:
    """What a look at the brokers finds."""

    def __init__(self) -> None:
        self.away: dict[str, str] = {}
        self.looks = 0

    def __call__(self, _settings: KafkaSettings) -> dict[str, str]:
        self.looks += 1
        return dict(self.away)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setattr("runtime.kafka.outage_log.LOOK_S", 0.01)
    monkeypatch.setattr("runtime.kafka.outage_log.QUIET_S", 0.2)
    monkeypatch.setattr("runtime.kafka.outage_log.DOUBT_S", 0.05)
    return Cluster()


def complaint(name: str, text: str, *args: object, level: int = logging.ERROR) -> logging.LogRecord:
    return logging.LogRecord(name, level, __file__, 1, text, args, None)


def is_over() -> bool:
    return not any(thread.name == "tgwire-broker-watch" for thread in threading.enumerate())


def wait_until_over() -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_over():
        assert time.monotonic() < deadline
        time.sleep(0.005)


REFUSED = KafkaConnectionError("111 ECONNREFUSED")
CHATTER = [
    complaint("kafka.net.manager", "Connection failed: %s", REFUSED),
    complaint("kafka.cluster", "No node available for metadata refresh - backoff/retry", level=logging.WARNING),
    complaint("aiokafka", "Unable connect to node with id %s: %s", 1, ConnectionRefusedError(111, "refused")),
    complaint("aiokafka", "Unable to update metadata from %s", [1]),
    complaint("aiokafka.consumer.group_coordinator", "Heartbeat session expired - marking coordinator dead"),
]


def test_the_libraries_lines_are_folded_into_two(said: Sequence[MutableMapping[str, object]], cluster: Cluster) -> None:
    watch = BrokerWatch(SETTINGS, shows_all=False, check=cluster)
    cluster.away = {"127.0.0.1:1": "connection refused", "127.0.0.1:2": "connection refused"}
    assert [watch.filter(record) for record in CHATTER * 10] == [False] * 50
    deadline = time.monotonic() + DEADLINE_S
    while not said:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    logging.getLogger().handlers[0].addFilter(watch)
    try:
        assert known_outage() == (
            "kafka does not answer (127.0.0.1:1: connection refused, 127.0.0.1:2: connection refused)"
        )
        cluster.away = {}
        wait_until_over()
        assert known_outage() is None
    finally:
        logging.getLogger().handlers[0].removeFilter(watch)
    begin, end = said
    assert begin == {
        "event": "kafka does not answer",
        "brokers": "127.0.0.1:1,127.0.0.1:2",
        "problem": "127.0.0.1:1: connection refused, 127.0.0.1:2: connection refused",
        "log_level": "error",
    }
    assert (end["event"], end["brokers"]) == ("kafka answers again", "127.0.0.1:1,127.0.0.1:2")
    assert isinstance(end["away_s"], float)


def test_one_node_that_is_away_is_named(said: Sequence[MutableMapping[str, object]], cluster: Cluster) -> None:
    cluster.away = {"127.0.0.1:2": "no answer"}
    watch = BrokerWatch(SETTINGS, shows_all=False, check=cluster)
    watch.filter(CHATTER[0])
    deadline = time.monotonic() + DEADLINE_S
    while not said:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    cluster.away = {}
    wait_until_over()
    assert said[0]["event"] == "a kafka broker does not answer, others do"
    assert watch.outage is None, "posts can be published"
    assert said[0]["problem"] == "127.0.0.1:2: no answer"


def test_what_fails_behind_an_open_port_is_logged_in_the_librarys_words(
    said: Sequence[MutableMapping[str, object]], cluster: Cluster
) -> None:
    watch = BrokerWatch(SETTINGS, shows_all=False, check=cluster)
    record = complaint("kafka.net.manager", "Connection failed: %s", KafkaConnectionError("certificate verify failed"))
    deadline = time.monotonic() + DEADLINE_S
    while not said:
        watch.filter(record)
        assert time.monotonic() < deadline
        time.sleep(0.005)
    wait_until_over()
    assert said[0]["event"] == "connections to kafka fail"
    assert "certificate verify failed" in str(said[0]["problem"])


def test_verbose_shows_the_libraries_lines_too(cluster: Cluster) -> None:
    watch = BrokerWatch(SETTINGS, shows_all=True, check=cluster)
    assert all(watch.filter(record) for record in CHATTER)
    wait_until_over()


@pytest.mark.parametrize(
    "record",
    [
        complaint("kafka.cluster", "Topic %s is not authorized for this client", "posts.raw.live"),
        complaint("kafka.cluster", "Topic %s not found in cluster metadata", "posts.raw.live"),
        complaint("asyncio", "socket disconnected"),
        complaint("tgwire.cli", "connection refused"),
        complaint("kafka.net", "connected", level=logging.INFO),
        logging.LogRecord(
            "kafka.net.selector",
            logging.ERROR,
            __file__,
            1,
            "IO loop crashed",
            (),
            (ValueError, ValueError("bug"), None),
        ),
    ],
)
def test_what_is_no_outage_is_shown(record: logging.LogRecord, cluster: Cluster) -> None:
    assert BrokerWatch(SETTINGS, shows_all=False, check=cluster).filter(record)
    assert cluster.looks == 0


def test_a_look_names_what_is_wrong_with_each_address() -> None:
    found = unreachable_servers(KafkaSettings(bootstrap_servers="127.0.0.1:1,no-such-host.invalid:9092"))
    assert found == {"127.0.0.1:1": "connection refused", "no-such-host.invalid:9092": "the name is not known"}


def test_a_line_that_was_no_outage_is_shown_in_the_end(
    said: Sequence[MutableMapping[str, object]], cluster: Cluster
) -> None:
    watch = BrokerWatch(SETTINGS, shows_all=False, check=cluster)
    assert not watch.filter(
        complaint("kafka.producer.transaction_manager", "Fatal Error handling request InitProducerId")
    )
    wait_until_over()
    assert [(line["event"], line["problem"]) for line in said] == [
        ("kafka client reported an error", "Fatal Error handling request InitProducerId")
    ]
