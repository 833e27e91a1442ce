"""A post whose handling never ends becomes a dead letter, and all others go on; over a real broker."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import kafka
import pytest

from ingest.publish.connection import connect
from schemas import DeadLetter, RejectReason
from schemas.config import KafkaSettings, LogSettings, Settings, WorkerSettings
from schemas.topics import DEAD_LETTER_HEADER, DEAD_LETTERS, NORMALIZED, RAW_LIVE, Topic
from tgwire.processes import environment, stop
from tgwire.reading import StoredRecord, read_topic

DEADLINE_S = 400.0
GOOD = range(1, 91)
POISONED = (30, 60)
"""Message ids."""

GUARD = {-signal.SIGPROF, 1}
"""Ends by CPU time and, where the machine gives little of it, by the clock."""

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("topics"),
    pytest.mark.parametrize("kafka_engine", ["apache"], indirect=True),  # what is at stake is no matter of the broker
]


@pytest.fixture
def settings(kafka_settings: KafkaSettings, tmp_path: Path) -> Settings:
    worker = WorkerSettings(
        group=kafka_settings.topic_prefix + "group", data_dir=tmp_path / "worker", post_budget_s=1.0
    )
    return Settings(kafka=kafka_settings, worker=worker, log=LogSettings(format="json"))


def publish(settings: Settings) -> None:
    producer = connect(kafka.KafkaProducer, settings.kafka, enable_idempotence=False)
    for number in GOOD:
        word = "poisonous" if number in POISONED else "wholesome"
        post = {
            "channel": {"id": 1000 + number % 7},
            "message_id": number,
            "posted_at": f"2026-03-01T10:{number % 60:02}:00Z",
            "text": f"The government said on Monday that {word} road number {number} would open in spring.",
            "source": {"kind": "test"},
            "lane": "live",
        }
        topic = settings.kafka.topic_prefix + RAW_LIVE.name
        producer.send(topic, json.dumps(post).encode(), b"%d" % (1000 + number % 7), partition=number % 3)
    producer.flush(30)
    producer.close()


def records(settings: Settings, topic: Topic) -> list[StoredRecord]:
    return list(read_topic(settings.kafka, topic))


class Supervised:
    """A worker that is started again when it ends by itself, as systemd does it."""

    def __init__(self, settings: Settings, fault: str, log: Path) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TGWIRE_")}
        self._environment = inherited | environment(settings) | {"PYTHONPATH": os.getcwd()}  # noqa: PTH109
        self._fault, self._log = fault, log
        self.codes: list[int] = []
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "tests.integration.poisoned_worker", self._fault]
            return subprocess.Popen(command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def keep_up(self) -> None:
        if (code := self._process.poll()) is not None:
            self.codes.append(code)
            self._process = self._start()

    def stop(self) -> int:
        return stop(self._process)


@pytest.fixture
def supervised(settings: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Supervised]:
    worker = Supervised(settings, request.param, tmp_path / "log")
    yield worker
    worker.stop()


def outcome(settings: Settings, supervised: Supervised, log: Path) -> tuple[Counter[int], list[DeadLetter]]:
    """Normalized records by message id, and the dead letters, once all posts are one or the other."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        supervised.keep_up()
        done = Counter(json.loads(record.value or b"")["message_id"] for record in records(settings, NORMALIZED))
        letters = records(settings, DEAD_LETTERS)
        if len(done) + len({letter.value for letter in letters}) >= len(GOOD):
            break
        assert time.monotonic() < deadline, f"{len(done)} done, {len(letters)} letters\n{log.read_text()}"
    return done, [DeadLetter.model_validate_json(dict(each.headers)[DEAD_LETTER_HEADER]) for each in letters]


def found_values(settings: Settings, stage: str) -> Iterator[bytes]:
    """The values of dead letters; of analyzed posts the post itself."""
    for letter in records(settings, DEAD_LETTERS):
        value = letter.value or b""
        yield value if stage == "analyze" else json.dumps(json.loads(value)["post"]).encode()


def poisoned_letters(letters: list[DeadLetter]) -> set[tuple[str, RejectReason]]:
    return {(letter.stage, letter.reason) for letter in letters}


@pytest.mark.parametrize("supervised", ["analyze:spin", "analyze:backtrack", "analyze:wait"], indirect=True)
def test_a_post_that_can_be_broken_off_costs_no_restart(
    settings: Settings, supervised: Supervised, tmp_path: Path
) -> None:
    publish(settings)
    done, letters = outcome(settings, supervised, tmp_path / "log")
    assert done == Counter(set(GOOD) - set(POISONED)), "each of the others once"
    assert poisoned_letters(letters) == {("analyze", RejectReason.TIME_BUDGET)}
    assert len(letters) == len(POISONED)
    assert supervised.codes == []
    assert supervised.stop() == 0


@pytest.mark.parametrize(
    ("supervised", "stage", "codes"),
    [
        ("analyze:hold_the_lock", "analyze", GUARD),
        ("dedup:hold_the_lock", "dedup", GUARD),
        ("dedup:spin", "dedup", {74}),
    ],
    indirect=["supervised"],
)
def test_a_post_that_cannot_be_broken_off_is_found_over_restarts(
    settings: Settings, supervised: Supervised, stage: str, codes: set[int], tmp_path: Path
) -> None:
    publish(settings)
    done, letters = outcome(settings, supervised, tmp_path / "log")
    assert set(done) == set(GOOD) - set(POISONED)
    assert poisoned_letters(letters) == {(stage, RejectReason.TIME_BUDGET)}
    assert {json.loads(value)["message_id"] for value in found_values(settings, stage)} == set(POISONED)
    assert set(supervised.codes) <= codes
    assert len(supervised.codes) <= 2 * len(POISONED), "in a slice, and alone"
    assert supervised.stop() == 0
    log = (tmp_path / "log").read_text()
    assert "poisonous road" not in log
    if codes == GUARD:
        assert "hold_the_lock" in log, "where it hung"
    counts = json.loads((settings.worker.data_dir / "exits.json").read_text())["exits"]
    assert counts == {"budget": len(supervised.codes)}
