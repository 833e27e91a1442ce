"""A post whose handling never ends becomes a dead letter, and all others go on; over a real broker."""

import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import kafka
import pytest

from runtime.kafka.connection import connect
from runtime.kafka.topic_reader import StoredRecord, read_topic
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import DeadLetter, FingerprintBatch, RejectReason
from schemas.topics import DEAD_LETTER_HEADER, DEAD_LETTERS, DUPLICATES, NORMALIZED, RAW_LIVE, Topic
from tests.integration.worker.poisoned_worker import POISONED
from tests.support.patience import DEADLINE_S, KAFKA_POLL_S, SESSION_S, end
from tests.support.warm_process import environment_of, start

LONGEST_S = 2 * DEADLINE_S
GOOD = range(1, 91)
"""Message ids of all posts."""
ENDING = {"analyze:hold_the_lock", "dedup:hold_the_lock", "dedup:spin"}
"""Faults that end the worker."""
STARVED = 71
"""A worker that gets no CPU for its session timeout ends, too: such ends are not counted here."""
GUARD = {-signal.SIGPROF, 1}
"""Ends by CPU time and, where the machine gives little of it, by the clock."""

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("topics"),
    pytest.mark.parametrize("kafka_engine", ["apache"], indirect=True),  # what is at stake is no matter of the broker
]


