"""A replay of a folder of mixed archives, killed at random moments and started again: each post once.

``KILLS=20 pytest tests/chaos/replay/test_archive_kills.py`` is the long form.
"""

import gzip
import io
import json
import os
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from ingest.sources.containers.zstd_library import zstd
from runtime.kafka.group_lag import group_lag
from runtime.kafka.topic_reader import read_topic
from runtime.kafka.topics import create_topics, delete_topics
from runtime.run_files import running
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import HttpSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import Channel, Lane, PostSource, RawPost
from schemas.topics import DEAD_LETTERS, NORMALIZED, RAW_BACKFILL
from tests.support.patience import DEADLINE_S, KAFKA_POLL_S, SESSION_S
from tests.support.warm_process import environment_of, start, worker_process

KILLS = int(os.environ.get("KILLS", "3"))
SEED = 1
RATE = 150
"""Posts a second, so that a replay is still at work when it is killed."""
LIFE_S = 1.0
"""At most, from the start of publishing to the kill."""
UNACKNOWLEDGED = RATE
"""Posts that are published again after a kill, at most: the cursor is stored every 0.2 s, on a busy machine later."""
BEGAN = datetime(2024, 5, 1, tzinfo=UTC)

pytestmark = pytest.mark.integration


def test_a_replay_killed_at_random_moments_publishes_each_post_once(
    kafka_settings: KafkaSettings, tmp_path: Path
) -> None:
    settings = _settings(kafka_settings, tmp_path)
    count = int(KILLS * RATE * LIFE_S / 2)  # of each of five channels: it takes longer than all lives together
    _write_archives(tmp_path / "archives", count)
    expected = {f"tg:{channel}:{number}" for channel in range(7001, 7006) for number in range(1, count + 1)}
    random = Random(SEED)
    create_topics(settings.kafka)
    try:
        exits = [_replay(settings, tmp_path, random.uniform(0.0, LIFE_S)) for _ in range(KILLS)]
        assert -9 in exits
        assert set(exits) <= {-9, 0}, "on a busy machine the last one may end before it is killed"
        assert _replay(settings, tmp_path, None) == 0, (tmp_path / "replay.log").read_text()
        published = sum(1 for _ in read_topic(settings.kafka, RAW_BACKFILL))
        assert len(expected) <= published <= len(expected) + KILLS * UNACKNOWLEDGED
        with worker_process(settings, tmp_path / "worker.log"):
            _until_taken(settings)
        records = defaultdict[str, set[bytes | None]](set)
        for record in read_topic(settings.kafka, NORMALIZED):
            records[(record.key or b"").decode()].add(record.value)
        assert set(records) == expected
        assert max(map(len, records.values())) == 1, "what is published again gives the same record"
        assert list(read_topic(settings.kafka, DEAD_LETTERS)) == []
    finally:
        delete_topics(settings.kafka)


def _settings(kafka: KafkaSettings, folder: Path) -> Settings:
    return Settings(
        kafka=kafka,
        ingest=IngestSettings(state_dir=folder / "state"),
        worker=WorkerSettings(
            group=kafka.topic_prefix + "group", data_dir=folder / "worker", session_timeout_s=SESSION_S
        ),
        http=HttpSettings(port=0),
    )


def _replay(settings: Settings, folder: Path, life_s: float | None) -> int:
    """Run the command; kill it so long after it began to publish, or wait for its end. Its exit code."""
    command = ["tgwire", "replay", str(folder / "archives")]
    if life_s is not None:
        command += ["--rate", str(RATE)]
    with (folder / "replay.log").open("ab") as log:
        child = start(*command, env=environment_of(settings), stdout=log, stderr=log)
    try:
        if life_s is not None:
            deadline = time.monotonic() + DEADLINE_S
            while child.poll() is None and not any(
                each.pid == child.pid for each in running(settings.ingest.state_dir)
            ):
                assert time.monotonic() < deadline
                time.sleep(0.02)
            time.sleep(life_s)  # the moment of the fault
            child.kill()
        return child.wait(DEADLINE_S)
    finally:
        child.kill()
        child.wait()


def _until_taken(settings: Settings) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while any(group_lag(settings.kafka, settings.worker.group).values()):
        assert time.monotonic() < deadline
        time.sleep(KAFKA_POLL_S)


def _write_archives(folder: Path, count: int) -> None:
    """One channel in each of five files."""
    folder.mkdir()
    (folder / "export").mkdir()
    (folder / "export" / "result.json").write_text(json.dumps(_tdesktop(7001, count), indent=1, ensure_ascii=False))
    (folder / "tdl.json.gz").write_bytes(gzip.compress(json.dumps(_tdl(7002, count)).encode()))
    (folder / "posts.jsonl.zst").write_bytes(zstd.compress(_lines(7003, count)))
    (folder / "plain.jsonl").write_bytes(_lines(7004, count))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/result.json", json.dumps(_tdesktop(7005, count)))
    (folder / "more.zip").write_bytes(packed.getvalue())


def _texts(channel: int, count: int) -> Iterator[tuple[int, int, str]]:
    """Number, seconds since 1970, text."""
    for number in range(1, count + 1):
        yield number, int(BEGAN.timestamp()) + 60 * number, f"Ferry {channel} left the harbour on trip {number}."


def _tdesktop(channel: int, count: int) -> dict[str, object]:
    messages = [
        {"id": number, "type": "message", "date": datetime.fromtimestamp(second, UTC).isoformat()[:19],
         "date_unixtime": str(second), "from": "Ferries", "from_id": f"channel{channel}", "text": text,
         "text_entities": [{"type": "plain", "text": text}]}
        for number, second, text in _texts(channel, count)
    ]  # fmt: skip
    return {"name": "Ferries", "type": "public_channel", "id": channel, "messages": messages}


def _tdl(channel: int, count: int) -> dict[str, object]:
    messages = [
        {"id": number, "type": "message", "file": "", "date": second, "text": text}
        for number, second, text in _texts(channel, count)
    ]
    return {"id": channel, "messages": messages}


def _lines(channel: int, count: int) -> bytes:
    posts: Sequence[RawPost] = [
        RawPost(
            channel=Channel(id=channel),
            message_id=number,
            posted_at=datetime.fromtimestamp(second, UTC),
            text=text,
            source=PostSource(kind="test"),
            lane=Lane.BACKFILL,
        )
        for number, second, text in _texts(channel, count)
    ]
    return b"".join(post.to_json() + b"\n" for post in posts)
