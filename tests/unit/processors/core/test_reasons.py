"""The reason for a refusal never holds a piece of the input: reasons go to logs, dead letters and terminals."""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from ingest.sources.base import Rejected
from ingest.sources.seed_text.format import text_source
from processors.core.decode import RAW_POST, decode, decode_fingerprints
from processors.core.outcomes import Reject
from schemas import Lane
from schemas.field_path import field_path
from schemas.validation_messages import reason_of
from tests.support.json_line import parse_line

SECRET = "the minister resigns tomorrow"
POST: dict[str, Any] = {
    "type": "raw_post", "channel": {"id": 5}, "message_id": 7, "text": "x", "source": {"kind": "jsonl"},
}  # fmt: skip
SPOILT: list[dict[str, Any]] = [
    {"counters": {"reactions": {SECRET: -1}}},
    {"counters": {"reactions": {SECRET: {SECRET: 1}}}},
    {"counters": {"views": SECRET}},
    {"counters": SECRET},
    {"channel": {"id": SECRET}},
    {"channel": {"id": 5, "title": [SECRET]}},
    {"message_id": SECRET},
    {"posted_at": SECRET},
    {"edited_at": SECRET},
    {"text": [SECRET]},
    {"entities": [{"kind": SECRET, "start": 0, "end": 1}]},
    {"entities": {SECRET: 1}},
    {"media": [{"kind": "poll", "poll": {"question": "?", "answers": [{"text": "yes", "voters": SECRET}]}}]},
    {"media": SECRET},
    {"forward": {"channel_id": SECRET}},
    {"reply_to": {"message_id": SECRET}},
    {"schema_version": SECRET},
    {"schema_version": {SECRET: 1}},
    {"schema_version": "resigns"},
    {"type": SECRET, "text": 1},
    {"source": SECRET, "album_id": SECRET},
]  # fmt: skip


def said(reject: object) -> str:
    assert isinstance(reject, Rejected | Reject), reject
    return f"{reject.message} {reject.field}"


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda spoilt: "-".join(spoilt))
def test_no_reason_repeats_what_was_posted(spoilt: dict[str, Any]) -> None:
    line = json.dumps(POST | spoilt).encode()
    short = json.dumps({key: value for key, value in (POST | spoilt).items() if key != "type"} | {"text": 1}).encode()
    lines = [parse_line(line, 1, "a.jsonl"), parse_line(short, 1, "a.jsonl")]
    message = decode(RAW_POST, line)
    for reject in (*lines, message, decode_fingerprints(line, epoch=1)):
        assert not {"minister", "resigns", "tomorrow"} & set(re.findall(r"\w+", said(reject))), reject


def test_the_place_ends_before_a_key_that_somebody_wrote() -> None:
    line = json.dumps(POST | {"counters": {"reactions": {SECRET: -1}}}).encode()
    rejected, reject = parse_line(line, 1, "a.jsonl"), decode(RAW_POST, line)
    assert isinstance(rejected, Rejected)
    assert isinstance(reject, Reject)
    assert (rejected.field, reject.field) == ("counters.reactions", "counters.reactions")


def test_places_of_the_contract_are_whole() -> None:
    assert field_path(("media", 0, "poll", "answers", 2, "voters")) == "media.0.poll.answers.2.voters"
    assert field_path(("original", SECRET, 3)) == "original"
    assert field_path(()) is None


@pytest.mark.parametrize(
    "text", [f"---\ntitle: T\n{SECRET}: he said\n---\n", f"---\ntitle: T\n{SECRET}: a\n{SECRET}: b\n---\n"]
)
def test_no_line_of_a_text_is_repeated_as_a_key(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text)
    (item,) = text_source(path, "news", Lane.LIVE).read()
    assert isinstance(item.entry, Rejected)
    assert "minister" not in str(item.entry)
    assert item.entry.line is not None