@pytest.fixture
def settings(kafka_settings: KafkaSettings, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """A worker that ends by its fault has a short session: the next one waits until it is over."""
    worker = WorkerSettings(
        group=kafka_settings.topic_prefix + "group",
        data_dir=tmp_path / "worker",
        post_budget_s=1.0,
        session_timeout_s=10.0 if request.node.callspec.params["supervised"] in ENDING else SESSION_S,
    )
    return Settings(kafka=kafka_settings, worker=worker, log=LogSettings(format="json"))


def publish(settings: Settings, numbers: Iterable[int] = GOOD) -> None:
    producer = connect(kafka.KafkaProducer, settings.kafka, enable_idempotence=False)
    for number in numbers:
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
        producer.send(topic, json.dumps(post).encode(), b"%d" % (1000 + number % 7))
    producer.flush(DEADLINE_S)
    producer.close()


def records(settings: Settings, topic: Topic) -> list[StoredRecord]:
    return list(read_topic(settings.kafka, topic))


class Supervised:
    """A worker that is started again when it ends by itself, as systemd does it."""

    def __init__(self, settings: Settings, fault: str, log: Path) -> None:
        self._environment = environment_of(settings)
        self._fault, self._log = fault, log
        self.codes: list[int] = []
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return start(
                "tests.integration.worker.poisoned_worker", self._fault, env=self._environment, stdout=log, stderr=log
            )

    def keep_up(self) -> None:
        if (code := self._process.poll()) is not None:
            self.codes.append(code)
            self._process = self._start()

    def stop(self) -> int:
        """End it; its exit code."""
        return end(self._process)


@pytest.fixture
def supervised(settings: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Supervised]:
    worker = Supervised(settings, request.param, tmp_path / "log")
    yield worker
    worker.stop()


def wait_until_all_are_out(
    supervised: Supervised, log: Path, out: Callable[[], set[int]], count: int = len(GOOD)
) -> None:
    deadline = time.monotonic() + LONGEST_S
    while len(done := out()) < count:
        supervised.keep_up()
        assert time.monotonic() < deadline, f"{len(done)} are out\n{log.read_text()}"
        time.sleep(KAFKA_POLL_S)


def described(settings: Settings) -> list[DeadLetter]:
    letters = records(settings, DEAD_LETTERS)
    return [DeadLetter.model_validate_json(dict(each.headers)[DEAD_LETTER_HEADER]) for each in letters]


def analyzed(settings: Settings) -> Counter[int]:
    """How often each post came out."""
    return Counter(json.loads(record.value or b"")["message_id"] for record in records(settings, NORMALIZED))


def refused(settings: Settings) -> set[int]:
    """Posts that are dead letters."""
    return {json.loads(letter.value or b"")["message_id"] for letter in records(settings, DEAD_LETTERS)}


def judged(settings: Settings) -> set[int]:
    """Posts with a verdict."""
    return {int((record.key or b"").split(b":")[2]) for record in records(settings, DUPLICATES)}


def not_judged(settings: Settings) -> set[int]:
    """Posts of fingerprints that are dead letters: those of a slice share one record."""
    batches = [FingerprintBatch.read(letter.value or b"") for letter in records(settings, DEAD_LETTERS)]
    return {post.message_id for batch in batches for post in batch.posts}


def poisoned_letters(letters: list[DeadLetter]) -> set[tuple[str, RejectReason]]:
    return {(letter.stage, letter.reason) for letter in letters}


@pytest.mark.parametrize("supervised", ["analyze:spin", "analyze:backtrack", "analyze:wait"], indirect=True)
def test_a_post_that_can_be_broken_off_costs_no_restart(
    settings: Settings, supervised: Supervised, tmp_path: Path
) -> None:
    publish(settings)
    wait_until_all_are_out(supervised, tmp_path / "log", lambda: {*analyzed(settings), *refused(settings)})
    assert analyzed(settings) == Counter(set(GOOD) - set(POISONED)), "each of the others once"
    letters = described(settings)
    assert poisoned_letters(letters) == {("analyze", RejectReason.TIME_BUDGET)}
    assert len(letters) == len(POISONED)
    assert set(supervised.codes) <= {STARVED}, "none for its posts"
    assert supervised.stop() == 0


@pytest.mark.parametrize("supervised", ["analyze:hold_the_lock"], indirect=True)
def test_a_post_that_cannot_be_broken_off_is_found_over_restarts(
    settings: Settings, supervised: Supervised, tmp_path: Path
) -> None:
    publish(settings)
    log = tmp_path / "log"
    wait_until_all_are_out(supervised, log, lambda: {*analyzed(settings), *refused(settings)})
    assert set(analyzed(settings)) == set(GOOD) - set(POISONED)
    assert refused(settings) == set(POISONED)
    require_few_restarts(settings, supervised, "analyze", GUARD, log)


@pytest.mark.parametrize(
    ("supervised", "codes"), [("dedup:hold_the_lock", GUARD), ("dedup:spin", {74})], indirect=["supervised"]
)
def test_fingerprints_that_cannot_be_folded_are_found_over_restarts_and_left_out_of_each_rebuild(
    settings: Settings, supervised: Supervised, codes: set[int], tmp_path: Path
) -> None:
    """They stay in the log, which each worker that gets the partition reads."""
    publish(settings)
    log = tmp_path / "log"
    wait_until_all_are_out(supervised, log, lambda: judged(settings) | not_judged(settings))
    assert set(analyzed(settings)) == set(GOOD)
    assert not_judged(settings) >= set(POISONED)
    require_few_restarts(settings, supervised, "dedup", codes, log)
    next_one = len(GOOD) + 1
    publish(settings, [next_one])
    supervised.keep_up()  # it was stopped: what was committed is folded again, without what takes too long
    wait_until_all_are_out(supervised, log, lambda: judged(settings) | not_judged(settings), next_one)
    assert next_one in judged(settings)
    assert set(supervised.codes) <= codes | {0, STARVED}


def require_few_restarts(settings: Settings, supervised: Supervised, stage: str, codes: set[int], log: Path) -> None:
    assert poisoned_letters(described(settings)) == {(stage, RejectReason.TIME_BUDGET)}
    last = supervised.stop()
    assert last == 0 or stage == "dedup", "who ended in dedup analyzes posts again, and has them to fold again"
    all_ends = [*supervised.codes, last]
    ends = [code for code in all_ends if code not in {0, STARVED}]
    assert set(ends) <= codes
    assert len(ends) <= 2 * len(POISONED), "in a slice, and alone"
    lines = log.read_text()
    assert "poisonous road" not in lines
    if codes == GUARD:
        assert "hold_the_lock" in lines, "where it hung"
    counts = json.loads((settings.worker.data_dir / "exits.json").read_text())["exits"]
    counted = len(ends) - (last == -signal.SIGPROF)  # the next worker counts the end of the last one
    also_otherwise = len(all_ends) - len(ends)  # it was stopped, or got no CPU, while it ended by a post
    assert counted <= counts["budget"] <= counted + also_otherwise
    assert counts.keys() <= {"budget", "delivery"}
