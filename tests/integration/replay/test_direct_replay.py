"""A replay without Kafka: posts go through by slices, and their records are those of one post after the other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from ingest.errors import SourceUnreadableError
from ingest.sources.base import Position, Rejected, SourceItem
from ingest.sources.json_lines.format import json_lines_source
from processors.core.pipeline import Analyzer
from processors.loading import load_analyzer
from schemas import Channel, Lane, NormalizedPost, PostSource, RawPost, RejectReason
from tgwire.errors import OutputExistsError
from tgwire.processes.direct_replay import ANALYZED_TOGETHER, SETTLED_TOGETHER, replay_direct


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return load_analyzer()


@dataclass
class Archive:
    """A source that breaks off after its posts, or not."""

    posts: list[RawPost]
    is_broken: bool = False
    kind: str = "test"
    name: str = "archive"
    identity: str | None = None
    path: Path | None = None
    total_bytes: int | None = None
    bytes_read: int = 0
    warnings: list[str] = field(default_factory=list)

    def read(self, after: Position | None = None) -> Iterator[SourceItem]:
        for post in self.posts:
            yield SourceItem(post, None)
        if self.is_broken:
            raise SourceUnreadableError(self.name)


def _post(number: int) -> RawPost:
    text = f"The harbour was closed in the night of storm number {number}."
    return RawPost(channel=Channel(id=1), message_id=number, text=text, source=PostSource(kind="test"))


def _written(folder: Path) -> list[Any]:
    lines = (folder / "posts.normalized.jsonl").read_bytes().splitlines()
    return [orjson.loads(line)["message_id"] for line in lines]


@pytest.mark.parametrize(
    "count", [0, 1, ANALYZED_TOGETHER, ANALYZED_TOGETHER + 1, SETTLED_TOGETHER * ANALYZED_TOGETHER // 2 + 1]
)
def test_every_post_is_written_in_order_and_a_repeat_again(analyzer: Analyzer, tmp_path: Path, count: int) -> None:
    posts = [_post(number) for number in range(1, count + 1)]
    summary = replay_direct([Archive([*posts, *posts])], analyzer, tmp_path)
    assert _written(tmp_path) == [*range(1, count + 1)] * 2
    verdicts = (tmp_path / "posts.duplicates.jsonl").read_bytes().splitlines()
    assert [orjson.loads(line)["key"] for line in verdicts] == [f"tg:1:{post.message_id}" for post in [*posts, *posts]]
    assert (summary.read, summary.published) == (2 * count, 2 * count)


def test_a_post_shows_what_it_repeats_whatever_its_text_holds(analyzer: Analyzer, tmp_path: Path) -> None:
    text = '{"duplicate":null,"forward":null} is what the harbour sent to the ferries on the night of the great storm.'
    posts = [
        RawPost(channel=Channel(id=channel), message_id=1, text=text, source=PostSource(kind="test"))
        for channel in (1, 2)
    ]
    replay_direct([Archive(posts)], analyzer, tmp_path)
    lines = (tmp_path / "posts.normalized.jsonl").read_bytes().splitlines()
    written = [NormalizedPost.model_validate_json(line) for line in lines]
    assert [post.duplicate and post.duplicate.of for post in written] == [None, "tg:1:1"]
    assert [post.text for post in written] == [text] * 2
    assert [post.to_json() for post in written] == lines


def test_a_post_of_a_pipe_is_not_encoded_for_nobody(
    analyzer: Analyzer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[RawPost] = []
    monkeypatch.setattr(RawPost, "to_json", lambda post: encoded.append(post))
    replay_direct([Archive([_post(1)])], analyzer, tmp_path)
    assert (_written(tmp_path), encoded) == ([1], [])


def test_what_came_before_a_fault_is_written(analyzer: Analyzer, tmp_path: Path) -> None:
    sources = [Archive([_post(1), _post(2)], is_broken=True), Archive([_post(3)])]
    summary = replay_direct(sources, analyzer, tmp_path)
    assert _written(tmp_path) == [1, 2, 3]
    assert len(summary.failed_sources) == 1


def test_a_rejected_line_is_named_before_the_next_one_is_waited_for(analyzer: Analyzer, tmp_path: Path) -> None:
    named: list[Rejected] = []
    named_by_then: list[int] = []

    class Pipe(Archive):
        def read(self, after: Position | None = None) -> Iterator[SourceItem]:
            yield SourceItem(Rejected("stdin", RejectReason.INVALID_FIELD, "holds no text"), None)
            named_by_then.append(len(named))
            yield SourceItem(_post(1), None)

    replay_direct([Pipe([])], analyzer, tmp_path, on_rejected=named.append, is_next_there=lambda _: False)
    assert named_by_then == [1]
    assert _written(tmp_path) == [1]


@pytest.mark.parametrize("name", ["posts.normalized.jsonl", "quotes.jsonl", "posts.duplicates.jsonl"])
def test_an_input_among_the_outputs_is_refused_and_stays(analyzer: Analyzer, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"text": "a post"}\n')
    for spelling in (path, tmp_path / "." / ".." / tmp_path.name / name):
        source = json_lines_source(spelling, name, Lane.BACKFILL)
        with pytest.raises(OutputExistsError, match="is an input"):
            replay_direct([source], analyzer, tmp_path, overwrite=True)
    assert path.read_text() == '{"text": "a post"}\n'


def test_an_earlier_run_is_replaced_on_demand_alone(analyzer: Analyzer, tmp_path: Path) -> None:
    replay_direct([Archive([_post(1)])], analyzer, tmp_path)
    with pytest.raises(OutputExistsError, match=r"posts\.normalized\.jsonl: exists; .*--force"):
        replay_direct([Archive([_post(2)])], analyzer, tmp_path)
    assert _written(tmp_path) == [1]
    replay_direct([Archive([_post(2)])], analyzer, tmp_path, overwrite=True)
    assert _written(tmp_path) == [2]


def test_an_interrupted_run_leaves_no_file(analyzer: Analyzer, tmp_path: Path) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    lines = tmp_path / "in.jsonl"
    lines.write_text('{"text": "a post"}\n')
    with pytest.raises(KeyboardInterrupt):
        replay_direct(
            [json_lines_source(lines, "in", Lane.BACKFILL)], analyzer, tmp_path / "out", on_progress=interrupt
        )
    assert list((tmp_path / "out").iterdir()) == []
