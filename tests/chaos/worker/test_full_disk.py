"""A disk without room under the collector's cursors: the replay ends with an error, and the next one loses nothing."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.kafka.topic_reader import read_topic
from runtime.kafka.topics import create_topics
from runtime.settings.collect import IngestSettings
from runtime.settings.tree import Settings
from schemas import Channel, Lane, PostSource, RawPost
from schemas.topics import RAW_BACKFILL
from tests.support.patience import DEADLINE_S
from tgwire.local_broker import start_broker
from tgwire.processes.child import environment

POSTS = 3000

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("apache")]


def replay(settings: Settings, archive: Path, *, file_limit: int | None) -> subprocess.CompletedProcess[str]:
    """``tgwire replay`` in a process that may write no file past a size, as if the disk had no more room."""

    def limit() -> None:
        if file_limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    return subprocess.run(
        [sys.executable, "-m", "tgwire", "replay", str(archive)],
        env=os.environ | environment(settings),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def published(settings: Settings) -> set[int]:
    """Message ids on the topic."""
    records = read_topic(settings.kafka, RAW_BACKFILL)
    return {RawPost.model_validate_json(record.value or b"").message_id for record in records}


def test_a_replay_without_room_for_its_cursor_loses_nothing(tmp_path: Path) -> None:
    archive = tmp_path / "archive.jsonl"
    source = PostSource(kind="chaos")
    with archive.open("w") as file:
        for number in range(1, POSTS + 1):
            post = RawPost(channel=Channel(id=7), message_id=number, text="text", source=source, lane=Lane.BACKFILL)
            file.write(post.model_dump_json() + "\n")
    with start_broker("apache") as broker:
        create_topics(broker.settings())
        settings = Settings(kafka=broker.settings(), ingest=IngestSettings(state_dir=tmp_path / "state"))
        failed = replay(settings, archive, file_limit=1000)
        assert failed.returncode not in (0, 1), failed.stderr
        assert "Traceback" not in failed.stderr
        assert str(tmp_path / "state") in failed.stderr
        again = replay(settings, archive, file_limit=None)
        assert again.returncode == 0, again.stderr
        assert published(settings) == set(range(1, POSTS + 1))
