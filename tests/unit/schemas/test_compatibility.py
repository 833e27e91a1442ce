"""The compatibility gate: each kind of breaking change is caught, each compatible one passes."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, JsonValue, create_model

from schemas import NormalizedPost, RawPost, Record, Span
from schemas.contract.compatibility import breaking_changes
from schemas.contract.json_schema import RECORDS, on_topic_schema, published_schema
from tests.support.generated import made_once
from tgwire.generate import contract_breaks, main, schema_path, write


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class MoreColour(StrEnum):
    RED = "red"
    BLUE = "blue"
    GREEN = "green"


class Square(Record):
    kind: Literal["square"]
    side: int


class Circle(Record):
    kind: Literal["circle"]
    radius: int


class LongSpan(Span):
    note: str | None = None


class ShortSpan(Record):
    text: str
    start: int = Field(ge=0)


def model(annotation: Any = None, **fields: Any) -> type[Record]:
    if annotation is not None:
        fields["x"] = annotation if isinstance(annotation, tuple) else (annotation, ...)
    return create_model("Sample", __base__=Record, **fields)


def changes(old: type[Record], new: type[Record]) -> list[str]:
    return breaking_changes(new, on_topic_schema(old))


Shape = Annotated[Square | Circle, Field(discriminator="kind")]
BASE: dict[str, Any] = {"key": (str, ...)}

BREAKS_READERS = {
    "removed field": (model(**BASE, x=(int, ...)), model(**BASE), "x: absence of the field is new"),
    "removed field with a default": (model(**BASE, x=(int | None, None)), model(**BASE), "x: absence of the field"),
    "removed field below": (model(Span), model(ShortSpan), "x.end: absence of the field is new"),
    "renamed field": (model(**BASE, x=(int, ...)), model(**BASE, y=(int, 0)), "x: absence of the field is new"),
    "changed type": (model(int), model(str), "x: the type string is new"),
    "wider type": (model(int), model(float), "x: the type number is new"),
    "one more type": (model(int), model(int | str), "x: the type string is new"),
    "null": (model(int), model(int | None), "x: null is new"),
    "value of an enum": (model(Colour), model(MoreColour), "x: the value 'green' is new"),
    "value of a literal": (model(Literal["a"]), model(Literal["a", "b"]), "x: the value 'b' is new"),
    "any string": (model(Colour), model(str), "x: a value other than 'red', 'blue' is new"),
    "lower bound gone": (model(Annotated[int, Field(ge=0)]), model(int), "x: a value beyond minimum 0 is new"),
    "lower bound lowered": (
        model(Annotated[int, Field(ge=1)]),
        model(Annotated[int, Field(ge=0)]),
        "x: a value beyond minimum 1 is new",
    ),
    "upper bound raised": (
        model(Annotated[float, Field(le=1)]), model(Annotated[float, Field(le=2)]), "x: a value beyond maximum 1 is new"
    ),
    "pattern changed": (
        model(Annotated[str, Field(pattern="a")]), model(Annotated[str, Field(pattern="b")]), "pattern 'a' is new"
    ),
    "may be empty": (
        model(Annotated[tuple[int, ...], Field(min_length=1)]), model(tuple[int, ...]), "beyond minItems 1 is new"
    ),
    "items": (model(tuple[int, ...]), model(tuple[str, ...]), "x[]: the type string is new"),
    "length of a pair": (model(tuple[int, int]), model(tuple[int, int, int]), "x: a value beyond maxItems 2 is new"),
    "values of a map": (model(dict[str, int]), model(dict[str, int | None]), "x.*: null is new"),
    "branch of a union": (model(Square), model(Shape), "x.kind: the value 'circle' is new"),
    "any JSON": (model(str), model(JsonValue), "x: a value of any type is new"),
}  # fmt: skip
BREAKS_WRITERS = {
    "required field": (model(**BASE), model(**BASE, x=(int, ...)), "x: absence of the field is refused now"),
    "narrower type": (model(float), model(int), "x: the type number is refused now"),
    "one type less": (model(int | str), model(int), "x: the type string is refused now"),
    "null": (model(int | None), model(int), "x: null is refused now"),
    "value of an enum": (model(MoreColour), model(Colour), "x: the value 'green' is refused now"),
    "value of a literal": (model(Literal["a", "b"]), model(Literal["b"]), "x: the value 'a' is refused now"),
    "no longer any string": (model(str), model(Colour), "x: a value other than 'red', 'blue' is refused now"),
    "lower bound": (model(int), model(Annotated[int, Field(gt=0)]), "x: a value beyond exclusiveMinimum 0 is refused"),
    "upper bound lowered": (
        model(Annotated[str, Field(max_length=9)]),
        model(Annotated[str, Field(max_length=8)]),
        "x: a value beyond maxLength 8 is refused now",
    ),
    "pattern": (model(str), model(Annotated[str, Field(pattern="a")]), "x: a value beyond pattern 'a' is refused now"),
    "may not be empty": (
        model(tuple[int, ...]), model(Annotated[tuple[int, ...], Field(min_length=1)]), "minItems 1 is refused now"
    ),
    "branch of a union": (model(Shape), model(Square), "x.kind: the value 'circle' is refused now"),
    "values of a map": (model(dict[str, float]), model(dict[str, int]), "x.*: the type number is refused now"),
    "no longer any JSON": (model(JsonValue), model(str), "x: a value of any type is refused now"),
}  # fmt: skip
COMPATIBLE = {
    "nothing": (model(Shape), model(Shape)),
    "new field with a default": (model(**BASE), model(**BASE, x=(int | None, None), y=(str, "a"))),
    "new field below": (model(Span), model(LongSpan)),
    "description": (model((int, Field(description="a"))), model((int, Field(description="b", examples=[1])))),
    "order of fields": (model(a=(int, ...), b=(str, ...)), model(b=(str, ...), a=(int, ...))),
    "order of values": (model(Literal["a", "b"]), model(Literal["b", "a"])),
    "order of alternatives": (model(int | str | None), model(None | str | int)),
    "name of a nested model": (model(Span), model(create_model("Renamed", __base__=Span))),
    "inlined enum": (model(Colour), model(Literal["red", "blue"])),
    "any JSON": (model(JsonValue), model(JsonValue)),
    "tightened and loosened nothing": (
        model(Annotated[tuple[int, int], Field(description="a")]), model(tuple[int, int])
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), BREAKS_READERS.values(), ids=BREAKS_READERS)
def test_what_breaks_readers_is_caught(old: type[Record], new: type[Record], expected: str) -> None:
    found = changes(old, new)
    assert any(expected in change for change in found), found
    assert all(change.startswith("Sample") for change in found)


@pytest.mark.parametrize(("old", "new", "expected"), BREAKS_WRITERS.values(), ids=BREAKS_WRITERS)
def test_what_breaks_writers_is_caught(old: type[Record], new: type[Record], expected: str) -> None:
    found = changes(old, new)
    assert any(expected in change for change in found), found


@pytest.mark.parametrize(("old", "new"), COMPATIBLE.values(), ids=COMPATIBLE)
def test_what_breaks_nobody_passes(old: type[Record], new: type[Record]) -> None:
    assert changes(old, new) == []


def test_a_default_that_writers_rely_on_may_not_change() -> None:
    published = published_schema(RawPost)
    published["properties"]["lane"]["default"] = "live"
    (change,) = breaking_changes(RawPost, published)
    assert change.startswith("RawPost.lane: absence as 'live' is refused now")


def test_a_field_that_other_writers_leave_out_may_not_become_required() -> None:
    published = published_schema(RawPost)
    published["required"].remove("source")
    (change,) = breaking_changes(RawPost, published)
    assert change.startswith("RawPost.source: absence of the field is refused now")


def test_a_field_that_only_we_write_may_lose_its_default() -> None:
    assert changes(model((int, 0)), model((int, ...))) == []


def test_an_unknown_keyword_that_changes_counts_as_breaking() -> None:
    published = published_schema(RawPost)
    published["properties"]["text"]["contentEncoding"] = "base64"
    assert any("contentEncoding" in change for change in breaking_changes(RawPost, published))


@pytest.mark.parametrize("record", RECORDS, ids=lambda m: m.__name__)
def test_every_record_is_compatible_with_itself(record: type[Record]) -> None:
    assert breaking_changes(record, published_schema(record)) == []


def test_a_change_deep_inside_a_record_is_found() -> None:
    published = published_schema(NormalizedPost)
    published["$defs"]["MediaQuote"]["properties"]["position"]["type"] = "string"
    assert breaking_changes(NormalizedPost, published)[0].startswith(
        "NormalizedPost.quote_lists[].items[].position: the type integer is new"
    )


def versioned(version: int, **fields: Any) -> type[Record]:
    fields["type"] = (Literal["thing"], "thing")
    fields["schema_version"] = (Literal[version], version)
    return create_model("Thing", __base__=Record, **fields)


def publish(root: Path, models: Sequence[type[Record]]) -> None:
    write(root, {schema_path(m): json.dumps(published_schema(m)) for m in models})


def test_a_breaking_change_needs_a_new_version(tmp_path: Path) -> None:
    publish(tmp_path, [versioned(1, x=(int, ...))])
    (change,) = contract_breaks(tmp_path, [versioned(1, y=(int, 0))])
    assert change.startswith("schemas/published/v1/thing.schema.json: Thing.x: absence of the field is new")
    assert list(contract_breaks(tmp_path, [versioned(2, y=(int, ...))])) == []


def test_after_a_new_version_the_old_schema_stays(tmp_path: Path) -> None:
    publish(tmp_path, [versioned(1, x=(int, ...))])
    before = (tmp_path / "schemas/published/v1/thing.schema.json").read_bytes()
    publish(tmp_path, [versioned(2, y=(int, ...))])
    assert (tmp_path / "schemas/published/v1/thing.schema.json").read_bytes() == before
    assert list(contract_breaks(tmp_path, [versioned(2, y=(int, ...))])) == []
    assert list(contract_breaks(tmp_path, [versioned(2, z=(int, ...))])) != []


def test_a_published_record_may_not_vanish_or_fall_back(tmp_path: Path) -> None:
    publish(tmp_path, [versioned(1), versioned(2)])
    expected = "schemas/published/v2/thing.schema.json: published, but no model has this type and version"
    assert expected in list(contract_breaks(tmp_path, [versioned(1)]))
    assert expected in list(contract_breaks(tmp_path, []))


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """The schema of raw posts in a folder of all documents, which are made but once: they do not change."""
    monkeypatch.setattr("tgwire.generate.documents", made_once)
    assert main([], tmp_path) == 0
    capsys.readouterr()
    return tmp_path / schema_path(RawPost)


def test_generate_refuses_to_overwrite_what_it_would_break(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline = json.loads(published.read_text(encoding="utf-8"))
    baseline["properties"]["views"] = {"type": "integer"}
    published.write_text(json.dumps(baseline), encoding="utf-8")
    for arguments in ([], ["--check"]):
        assert main(arguments, tmp_path) == 1
        printed = capsys.readouterr().out
        assert "RawPost.views: absence of the field is new" in printed
        assert "1 breaking change." in printed
    assert json.loads(published.read_text(encoding="utf-8")) == baseline


def test_check_shows_what_is_stale_and_generate_mends_it(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = published.read_bytes()
    published.write_text(good.decode().replace("The channel.", "A channel."), encoding="utf-8")
    assert main(["--check"], tmp_path) == 1
    printed = capsys.readouterr().out
    assert '-      "description": "A channel."' in printed
    assert '+      "description": "The channel."' in printed
    assert main([], tmp_path) == 0
    assert capsys.readouterr().out == "wrote schemas/published/v1/raw_post.schema.json\n"
    assert published.read_bytes() == good
    assert main(["--check"], tmp_path) == 0
