"""JSON of pandas in its layouts, and of scripts that write the same."""

import io
import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ingest.errors import SourceNotFoundError, UnknownColumnsError
from ingest.sources import Source, open_sources
from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.options import ReadOptions
from tests.contract.sources.source_contract import Case, SourceContract, posts

COLUMNS = ["message_id", "channel_id", "date", "text", "views"]
CHANNEL = -1001341930464
TEXTS = ("перший", '"},"2":{"message_id":9,"text":"frame"', "third 😅")
ROWS: list[list[Any]] = [[3 - i, CHANNEL, 1_709_632_807_000 + i, text, 7] for i, text in enumerate(TEXTS)]
WITH_NAN = [[*rest, float("nan")] for *rest, _ in ROWS]
LATER = [[number + 3, *rest] for number, *rest in ROWS]
BAD: list[list[Any]] = [[0, CHANNEL, 1, "a", 7], [9, CHANNEL, 1_709_632_807_000, 5, 7], ["x", CHANNEL, None, "a", 7]]


def dump(value: object, **layout: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, **layout).encode()


def split(rows: list[list[Any]]) -> dict[str, Any]:
    return {"columns": COLUMNS, "index": list(range(len(rows))), "data": rows}


def by_column(rows: list[list[Any]]) -> dict[str, Any]:
    return {column: {str(i): row[at] for i, row in enumerate(rows)} for at, column in enumerate(COLUMNS)}


def by_key(rows: list[list[Any]]) -> dict[str, Any]:
    return {str(i): dict(zip(COLUMNS, row, strict=True)) for i, row in enumerate(rows)}


def by_channel(rows: list[list[Any]]) -> dict[str, Any]:
    return {"wirenews": {str(row[0]): {"date": row[2], "text": row[3]} for row in rows}}


MAPPED = ReadOptions(columns=(("id", "key"), ("text", "text"), ("date", "date"), ("channel", "channel")))


class TestPandasJson(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "split": Case({"a.json": dump(split(ROWS))}, posts=3, encodings=("utf-8-sig", "utf-16")),
        "split, indented": Case({"a.json": dump(split(ROWS), indent=2)}, posts=3),
        "split, bad": Case({"a.json": dump(split([ROWS[0], *BAD, [5], ROWS[2]]))}, posts=2, rejected=4),
        "split, cut": Case({"a.json": dump(split(ROWS))[:-20]}, posts=2, rejected=1, has_open_end=True),
        "split, an open quote": Case(
            {"a.json": dump(split([*ROWS, *LATER])).replace(b'"third', b"third", 1)}, posts=5, rejected=1
        ),
        "split, rows closed": Case(
            {"a.json": dump(split([*ROWS, *LATER])).replace(b'"third', b'"x"]] third', 1)}, posts=5, rejected=2
        ),
        "split, all closed": Case(
            {"a.json": dump(split([*ROWS, *LATER])).replace(b'"third', b'"x"]]} third', 1)}, posts=5, rejected=2
        ),
        "split, a brace": Case(
            {"a.json": dump(split([*ROWS, *LATER])).replace(b'"third', b'"x"} third', 1)}, posts=5, rejected=1
        ),
        "index": Case({"a.json": dump(by_key(ROWS))}, posts=3, encodings=("utf-16",)),
        "index, indented": Case({"a.json": dump(by_key(ROWS), indent=2)}, posts=3),
        "index, bad": Case({"a.json": dump(by_key([ROWS[0], *BAD, ROWS[2]]))}, posts=2, rejected=3),
        "index, broken": Case(
            {"a.json": dump(by_key(ROWS)).replace(b'"views": 7', b'"views": seven', 1)}, posts=2, rejected=1
        ),
        "index, an open quote": Case(
            {"a.json": dump(by_key([*ROWS, *LATER])).replace(b'"third', b"third", 1)}, posts=5, rejected=1
        ),
        "index, rows within rows": Case(
            {
                "a.json": dump(
                    {key: row | {"m": {"a": {}, "b": {"message_id": 5}}} for key, row in by_key(ROWS).items()}
                )
            },
            posts=3,
        ),
        "index, cut": Case({"a.json": dump(by_key(ROWS))[:-20]}, posts=2, rejected=1, has_open_end=True),
        "columns": Case({"a.json": dump(by_column(ROWS))}, posts=3, encodings=("utf-16",)),
        "columns, bad": Case({"a.json": dump(by_column([ROWS[0], *BAD, ROWS[2]]))}, posts=2, rejected=3),
        "columns, cut": Case({"a.json": dump(by_column(ROWS))[:-20]}, rejected=1, has_open_end=True),
        "NaN": Case({"a.json": dump(by_column(WITH_NAN))}, posts=3),
        "NaN, split": Case({"a.json": dump(split(WITH_NAN))}, posts=3),
        "NaN, index": Case({"a.json": dump(by_key(WITH_NAN))}, posts=3),
        "by channel and id": Case({"a.json": dump(by_channel(ROWS))}, posts=3, options=MAPPED),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"a.json": dump(split([[number, CHANNEL, 1_709_632_807_000, text, 7] for number, text in given]))}

    def test_the_lane_is_the_one_asked_for(self, case: Case, folder: Path) -> None:
        if case.options is not MAPPED:
            super().test_the_lane_is_the_one_asked_for(case, folder)


