"""Records of the log of fingerprints that nobody can read, over a real broker: no worker is the worse for it."""

from pathlib import Path

import pytest

from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.homes import EPOCH
from runtime.kafka.topic_reader import read_topic
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import DeadLetter, DuplicateLink, DuplicateRecord, FingerprintBatch, RejectReason
from schemas.topics import DEAD_LETTER_HEADER, DEAD_LETTERS, DUPLICATES, FINGERPRINTS, NORMALIZED
from tests.integration.worker.test_stream import following, post_key, publish, publish_posts, records
from tests.support.patience import end

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("topics")]


@pytest.fixture
def settings(kafka_settings: KafkaSettings, session_s: float, tmp_path: Path) -> Settings:
    worker = WorkerSettings(
        group=kafka_settings.topic_prefix + "group", data_dir=tmp_path / "worker", session_timeout_s=session_s
    )
    return Settings(kafka=kafka_settings, worker=worker, log=LogSettings(format="json"))


def test_unreadable_fingerprints_are_dead_letters_once_and_every_worker_goes_on(
    settings: Settings, tmp_path: Path
) -> None:
    publish_posts(settings, range(20))
    with following(settings, tmp_path) as follower:
        follower.wait_for(lambda: len(follower.keys) == 20)
        assert end(follower.worker) == 0
    log = list(read_topic(settings.kafka, FINGERPRINTS))
    partition = log[0].partition
    known = sum(record.partition == partition for record in log)
    newer = FingerprintBatch(VERSION + 1, EPOCH).to_bytes()
    bad = [(None, newer), (b"tg:9:8", None), (b"\xff", b"\x00")]
    publish(settings, FINGERPRINTS, iter(bad), partition=partition)

    for number, folder in ((20, "worker"), (30, "worker"), (40, "elsewhere")):
        new = settings.worker.model_copy(update={"data_dir": tmp_path / folder})
        publish_posts(settings, range(number, number + 10))
        with following(settings.model_copy(update={"worker": new}), tmp_path / str(number)) as follower:
            follower.wait_for(lambda: len(follower.keys) == number + 10)  # noqa: B023 - called within the loop
            follower.wait_for(lambda: len(verdicts(settings)) == number + 10)  # noqa: B023
            assert end(follower.worker) == 0
        lines = (tmp_path / str(number) / "worker.log").read_text()
        is_read_again = number != 20  # below the commit, and no snapshot was taken meanwhile
        assert ("fingerprints cannot be used" in lines) == is_read_again
        if is_read_again:
            assert f'"partition": {partition}, "offset": {known}' in lines

    letters = records(settings, DEAD_LETTERS)
    assert [(letter.key, letter.value) for letter in letters] == bad
    headers = [DeadLetter.model_validate_json(dict(letter.headers)[DEAD_LETTER_HEADER]) for letter in letters]
    assert [(each.topic, each.partition, each.stage, each.offset) for each in headers] == [
        (FINGERPRINTS.name, partition, "dedup", known + number) for number in range(3)
    ]
    assert [each.reason for each in headers] == [
        RejectReason.UNKNOWN_SCHEMA_VERSION,
        RejectReason.INVALID_FIELD,
        RejectReason.INVALID_FIELD,
    ]
    assert {record.key for record in records(settings, NORMALIZED)} == {post_key(number) for number in range(50)}
    repeats = {key: link.of.encode() for key, link in verdicts(settings).items() if link is not None}
    assert repeats == {post_key(number): post_key(number - 9) for number in range(9, 50, 10)}


def verdicts(settings: Settings) -> dict[bytes | None, DuplicateLink | None]:
    """What each post repeats."""
    return {
        record.key: DuplicateRecord.model_validate_json(record.value or b"").duplicate
        for record in records(settings, DUPLICATES)
    }
