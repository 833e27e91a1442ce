"""Flat records: a row is its source record, without nesting, without NUL, and of the types that engines are given."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from benchmarks.generator import generate
from processors.core.flat import flat_outputs
from processors.core.routing import Output, direct_outputs
from processors.in_process import DirectPipeline
from processors.loading import load_analyzer
from schemas import (
    Channel,
    DuplicateRecord,
    Lane,
    Language,
    Link,
    Media,
    MediaKind,
    NormalizedPost,
    PostSource,
    Provenance,
    RawPost,
    Span,
    post_key,
)
from schemas.contract.engines import columns, connect_schema
from schemas.contract.examples import EXAMPLES
from schemas.flat import ColumnType, FlatPost, FlatRecord
from schemas.topics import DUPLICATES, FLAT_TOPICS, NORMALIZED, TOPICS
from tests.support.flat_rows import SOURCES, Kept, Row, expected, fold, without_json

LIST = """Foreign press on the harbour:

🔹 The Financial Times notes that trade "will need weeks" to recover.
🔹 Reuters reports that the first ferry sails on Sunday.
🔹 Le Monde writes that the port authority was warned."""

SPEC = {
    "posts.flat": {
        "string": ["key", "revision", "text", "language_code", "lane", "source_kind", "pipeline_version"],
        "int64": ["channel_id", "message_id", "rank_us"],
        "int32": ["rank_class", "text_length", "quote_count", "citation_count", "media_count"],
        "boolean": ["is_forward"],
        "boolean?": ["has_exact_counts"],
        "json": ["hashtags", "links", "media"],
        "string?": ["channel_username", "channel_title", "script", "source_name", "headline"],
        "time?": ["posted_at", "edited_at", "collected_at"],
        "double?": ["language_confidence"],
        "int64?": ["album_id", "view_count", "forward_count", "reply_count"],
    },
    "quotes.flat": {
        "string": ["key", "post_key", "outlet_name", "kind", "text"],
        "int32": ["ordinal"],
        "int64": ["channel_id"],
        "json": ["outlets"],
        "string?": ["outlet_id", "cue"],
        "time?": ["posted_at"],
    },
    "citations.flat": {
        "string": ["key", "post_key", "outlet_name", "kind", "text"],
        "int32": ["ordinal"],
        "int64": ["channel_id"],
        "json": ["outlets"],
        "string?": ["outlet_id", "cue"],
        "time?": ["posted_at"],
    },
    "duplicates.flat": {
        "string": ["key", "revision"],
        "string?": ["duplicate_of", "duplicate_kind"],
        "double?": ["similarity"],
    },
}
"""The columns, as they were agreed on with the engines; a question mark: null is allowed."""


@pytest.fixture(scope="module")
def outputs() -> list[Output]:
    """All records of posts, copies, edits, a media-quote list that shrinks, deletions and a return."""
    pipeline = DirectPipeline(load_analyzer())
    raws = list(generate(300, 7))
    raws += [_later(raw, text=f"{raw.text}\n\nUPD: the harbour is closed again.") for raw in raws[:60]]
    raws.append(_list_post(LIST))
    raws.append(_later(_list_post(LIST.rpartition("\n")[0])))
    raws += [_later(_later(raw), is_deleted=True, text="") for raw in (*raws[20:80], _list_post("", message_id=901))]
    raws += [_later(_later(_later(raws[25])))]
    raws += [_list_post("Ok.", message_id=902)]
    raws += [_list_post("The harbour opens on Monday, Reuters reports, citing the port authority.", message_id=903)]
    return [output for outcome in pipeline.process_all(raws) for output in direct_outputs(outcome)]


def _later(raw: RawPost, **changes: Any) -> RawPost:
    order = (raw.order or 1_900_000_000_000_000) + 1_000_000
    return raw.model_copy(update={"order": order, "lane": Lane.LIVE, **changes})


def _list_post(text: str, message_id: int = 900) -> RawPost:
    return RawPost(
        channel=Channel(id=77, title="Wire"), message_id=message_id, text=text, source=PostSource(kind="test")
    )


def _records(outputs: list[Output], topic: str) -> Iterator[Kept]:
    for output in outputs:
        if output.topic.name == topic:
            yield output.key.encode(), None if output.record is None else output.record.to_json()


@pytest.mark.parametrize("topic", [topic.name for topic in FLAT_TOPICS])
def test_the_rows_are_the_folded_records(outputs: list[Output], topic: str) -> None:
    flat = list(flat_outputs(outputs))
    rows = {key: without_json(row) for key, row in fold(_records(flat, topic)).items()}
    assert rows == expected(topic, fold(_records(outputs, SOURCES[topic])))
    assert len(rows) > {"quotes.flat": 5, "citations.flat": 0}.get(topic, 200)


def test_every_record_has_its_row_in_the_same_order(outputs: list[Output]) -> None:
    flat_of = {source: flat for flat, source in SOURCES.items()}
    sources = [(flat_of[output.topic.name], output.key) for output in outputs]
    assert [(output.topic.name, output.key) for output in flat_outputs(outputs)] == sources


def test_a_quote_that_is_withdrawn_and_a_post_that_is_deleted_leave_nothing(outputs: list[Output]) -> None:
    flat = list(flat_outputs(outputs))
    assert sorted(key for key in fold(_records(flat, "quotes.flat")) if key.startswith("tg:77:900:")) == [
        "tg:77:900:0",
        "tg:77:900:1",
    ]
    deleted = {key for key, row in fold(_records(outputs, "posts.normalized")).items() if row["type"] == "tombstone"}
    assert len(deleted) > 50
    for topic in ("posts.flat", "duplicates.flat"):
        assert not deleted & fold(_records(flat, topic)).keys()


def test_every_topic_of_records_about_posts_has_a_flat_one() -> None:
    """But counts: the last ones of a post are in posts.counters alone."""
    of_posts = {topic.name for topic in TOPICS if topic.key in {"post key", "quote key", "citation key"}}
    of_posts -= {"posts.states", "posts.counters"}
    assert set(SOURCES.values()) == of_posts
    assert {topic.name for topic in FLAT_TOPICS} == set(SOURCES)


@pytest.mark.parametrize("topic", FLAT_TOPICS, ids=lambda topic: topic.name)
def test_the_columns_are_those_that_were_agreed_on(topic: Any) -> None:
    (model,) = topic.values
    found: dict[str, list[str]] = {}
    for column in columns(model):
        found.setdefault(column.type.value + "?" * column.is_nullable, []).append(column.name)
    assert {kind: sorted(names) for kind, names in found.items()} == {
        kind: sorted(names) for kind, names in SPEC[topic.name].items()
    }


_FITS: dict[ColumnType, Any] = {
    ColumnType.STRING: lambda value: isinstance(value, str),
    ColumnType.JSON: lambda value: isinstance(json.loads(value), list),
    ColumnType.TIME: lambda value: value.endswith("Z") and value[10] == "T",
    ColumnType.INT32: lambda value: type(value) is int and -(2**31) <= value < 2**31,
    ColumnType.INT64: lambda value: type(value) is int and -(2**63) <= value < 2**63,
    ColumnType.DOUBLE: lambda value: isinstance(value, float),
    ColumnType.BOOLEAN: lambda value: isinstance(value, bool),
}


def test_every_value_is_of_the_type_of_its_column(outputs: list[Output]) -> None:
    for output in flat_outputs(outputs):
        if output.record is None:
            continue
        assert isinstance(output.record, FlatRecord)
        row: Row = json.loads(output.record.to_json())
        described = columns(type(output.record))
        assert list(row) == [column.name for column in described]
        assert row["key"] == output.key
        for column in described:
            value = row[column.name]
            assert column.is_nullable if value is None else _FITS[column.type](value), (column, value)


def test_connect_gets_a_field_for_each_column_and_no_other() -> None:
    for topic in FLAT_TOPICS:
        (example,) = (each for each in EXAMPLES if type(each) is topic.values[0])
        fields = connect_schema(topic)["fields"]
        row = json.loads(example.to_json())
        assert [field["field"] for field in fields] == list(row)
        assert {field["field"] for field in fields if not field["optional"]} <= {
            k for k, v in row.items() if v is not None
        }


def test_no_string_holds_a_nul_not_even_as_an_escape_in_json() -> None:
    bad = "a\0b"
    post = NormalizedPost(
        key=post_key(1, 2),
        revision="r",
        channel=Channel(id=1, username=bad, title=bad),
        message_id=2,
        text=bad,
        links=(Link(text=bad, start=0, end=3, url=f"https://example.org/{bad}"),),
        hashtags=(Span(text=f"#{bad}", start=0, end=3),),
        media=(Media(kind=MediaKind.DOCUMENT, file_name=bad),),
        language=Language(code="en"),
        provenance=Provenance(source=PostSource(kind=bad, name=bad), lane=Lane.LIVE, pipeline_version="1"),
    )
    ((_, _, row),) = flat_outputs([Output(NORMALIZED, post.key, post)])
    assert isinstance(row, FlatPost)
    assert (row.text, row.channel_title, row.text_length) == (
        "a\N{REPLACEMENT CHARACTER}b",
        "a\N{REPLACEMENT CHARACTER}b",
        3,
    )
    assert json.loads(row.links) == ["https://example.org/a\N{REPLACEMENT CHARACTER}b"]
    assert json.loads(row.media)[0]["file_name"] == "a\N{REPLACEMENT CHARACTER}b"
    assert b"u0000" not in row.to_json()


def test_a_backslash_that_only_looks_like_a_nul_stays() -> None:
    post = NormalizedPost(
        key=post_key(1, 2),
        revision="r",
        channel=Channel(id=1),
        message_id=2,
        text="",
        hashtags=(Span(text=r"#\u0000", start=0, end=3),),
        language=Language(code="en"),
        provenance=Provenance(source=PostSource(kind="test"), lane=Lane.LIVE, pipeline_version="1"),
    )
    ((_, _, row),) = flat_outputs([Output(NORMALIZED, post.key, post)])
    assert isinstance(row, FlatPost)
    assert json.loads(row.hashtags) == [r"#\u0000"]


@pytest.mark.parametrize(
    "change", [{"text": "a\0"}, {"text_length": 1 << 31}, {"rank_us": 1 << 63}, {"posted_at": "now"}]
)
def test_what_an_engine_would_refuse_is_not_sent(change: dict[str, Any]) -> None:
    (example,) = (each for each in EXAMPLES if isinstance(each, FlatPost))
    with pytest.raises(ValidationError):
        FlatPost.model_validate(dict(example) | change)


def test_a_verdict_that_ends_a_link_is_a_row_without_one() -> None:
    record = DuplicateRecord(key="tg:1:2", revision="r", duplicate=None)
    ((topic, key, row),) = flat_outputs([Output(DUPLICATES, "tg:1:2", record)])
    assert (topic.name, key) == ("duplicates.flat", "tg:1:2")
    assert row is not None
    assert json.loads(row.to_json()) == {
        "key": "tg:1:2",
        "duplicate_of": None,
        "duplicate_kind": None,
        "similarity": None,
        "revision": "r",
    }
