"""``tgwire sink`` as its own process, over real brokers."""

import json
import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from kafka import KafkaProducer

from runtime.kafka.connection import connect
from runtime.kafka.topic_reader import StoredRecord, end_offsets, read_topic
from runtime.kafka.topics import create_topics, recreate_topic
from runtime.settings.kafka import KafkaSettings
from runtime.settings.sink import WebhookSinkSettings
from schemas import DeadLetter
from schemas.base import Record
from schemas.topics import DEAD_LETTER_HEADER, DEAD_LETTERS, DUPLICATES, NORMALIZED, Topic
from tests.contract.sinks.sink_places import JsonlPlace, ParquetPlace, Receiver
from tests.support.patience import DEADLINE_S
from tests.support.sink_records import key, post, tombstone, verdict
from tests.support.warm_process import start
from tgwire.dead_letters import Filter, replay_letters
from tgwire.local_broker import start_broker
from tgwire.webhook_dead_letters import WebhookLetters

pytestmark = pytest.mark.integration

POLL_S = 0.1
SECRET = "a-secret-of-more-than-24-bytes"


class SinkProcess:
    """``tgwire sink NAME`` with a folder of state."""

    def __init__(self, process: "subprocess.Popen[bytes]", state: Path, log: Path) -> None:
        self.process, self._state, self.log = process, state, log

    def wait_for(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(POLL_S)

    def ask(self, path: str) -> tuple[int, str]:
        """Answer of its endpoint; 0 while there is none."""
        for file in (self._state / "run").glob("sink-*.json"):
            try:
                with urlopen(f"{json.loads(file.read_text())['endpoint']}{path}", timeout=DEADLINE_S) as answer:
                    return answer.status, answer.read().decode()
            except HTTPError as error:
                return error.code, error.read().decode()
            except (URLError, OSError):
                continue
        return 0, ""

    def is_ready(self) -> bool:
        return self.ask("/readyz")[0] == 200

    def metric(self, line: str) -> float:
        """Value of a metric with its labels; 0 where there is none."""
        found = [each for each in self.ask("/metrics")[1].splitlines() if each.startswith(f"{line} ")]
        return float(found[0].rpartition(" ")[2]) if found else 0.0


@contextmanager
def sink(kafka: KafkaSettings, own: Path, name: str, *options: str, **variables: str) -> Iterator[SinkProcess]:
    inherited = {each: value for each, value in os.environ.items() if not each.startswith("TGWIRE_")}
    given = {
        "TGWIRE_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers or "",
        "TGWIRE_KAFKA__TOPIC_PREFIX": kafka.topic_prefix,
        "TGWIRE_KAFKA__IDEMPOTENT": str(kafka.idempotent),
        "TGWIRE_INGEST__STATE_DIR": str(own / "state"),
        "TGWIRE_LOG__FORMAT": "json",
    }
    log = own / f"{name}.log"
    with log.open("ab") as output, (own / "summary.json").open("wb") as summary:
        own_settings = {f"TGWIRE_SINK__{name}__{key}".upper(): value for key, value in variables.items()}
        env = inherited | given | own_settings
        process = start("tgwire", "sink", name, *options, env=env, stdout=summary, stderr=output)
        try:
            yield SinkProcess(process, own / "state", log)
        finally:
            process.kill()
            process.wait()


def once(kafka: KafkaSettings, own: Path, name: str, *options: str, **variables: str) -> tuple[int, str]:
    """Run a sink until it has written what is there; its exit code and log."""
    with sink(kafka, own, name, "--until-end", "--json", *options, **variables) as running:
        code = running.process.wait(DEADLINE_S)
        return code, running.log.read_text()


def summary(folder: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads((folder / "summary.json").read_text())
    return content


def publish(kafka: KafkaSettings, topic: Topic, records: Sequence[tuple[str, Record | bytes | None]]) -> None:
    """Records by key; a channel's are in one partition, as the worker puts them."""
    patience = {"delivery_timeout_ms": int(1000 * DEADLINE_S)}  # kafka-python's 2 minutes are short for a busy machine
    producer = connect(KafkaProducer, kafka, acks="all", linger_ms=5, enable_idempotence=False, **patience)
    try:
        sent = [
            producer.send(
                kafka.topic_prefix + topic.name,
                value.to_json() if isinstance(value, Record) else value,
                name.encode(),
                partition=int(name.rpartition(":")[2]) % 3,
            )
            for name, value in records
        ]
        for each in sent:
            each.get(DEADLINE_S)
    finally:
        producer.close()


def posts(numbers: range) -> list[tuple[str, Record | bytes | None]]:
    return [(key(number), post(number)) for number in numbers]


def written(place: JsonlPlace) -> Counter[str]:
    """Keys of the posts in the files, with repeats."""
    return Counter(
        record["key"] for topic, line in place.lines() if topic == NORMALIZED.name for record in [json.loads(line)]
    )


@pytest.mark.usefixtures("topics")
def test_records_of_all_topics_are_written_and_the_next_run_goes_on(
    kafka_settings: KafkaSettings, tmp_path: Path
) -> None:
    place = JsonlPlace(tmp_path / "state" / "jsonl")
    publish(kafka_settings, NORMALIZED, posts(range(1, 101)))
    publish(kafka_settings, DUPLICATES, [(key(2), verdict(2, 1)), (key(3), None)])
    code, log = once(kafka_settings, tmp_path, "jsonl")
    assert code == 0, log
    assert summary(tmp_path) == {"sink": "jsonl", "guarantee": "exactly-once", "written": 102, "refused": 0}
    publish(kafka_settings, NORMALIZED, [*posts(range(101, 131)), (key(5), tombstone(5, 9))])
    code, log = once(kafka_settings, tmp_path, "jsonl")
    assert code == 0, log
    assert summary(tmp_path)["written"] == 31
    assert written(place) == Counter([key(number) for number in range(1, 131)]) + Counter([key(5)])
    seen = place.seen()
    assert seen[key(5)].is_deleted
    assert seen[key(2)].duplicate_of == key(1)


@pytest.mark.usefixtures("topics")
def test_what_a_sink_refuses_is_a_dead_letter_and_the_rest_is_written(
    kafka_settings: KafkaSettings, tmp_path: Path
) -> None:
    publish(kafka_settings, NORMALIZED, [*posts(range(1, 4)), (key(7), b'{"broken"'), *posts(range(4, 8))])
    code, log = once(kafka_settings, tmp_path, "jsonl")
    assert code == 1, log  # something was set aside
    assert summary(tmp_path) == {"sink": "jsonl", "guarantee": "exactly-once", "written": 7, "refused": 1}
    [stored] = letters(kafka_settings)
    letter = DeadLetter.model_validate_json(dict(stored.headers)[DEAD_LETTER_HEADER])
    assert (stored.key, stored.value) == (key(7).encode(), b'{"broken"')
    [replayed] = replay_letters(kafka_settings, Filter())
    assert (replayed.outcome, "a sink refused it" in (replayed.problem or "")) == ("not sent", True)
    assert (letter.stage, letter.topic, letter.partition, letter.reason) == (
        "sink.jsonl",
        NORMALIZED.name,
        1,
        "invalid_json",
    )


@pytest.mark.usefixtures("topics")
def test_dead_letters_of_the_webhook_are_sent_to_the_receiver_again(
    kafka_settings: KafkaSettings, tmp_path: Path
) -> None:
    publish(kafka_settings, NORMALIZED, posts(range(1, 7)))
    with Receiver().running() as receiver:
        receiver.refused_keys = {key(2), key(3)}
        variables = {"url": receiver.url, "secret": SECRET, "networks": "127.0.0.0/8", "begin": "start"}
        code, log = once(kafka_settings, tmp_path, "webhook", **variables)
        assert (code, summary(tmp_path)["refused"]) == (1, 2), log
        receiver.refused_keys = {key(3)}
        sent_before = {headers["webhook-id"] for headers, _ in receiver.requests}
        receiver.requests.clear()
        given = WebhookSinkSettings.model_validate(variables)

        def replay(*, dry_run: bool = False) -> Counter[str]:
            with WebhookLetters(given) as to_receiver:
                results = list(replay_letters(kafka_settings, Filter(), to_receiver=to_receiver, dry_run=dry_run))
            assert {each.receiver for each in results if each.outcome != "left out"} == {"127.0.0.1"}
            return Counter(each.outcome for each in results)

        assert replay(dry_run=True) == {"would send": 2}
        assert receiver.requests == []
        assert replay() == {"sent": 1, "not sent": 1}
        assert replay() == {"left out": 1, "not sent": 1}
    [(headers, body)] = receiver.requests
    assert json.loads(body)["key"] == key(2)
    topic_id, partition, offset = headers["webhook-id"].split(":")
    assert {each.split(":")[0] for each in sent_before} == {topic_id}
    assert headers["webhook-id"] not in sent_before
    assert (partition, offset) == ("2", "0")
    assert sum(end_offsets(kafka_settings, NORMALIZED).values()) == 6, "nothing went to the topic again"


def letters(kafka: KafkaSettings) -> list[StoredRecord]:
    return list(read_topic(kafka, DEAD_LETTERS))


@pytest.mark.usefixtures("topics")
def test_it_shows_lag_and_ends_in_order_on_sigterm(kafka_settings: KafkaSettings, tmp_path: Path) -> None:
    publish(kafka_settings, NORMALIZED, posts(range(1, 31)))
    with sink(kafka_settings, tmp_path, "jsonl", batch_wait_s="0.2") as running:
        labels = '{outcome="written",sink="jsonl",topic="posts.normalized"}'
        running.wait_for(lambda: running.metric(f"tgwire_sink_records_total{labels}") == 30)
        running.wait_for(running.is_ready)
        lag = 'tgwire_sink_lag{partition="1",sink="jsonl",topic="posts.normalized"}'
        running.wait_for(lambda: running.metric(lag) == 0)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(DEADLINE_S) == 0
    assert written(JsonlPlace(tmp_path / "state" / "jsonl")) == Counter(key(number) for number in range(1, 31))


@pytest.mark.usefixtures("topics")
def test_killed_again_and_again_each_record_is_written_once(kafka_settings: KafkaSettings, tmp_path: Path) -> None:
    place = JsonlPlace(tmp_path / "state" / "jsonl")
    for first in range(1, 301, 100):
        publish(kafka_settings, NORMALIZED, posts(range(first, first + 100)))
        with sink(kafka_settings, tmp_path, "jsonl", batch_records="7", batch_wait_s="0.05") as running:
            running.wait_for(lambda first=first: sum(written(place).values()) > first + 20)  # type: ignore[misc]
            running.process.kill()
    code, log = once(kafka_settings, tmp_path, "jsonl")
    assert code == 0, log
    assert written(place) == Counter(key(number) for number in range(1, 301))


@pytest.mark.usefixtures("topics")
def test_a_second_process_is_refused_in_words(kafka_settings: KafkaSettings, tmp_path: Path) -> None:
    with sink(kafka_settings, tmp_path, "jsonl") as running:
        running.wait_for(running.is_ready)
        other = tmp_path / "other"
        other.mkdir()
        code, log = once(kafka_settings, other, "jsonl", folder=str(tmp_path / "state" / "jsonl"))
    assert code == 4
    assert re.search(r"another process \(pid \d+\) writes there", log)


@pytest.mark.usefixtures("topics", "apache")
def test_a_topic_that_is_made_again_is_read_from_its_start(kafka_settings: KafkaSettings, tmp_path: Path) -> None:
    place = JsonlPlace(tmp_path / "state" / "jsonl")
    publish(kafka_settings, NORMALIZED, posts(range(1, 31)))
    assert once(kafka_settings, tmp_path, "jsonl")[0] == 0
    recreate_topic(kafka_settings, NORMALIZED, DUPLICATES)
    publish(kafka_settings, NORMALIZED, posts(range(31, 41)))
    code, log = once(kafka_settings, tmp_path, "jsonl")
    assert code == 0, log
    assert written(place) == Counter(key(number) for number in range(1, 41))


@pytest.mark.usefixtures("topics")
def test_offsets_beyond_the_end_are_refused_until_an_operator_accepts_it(
    kafka_settings: KafkaSettings, tmp_path: Path
) -> None:
    publish(kafka_settings, NORMALIZED, posts(range(1, 10)))
    assert once(kafka_settings, tmp_path, "jsonl")[0] == 0
    side = tmp_path / "state" / "jsonl" / "offsets.json"
    content = json.loads(side.read_text())
    [row] = [each for each in content["offsets"] if (each["topic"], each["partition"]) == (NORMALIZED.name, 1)]
    row["next_offset"] = 900
    side.write_text(json.dumps(content))
    code, log = once(kafka_settings, tmp_path, "jsonl")
    assert code == 4
    assert "posts.normalized partition 1 ends at offset 3, but the sink has read up to 900" in log
    code, log = once(kafka_settings, tmp_path, "jsonl", "--accept-gap")
    assert code == 0, log
    assert written(JsonlPlace(side.parent))[key(1)] == 2  # read again


@pytest.mark.usefixtures("topics")
def test_parquet_has_a_row_for_each_change(kafka_settings: KafkaSettings, tmp_path: Path) -> None:
    publish(kafka_settings, NORMALIZED, [*posts(range(1, 61)), (key(5), tombstone(5, 9))])
    code, log = once(kafka_settings, tmp_path, "parquet")
    assert code == 0, log
    place = ParquetPlace(str(tmp_path / "state" / "parquet"))
    rows = place.rows("posts")
    assert Counter(row["op"] for row in rows) == {"upsert": 60, "delete": 1}
    assert {row["text"] for row in rows if row["op"] == "upsert"} == {"text"}
    assert {each for each, seen in place.seen().items() if seen.is_deleted} == {key(5)}


@pytest.mark.usefixtures("topics")
def test_a_webhook_begins_with_what_is_new_and_misses_nothing_while_the_receiver_fails(
    kafka_settings: KafkaSettings, tmp_path: Path
) -> None:
    publish(kafka_settings, NORMALIZED, posts(range(1, 31)))
    with Receiver().running() as receiver:
        variables = {"url": receiver.url, "secret": SECRET, "networks": "127.0.0.0/8"}
        with sink(kafka_settings, tmp_path, "webhook", **variables) as running:
            running.wait_for(running.is_ready)
            receiver.status = 503
            publish(kafka_settings, NORMALIZED, posts(range(31, 61)))
            running.wait_for(lambda: receiver.requests)
            running.wait_for(lambda: "the receiver answered 503" in running.ask("/readyz")[1])
            receiver.status = 200
            running.wait_for(lambda: len({headers["webhook-id"] for headers, _ in receiver.requests}) == 30)
            running.wait_for(running.is_ready)
    assert {json.loads(body)["key"] for _, body in receiver.requests} == {key(number) for number in range(31, 61)}
    assert letters(kafka_settings) == []


@pytest.mark.usefixtures("topics")
def test_while_the_sink_takes_nothing_little_is_held_in_memory_and_the_lag_shows(
    kafka_settings: KafkaSettings, tmp_path: Path
) -> None:
    rng = random.Random(3)
    texts = [rng.randbytes(2500).hex() for _ in range(40)]
    large = [(key(number), post(number, text=texts[number % 40])) for number in range(1, 9001)]
    with Receiver(status=503).running() as receiver:
        variables = {"url": receiver.url, "secret": SECRET, "networks": "127.0.0.0/8", "begin": "start"}
        with sink(kafka_settings, tmp_path, "webhook", **variables) as running:
            running.wait_for(running.is_ready)
            before = running.metric("process_resident_memory_bytes")
            publish(kafka_settings, NORMALIZED, large)
            lag = 'tgwire_sink_lag{partition="%d",sink="webhook",topic="posts.normalized"}'
            running.wait_for(lambda: sum(running.metric(lag % number) for number in range(3)) > 8900)
            assert running.metric("process_resident_memory_bytes") - before < 30e6  # of 45 MB of records
            running.wait_for(lambda: not running.is_ready())


@pytest.mark.usefixtures("apache")
def test_it_goes_on_after_an_outage_of_the_broker(tmp_path: Path) -> None:
    place = JsonlPlace(tmp_path / "state" / "jsonl")
    with start_broker("apache") as broker:
        kafka = broker.settings()
        create_topics(kafka)
        publish(kafka, NORMALIZED, posts(range(1, 31)))
        with sink(kafka, tmp_path, "jsonl", batch_wait_s="0.2") as running:
            running.wait_for(lambda: sum(written(place).values()) == 30)
            broker.kill()
            running.wait_for(lambda: not running.is_ready())
            broker.start()
            publish(kafka, NORMALIZED, posts(range(31, 61)))
            running.wait_for(lambda: sum(written(place).values()) == 60)
            running.wait_for(running.is_ready)
    assert written(place) == Counter(key(number) for number in range(1, 61))
