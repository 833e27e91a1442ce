"""Whatever a record may hold survives JSON, and whatever JSON holds becomes a record or a ValidationError."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from annotated_types import Ge, Gt, Le, Lt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import AwareDatetime, JsonValue, ValidationError
from pydantic.fields import FieldInfo

from schemas import DuplicateRecord, RawPost, Record
from schemas.contract.json_schema import RECORDS, emitted_schema, record_type

ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1970, 1, 3), datetime(2105, 12, 30), timezones=ZONES)  # noqa: DTZ001 - zones are drawn
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def values(annotation: Any, metadata: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    """Values that a field with this annotation accepts."""
    if annotation is JsonValue:
        return JSON
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return values(arguments[0], (*metadata, *bounds_of(arguments[1:])))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, UnionType):
        return st.one_of([values(argument, metadata) for argument in arguments])
    if origin is tuple and arguments[-1] is ...:
        least = least_length(metadata)
        return st.lists(values(arguments[0]), min_size=least, max_size=max(least, 1)).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(argument) for argument in arguments))
    if origin is dict:
        return st.dictionaries(st.text(), values(arguments[1]), max_size=3)
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return records(annotation)
    if annotation is AwareDatetime:
        return MOMENTS
    if annotation is NoneType:
        return st.none()
    if annotation in (int, float):
        return numbers(annotation, metadata)
    if annotation is str and (pattern := next((p for each in metadata if (p := getattr(each, "pattern", None))), None)):
        return st.from_regex(pattern.replace("$", r"\Z"))
    return st.from_type(annotation)


def bounds_of(metadata: Iterable[Any]) -> Iterator[Any]:
    for each in metadata:
        yield from each.metadata if isinstance(each, FieldInfo) else (each,)


def least_length(metadata: tuple[Any, ...]) -> int:
    return max((getattr(bound, "min_length", None) or 0 for bound in metadata), default=0)


def numbers(kind: type[int | float], metadata: tuple[Any, ...]) -> st.SearchStrategy[int | float]:
    """Numbers within the bounds of a field; every exclusive bound here is one of integers."""
    bounds: dict[str, Any] = {}
    for bound in metadata:
        match bound:
            case Gt(gt):
                bounds["min_value"] = gt + 1  # type: ignore[operator]
            case Ge(ge):
                bounds["min_value"] = ge
            case Le(le):
                bounds["max_value"] = le
            case Lt(lt):
                bounds["max_value"] = lt - 1  # type: ignore[operator]
    return st.integers(**bounds) if kind is int else st.floats(**bounds, allow_nan=False, allow_infinity=False)


def records(model: type[Record]) -> st.SearchStrategy[Record]:
    fields = {name: values(field.annotation, tuple(field.metadata)) for name, field in model.model_fields.items()}
    return st.builds(model, **fields)


@pytest.mark.parametrize("model", RECORDS, ids=record_type)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_record_survives_json(model: type[Record], data: st.DataObject) -> None:
    record = data.draw(records(model))
    text = record.model_dump_json()
    assert model.model_validate_json(text) == record
    assert model.model_validate_json(text).model_dump_json() == text
    assert record.to_json() == text.encode()
    assert Draft202012Validator(emitted_schema(model)).is_valid(json.loads(text))


@given(MOMENTS)
def test_a_moment_is_kept_in_utc(moment: datetime) -> None:
    given_in_json = {"channel": {"id": 1}, "message_id": 1, "source": {"kind": "x"}, "posted_at": moment.isoformat()}
    post = RawPost.model_validate_json(json.dumps(given_in_json))
    assert post.posted_at == moment
    assert post.posted_at is not None
    assert post.posted_at.tzinfo is UTC


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_bytes_become_a_record_or_a_validation_error(payload: bytes) -> None:
    with pytest.raises(ValidationError):
        RawPost.model_validate_json(payload)


@given(JSON, st.sampled_from(sorted(RawPost.model_fields)))
def test_any_value_in_a_field_gives_a_record_or_a_validation_error(value: Any, field: str) -> None:
    document = {"channel": {"id": 1}, "message_id": 1, "source": {"kind": "x"}, field: value}
    try:
        post = RawPost.model_validate_json(json.dumps(document))
    except ValidationError:
        return
    assert RawPost.model_validate_json(post.model_dump_json()) == post


@given(st.text(st.characters(categories=["Cs"]), min_size=1))
def test_text_that_cannot_be_encoded_is_refused_at_once(text: str) -> None:
    with pytest.raises(ValidationError):
        DuplicateRecord.model_validate({"key": "tg:1:1", "revision": text, "duplicate": None}, strict=False)
