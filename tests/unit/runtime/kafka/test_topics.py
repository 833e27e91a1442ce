"""Topics on a cluster whose brokers do not yet all know the same."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from kafka import errors

from runtime.kafka import topics as kafka_topics
from runtime.kafka.errors import ClusterRequestError
from runtime.kafka.topics import create_topics
from runtime.settings.kafka import KafkaSettings
from schemas.topics import RAW_LIVE, TOPICS

LIVE_PARTITIONS = 2
SETTINGS = KafkaSettings(topic_prefix="t.", request_timeout_s=5.0)


class LateBrokers:
    """An admin client of a cluster that has the live lane's topic, which its brokers show after some answers."""

    def __init__(self, late_answers: int) -> None:
        self.partitions = {"t." + RAW_LIVE.name: LIVE_PARTITIONS}
        self._late_answers = late_answers

    def describe_topics(self, names: Iterable[str]) -> list[dict[str, Any]]:
        shown = self.partitions if self._late_answers <= 0 else {}
        self._late_answers -= 1
        return [
            {"name": name, "error_code": 0, "partitions": [{}] * shown[name]}
            if name in shown
            else {"name": name, "error_code": errors.UnknownTopicOrPartitionError.errno, "partitions": []}
            for name in names
        ]

    def create_topics(self, wanted: Mapping[str, dict[str, Any]], *, raise_errors: bool) -> dict[str, Any]:
        assert not raise_errors
        answers = []
        for name, creation in wanted.items():
            exists = name in self.partitions
            self.partitions.setdefault(name, creation["num_partitions"])
            answers.append({"name": name, "error_code": errors.TopicAlreadyExistsError.errno if exists else 0})
        return {"topics": answers}

    def wait_for_topics(self, names: Iterable[str]) -> None:
        """Every topic has its leaders at once."""


@pytest.mark.parametrize("late_answers", [0, 1, 3])
def test_topics_get_the_partitions_of_a_live_topic_that_a_broker_does_not_know_yet(
    monkeypatch: pytest.MonkeyPatch, late_answers: int
) -> None:
    brokers = LateBrokers(late_answers)

    @contextmanager
    def client(_: KafkaSettings) -> Iterator[LateBrokers]:
        yield brokers

    monkeypatch.setattr(kafka_topics, "admin_client", client)
    monkeypatch.setattr(kafka_topics, "RETRY_S", 0.0)
    done = create_topics(SETTINGS)
    of_channels = {"t." + topic.name for topic in TOPICS if topic.is_by_channel}
    assert {name: brokers.partitions[name] for name in of_channels} == dict.fromkeys(of_channels, LIVE_PARTITIONS)
    assert done.existing == ("t." + RAW_LIVE.name,)
    assert set(done.created) == {"t." + topic.name for topic in TOPICS if topic is not RAW_LIVE}


class FencedBroker(LateBrokers):
    """The same, of a broker that may not take partitions for some answers."""

    def __init__(self, fenced_answers: int) -> None:
        super().__init__(late_answers=0)
        self._fenced_answers = fenced_answers

    def create_topics(self, wanted: Mapping[str, dict[str, Any]], *, raise_errors: bool) -> dict[str, Any]:
        self._fenced_answers -= 1
        if self._fenced_answers < 0:
            return super().create_topics(wanted, raise_errors=raise_errors)
        error = {
            "error_code": errors.InvalidReplicationFactorError.errno,
            "error_message": "Unable to replicate the partition 1 time(s): All brokers are currently fenced.",
        }
        return {"topics": [{"name": name} | error for name in wanted]}


def test_a_broker_that_is_fenced_for_a_moment_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    brokers = FencedBroker(fenced_answers=3)
    monkeypatch.setattr(kafka_topics, "admin_client", lambda _: nullcontext(brokers))
    monkeypatch.setattr(kafka_topics, "RETRY_S", 0.0)
    assert set(create_topics(SETTINGS).created) == {"t." + topic.name for topic in TOPICS if topic is not RAW_LIVE}


def test_a_broker_that_stays_fenced_is_reported_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    brokers = FencedBroker(fenced_answers=1_000_000_000)
    monkeypatch.setattr(kafka_topics, "admin_client", lambda _: nullcontext(brokers))
    monkeypatch.setattr(kafka_topics, "RETRY_S", 0.0)
    with pytest.raises(ClusterRequestError, match=r"cannot create topic t\..*: .*All brokers are currently fenced"):
        create_topics(SETTINGS.model_copy(update={"request_timeout_s": 0.6}))