def source(tmp_path: Path, value: object, options: ReadOptions | None = None) -> Source:
    (tmp_path / "a.json").write_bytes(dump(value))
    (found,) = open_sources(tmp_path / "a.json", options or ReadOptions(), io.BytesIO()).sources
    return found


@pytest.mark.parametrize("layout", [split, by_column, by_key])
def test_all_layouts_are_the_same_posts(tmp_path: Path, layout: Any) -> None:
    found = posts(list(source(tmp_path, layout(ROWS)).read()))
    assert [(post.channel.id, post.message_id, post.text) for post in found] == [
        (1341930464, 3 - i, text) for i, text in enumerate(TEXTS)
    ]


def test_the_index_of_a_long_table_may_be_longer_than_what_is_looked_at(tmp_path: Path) -> None:
    rows = [[number, CHANNEL, 1_709_632_807_000, "words", 7] for number in range(1, 20_001)]
    assert len(posts(list(source(tmp_path, split(rows)).read()))) == 20_000


def test_keys_are_ids_when_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnknownColumnsError, match="--map 'id=key,text=text,date=date"):
        list(source(tmp_path, by_channel(ROWS)).read())
    found = posts(list(source(tmp_path, by_channel(ROWS), MAPPED).read()))
    assert [(post.channel.username, post.message_id) for post in found] == [
        ("wirenews", 3),
        ("wirenews", 2),
        ("wirenews", 1),
    ]


def test_a_long_table_of_columns_is_refused_with_the_way_out(tmp_path: Path) -> None:
    text = "x" * 1000
    rows = [[number, CHANNEL, 1_709_632_807_000, text, 7] for number in range(1, MAX_INPUT_BYTES // 1000)]
    with pytest.raises(UnknownColumnsError, match="orient='records'"):
        list(source(tmp_path, by_column(rows)).read())


@pytest.mark.parametrize(("value", "way_out"), [(ROWS, "orient='records'"), (list(TEXTS), "{text: .}")])
def test_what_has_no_names_is_refused_with_the_way_out(tmp_path: Path, value: object, way_out: str) -> None:
    with pytest.raises(SourceNotFoundError) as refused:
        source(tmp_path, value)
    assert way_out in str(refused.value)
    (tmp_path / "good.json").write_bytes(dump(by_key(ROWS)))
    found = open_sources(tmp_path, ReadOptions(), io.BytesIO())
    assert [(skipped.name.rpartition("/")[2], skipped.is_expected) for skipped in found.skipped] == [("a.json", False)]
