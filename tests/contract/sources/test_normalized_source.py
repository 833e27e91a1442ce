"""Our own normalized records, read back."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import orjson
import pytest

from ingest.errors import SourceNotFoundError
from ingest.sources import Source, open_sources
from ingest.sources.options import ReadOptions
from processors.in_process import DirectPipeline
from processors.loading import load_analyzer
from runtime.settings.analysis import LanguageSettings, QuoteSettings
from schemas import (
    Channel,
    Counters,
    EntityKind,
    ForwardOrigin,
    Media,
    MediaKind,
    PostSource,
    RawPost,
    Reply,
    TextEntity,
)
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

SOURCE = PostSource(kind="tdl", name="a.json", position=3)
RAW = RawPost(
    channel=Channel(id=1234567890, username="wirenews", title="Wire News"),
    message_id=42,
    posted_at=datetime(2024, 5, 1, 12, tzinfo=UTC),
    edited_at=datetime(2024, 5, 1, 13, tzinfo=UTC),
    text="Ціни &amp; новини\r\n\r\nhttps://example.org 😅 \u200bкінець",
    entities=(TextEntity(kind=EntityKind.BOLD, start=0, end=4),),
    media=(Media(kind=MediaKind.PHOTO, id="77"),),
    forward=ForwardOrigin(channel_username="origin_news", message_id=9),
    reply_to=Reply(message_id=41),
    album_id=-5,
    counters=Counters(views=5, reactions={"👍": 2}),
    source=SOURCE,
)
DELETED = RawPost(
    channel=RAW.channel,
    message_id=43,
    is_deleted=True,
    last_seen_at=datetime(2024, 5, 1, 14, 30, tzinfo=UTC),
    source=SOURCE,
)


def normalized(*raws: RawPost) -> list[bytes]:
    pipeline = DirectPipeline(load_analyzer(LanguageSettings(), QuoteSettings()))
    return [outcome.record.to_json() + b"\n" for outcome in pipeline.process_all(list(raws))]


POST, TOMBSTONE = normalized(RAW, DELETED)
COLLECTED = RAW.model_copy(
    update={"order": 1_714_568_400_000_000, "collected_at": datetime(2024, 5, 1, 13, tzinfo=UTC)}
)


class TestNormalized(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "lines": Case({"posts.normalized.jsonl": POST + TOMBSTONE}, posts=2, encodings=("utf-8-sig", "utf-16")),
        "tombstone first": Case({"a.ndjson": TOMBSTONE + POST}, posts=2),
        "broken lines": Case(
            {
                "a.jsonl": POST
                + POST.replace(b'"message_id":42', b'"message_id":0')
                + POST.replace(b'"schema_version":1', b'"schema_version":9')
                + POST.replace(b'"start":0,"end":4', b'"start":"x","end":4')
                + POST[:80]
                + b"\n"
                + TOMBSTONE
            },
            posts=2,
            rejected=4,
        ),
        "cut": Case({"a.jsonl": POST + TOMBSTONE[:-10]}, posts=1, rejected=1, has_open_end=True),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        raws = [RAW.model_copy(update={"message_id": number, "text": text, "entities": ()}) for number, text in given]
        return {"a.jsonl": b"".join(normalized(*raws))}

    def test_everything_but_what_is_derived_comes_back(self, tmp_path: Path) -> None:
        first, second = read(tmp_path, POST + TOMBSTONE)
        record = orjson.loads(POST)
        assert first.text == record["text"]
        assert first.model_dump(exclude={"text", "entities", "source"}) == RAW.model_dump(
            exclude={"text", "entities", "source"}
        )
        assert first.source == PostSource(kind="normalized", name=f"{tmp_path.name}/a.jsonl", position=1)
        assert (second.message_id, second.is_deleted, second.last_seen_at) == (43, True, DELETED.last_seen_at)

    def test_the_analysis_of_what_comes_back_is_the_same(self, tmp_path: Path) -> None:
        (first, _) = read(tmp_path, POST + TOMBSTONE)
        (again,) = normalized(first)
        one, other = orjson.loads(POST), orjson.loads(again)
        for record in (one, other):
            del record["provenance"], record["revision"]  # a hash of the text before it was cleaned
        assert one == other

    def test_a_collected_state_keeps_its_place(self, tmp_path: Path) -> None:
        (post,) = read(tmp_path, normalized(COLLECTED)[0])
        assert (post.order, post.collected_at) == (COLLECTED.order, COLLECTED.collected_at)

    def test_a_place_later_than_now_is_rejected(self, tmp_path: Path) -> None:
        (line,) = normalized(COLLECTED.model_copy(update={"order": 4_000_000_000_000_000}))
        (tmp_path / "a.jsonl").write_bytes(line)
        (rejected,) = rejections(list(source(tmp_path / "a.jsonl").read()))
        assert rejected.field == "provenance.rank"

    def test_records_of_other_topics_are_passed_over_with_the_reason(self, tmp_path: Path) -> None:
        (tmp_path / "quotes.jsonl").write_bytes(b'{"type":"quote","schema_version":1,"key":"tg:1:2:0"}\n')
        with pytest.raises(SourceNotFoundError, match="quotes, which are found in posts again"):
            open_sources(tmp_path / "quotes.jsonl", ReadOptions(), io.BytesIO())


def source(path: Path) -> Source:
    (found,) = open_sources(path, ReadOptions(), io.BytesIO()).sources
    assert found.kind == "normalized"
    return found


def read(tmp_path: Path, content: bytes) -> list[RawPost]:
    (tmp_path / "a.jsonl").write_bytes(content)
    return posts(list(source(tmp_path / "a.jsonl").read()))