def test_broken_toml_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Rain.")
    (tmp_path / "a.toml").write_text("title = {minister = 1, minister = 2}\n")
    (item,) = text_source(tmp_path / "a.txt", "news", Lane.LIVE).read()
    assert isinstance(item.entry, Rejected)
    assert "broken TOML" in item.entry.message
    assert "minister" not in item.entry.message


PYDANTIC = re.compile(r"[Ii]nputs? |[Ff]ield req|should (?:be|have|match)|Value error|Assertion|Unable|a valid ")
JUNK: tuple[object, ...] = (
    *(None, SECRET, "", "5", "2024-05-01", "2024-05-01T12:00:00", "\ud800", -1, 0, 1.5, 10**30, 2**53, True),
    *([], [SECRET], [[]], [0] * 99, {}, {SECRET: SECRET}),
)


def models(base: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    """All of the product's models that are imported."""
    for model in base.__subclasses__():
        if model.__module__.split(".")[0] in ("schemas", "ingest", "processors", "tgwire"):
            yield model
        yield from models(model)


def faults(model: type[BaseModel]) -> Iterator[ErrorDetails]:
    """What is wrong with a model of which one field holds junk, as an object and as JSON."""
    for name in model.model_fields:
        for junk in JUNK:
            given = {name: junk, "unknown": junk}
            line = json.dumps(given)
            for read in (partial(model.model_validate, given), partial(model.model_validate_json, line)):
                try:
                    read()
                except ValidationError as error:
                    yield from error.errors(include_url=False, include_input=False)


def test_every_fault_of_every_field_has_our_own_message() -> None:
    seen: set[str] = set()
    for model in models():
        for detail in faults(model):
            seen.add(detail["type"])
            reason = reason_of(detail)
            assert not PYDANTIC.search(reason), (model, detail)
            assert reason != "cannot be used here", (model, detail)
            assert not {"minister", "resigns", "tomorrow"} & set(re.findall(r"\w+", reason)), (model, detail)
    assert len(seen) > 20


@pytest.mark.parametrize("kind", [*get_args(ErrorType), "a type of a later version"])
def test_no_type_of_error_has_the_librarys_message(kind: str) -> None:
    bounds = dict.fromkeys(
        ("gt", "ge", "lt", "le", "multiple_of", "expected", "expected_schemes", "pattern", "class"), 7
    )
    context = {**bounds, "min_length": 1, "max_length": 2, "error": ValueError("not the id of a channel")}
    reason = reason_of(ErrorDetails(type=kind, loc=("id",), msg="Input should be another", input=SECRET, ctx=context))
    assert reason
    assert not PYDANTIC.search(reason)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"message_id": "x"}, "expected a whole number"),
        ({"message_id": 0}, "expected a number greater than 0"),
        ({"text": 5}, "expected text"),
        ({"lane": "slow"}, "expected 'live' or 'backfill'"),
        ({"media": {}}, "expected a list"),
        ({"source": []}, "expected an object or table of fields"),
        ({"posted_at": "2024-05-01T12:00:00"}, "the time zone is missing; write e.g. 2024-05-01T12:00:00Z"),
        ({"posted_at": 5}, "expected a date and time with its zone, e.g. 2024-05-01T12:00:00Z"),
        ({"is_deleted": "no"}, "expected true or false"),
        ({"original": [float("inf")]}, "a number in it is NaN or infinite"),
    ],
)
def test_a_reason_names_what_is_expected(given: dict[str, Any], reason: str) -> None:
    reject = decode(RAW_POST, json.dumps(POST | given).encode())
    assert isinstance(reject, Reject)
    assert reject.message == reason


def test_a_field_that_is_not_there_is_named() -> None:
    reject = decode(RAW_POST, json.dumps({key: POST[key] for key in POST if key != "source"}).encode())
    assert isinstance(reject, Reject)
    assert (reject.field, reject.message) == ("source", "missing; it is required")
