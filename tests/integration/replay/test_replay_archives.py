"""A replay of a mixed folder, stopped again and again: each post once, in order, whatever it is packed in."""

import bz2
import gzip
import io
import json
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ingest.publish import MemoryPublisher
from ingest.publish.metrics import IngestMetrics
from ingest.replay.cursors import Cursors
from ingest.replay.engine import Replay, ReplayProgress, Summary
from ingest.sources import ReadOptions, Source, open_sources
from ingest.sources.base import NoPostKind
from ingest.sources.containers.zstd_library import zstd
from ingest.sources.selection import PostLimit, SelectedSource, Selection
from schemas import Lane
from tests.contract.sources.test_packed_source import tarred, zipped
from tests.contract.sources.test_tdl_source import BAD, MESSAGES, export


def _tdl(channel_id: int, count: int = 30) -> bytes:
    messages = [{"id": n, "type": "message", "file": "", "date": 1_780_000_000 + n, "text": f"text {n}"}
                for n in range(count, 0, -1)]  # fmt: skip
    return json.dumps({"id": channel_id, "messages": messages}).encode()


def _lines(channel_id: int, count: int = 30) -> bytes:
    lines = [{"channel_id": channel_id, "message_id": n, "text": f"text {n}"} for n in range(1, count + 1)]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "archives"
    folder.mkdir()
    files = {
        "a.json": _tdl(1),
        "b.jsonl.gz": gzip.compress(_lines(2)),
        "c.zip": zipped({"x/a.json": _tdl(3), "x/b.jsonl": _lines(4), "photos/p.jpg": b"\xff\xd8"}),
        "d.tar.bz2": bz2.compress(tarred({"x/a.json": _tdl(5), "x/b.json.zst": zstd.compress(_tdl(6))})),
        "e.txt": b"a seed",
        "f.jsonl": _lines(7),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def _replay(publisher: MemoryPublisher, sources: list[Source], state: Path, stop_after: int | None = None) -> Summary:
    left = stop_after

    def stop(_: ReplayProgress) -> None:
        nonlocal left
        if left is not None:
            left -= 1
            if left <= 0:
                engine.stop()

    with Cursors(state) as cursors:
        metrics = IngestMetrics(CollectorRegistry())
        engine = Replay(publisher, cursors, metrics, Lane.BACKFILL, on_progress=stop)
        return engine.run(sources)


def _sources(folder: Path) -> list[Source]:
    return open_sources(folder, ReadOptions(), io.BytesIO()).sources


@pytest.mark.parametrize("seed", range(3))
def test_every_post_is_published_once(folder: Path, tmp_path: Path, seed: int) -> None:
    whole = MemoryPublisher()
    _replay(whole, _sources(folder), tmp_path / "whole")
    assert len(whole.records) == 30 * 7 + 1
    draws, found, runs = random.Random(seed), [], 0
    while True:
        publisher = MemoryPublisher()
        summary = _replay(publisher, _sources(folder), tmp_path / "state", stop_after=draws.randrange(2, 40))
        found += publisher.records
        runs += 1
        if summary.is_complete and not publisher.records:
            break
        assert runs < 200
    assert found == whole.records


def test_a_part_of_an_archive_has_a_cursor_of_its_own(folder: Path, tmp_path: Path) -> None:
    def part(since: datetime | None, limit: int | None = None, variant: str = "") -> tuple[list[bytes], Summary]:
        publisher = MemoryPublisher()
        chosen = [SelectedSource(each, Selection(since=since), PostLimit(limit), variant)
                  for each in _sources(folder / "a.json")]  # fmt: skip
        summary = _replay(publisher, list(chosen), tmp_path / "state")
        return [key for key, _ in publisher.records], summary

    since = datetime.fromtimestamp(1_780_000_021, UTC)
    keys, summary = part(since)
    assert (len(keys), summary.no_posts) == (10, {NoPostKind.FILTERED: 20})
    assert part(since)[0] == []
    assert len(part(None, limit=7)[0]) == 7
    assert len(part(None)[0]) == 23
    assert part(None)[0] == []
    assert len(part(None, variant="timezone=UTC+3")[0]) == 30


def test_each_file_is_counted(folder: Path, tmp_path: Path) -> None:
    (folder / "bad.json").write_bytes(export([MESSAGES[0], BAD[0], BAD[1], MESSAGES[2]]))
    summary = _replay(MemoryPublisher(), _sources(folder), tmp_path / "state")
    counts = {tally.source.name: (tally.posts, tally.rejected) for tally in summary.files}
    assert counts["archives/bad.json"] == (2, 2)
    assert counts["archives/d.tar.bz2/x/b.json.zst"] == (30, 0)
    assert summary.rejected == 2
    assert Counter(tally.posts for tally in summary.files) == {30: 7, 1: 1, 2: 1}
    again = _replay(MemoryPublisher(), _sources(folder), tmp_path / "state")
    assert [(tally.posts, tally.skipped) for tally in again.files if tally.source.name == "archives/bad.json"] == [
        (0, 4)
    ]
