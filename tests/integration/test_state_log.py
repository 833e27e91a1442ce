"""A record of the state log that nobody can read, over a real broker: one post is the worse for it, no worker."""

from pathlib import Path

import pytest

from schemas import DeadLetter, DuplicateRecord, RejectReason
from schemas.config import KafkaSettings, LogSettings, Settings, WorkerSettings
from schemas.topics import DEAD_LETTER_HEADER, DEAD_LETTERS, DUPLICATES, FINGERPRINTS, NORMALIZED
from tests.integration.test_worker_stream import following, post_key, publish, publish_posts, records
from tgwire.dead_letters import Filter, list_letters
from tgwire.processes import stop
from tgwire.reading import read_topic

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("topics")]


@pytest.fixture
def settings(kafka_settings: KafkaSettings, tmp_path: Path) -> Settings:
    worker = WorkerSettings(group=kafka_settings.topic_prefix + "group", data_dir=tmp_path / "worker")
    return Settings(kafka=kafka_settings, worker=worker, log=LogSettings(format="json"))


def test_unreadable_state_is_set_aside_and_every_worker_goes_on(settings: Settings, tmp_path: Path) -> None:
    publish_posts(settings, range(20))
    with following(settings, tmp_path) as follower:
        follower.wait_for(lambda: len(follower.keys) == 20)
        assert stop(follower.worker) == 0
    (partition,) = {
        record.partition for record in read_topic(settings.kafka, FINGERPRINTS) if record.key == post_key(0)
    }
    known = sum(record.partition == partition for record in read_topic(settings.kafka, FINGERPRINTS))
    bad = [(b"tg:9:9", b'{"type": "fingerprint", "schema_version": 8}'), (b"tg:9:8", None), (b"\xff", b"\x00")]
    publish(settings, FINGERPRINTS, iter(bad), partition=partition)

    for number, folder in ((20, "worker"), (30, "worker"), (40, "elsewhere")):
        new = settings.worker.model_copy(update={"data_dir": tmp_path / folder})
        publish_posts(settings, range(number, number + 10))
        with following(settings.model_copy(update={"worker": new}), tmp_path / str(number)) as follower:
            follower.wait_for(lambda: len(follower.keys) == number + 10)  # noqa: B023 - called within the loop
            assert stop(follower.worker) == 0
        log = (tmp_path / str(number) / "worker.log").read_text()
        is_said = number != 30  # the files of the worker before remember them
        assert ("state record cannot be read" in log) == is_said
        if is_said:
            assert f'"partition": {partition}, "offset": {known}' in log

    letters = records(settings, DEAD_LETTERS)
    assert [(letter.key, letter.value) for letter in letters] == bad * 2, "once by each data folder"
    told = [DeadLetter.model_validate_json(dict(letter.headers)[DEAD_LETTER_HEADER]) for letter in letters]
    assert {(each.topic, each.partition, each.stage) for each in told} == {("posts.fingerprints", partition, "dedup")}
    assert [each.offset for each in told] == [known, known + 1, known + 2] * 2
    assert [each.reason for each in told[:3]] == [
        RejectReason.UNKNOWN_SCHEMA_VERSION,
        RejectReason.INVALID_JSON,
        RejectReason.INVALID_JSON,
    ]
    assert len(list_letters(settings.kafka, Filter(topic="posts.fingerprints"), 10)) == 6
    assert {record.key for record in records(settings, NORMALIZED)} == {post_key(number) for number in range(50)}
    links = {record.key: DuplicateRecord.model_validate_json(record.value or b"").duplicate
             for record in records(settings, DUPLICATES)}  # fmt: skip
    repeats = {key: link.of.encode() for key, link in links.items() if link is not None}
    assert repeats == {post_key(number): post_key(number - 9) for number in range(9, 50, 10)}
