"""Validation errors of pydantic in plain words: what is expected, never a part of the given value."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from schemas.plurals import counted

_TEXT = "expected text"
_WHOLE = "expected a whole number"
_NUMBER = "expected a number"
_LIST = "expected a list"
_OBJECT = "expected an object or table of fields"
_DATE = "expected a date, e.g. 2024-05-01"
_MOMENT = "expected a date and time with its zone, e.g. 2024-05-01T12:00:00Z"
_DURATION = "expected a duration"
_ADDRESS = "expected an address, e.g. https://example.org/"
_TAG = "names no model that belongs here"

_WORDS = {
    "missing": "missing; it is required",
    "extra_forbidden": "no such field",
    "none_required": "expected null",
    "string_type": _TEXT,
    "string_sub_type": _TEXT,
    "string_unicode": "expected text in Unicode, without half a surrogate pair",
    "string_pattern_mismatch": "expected text of the form {pattern}",
    "enum": "expected {expected}",
    "literal_error": "expected {expected}",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "the number is too large",
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "expected a number that is finite",
    "greater_than": "expected a number greater than {gt}",
    "greater_than_equal": "expected a number of {ge} or more",
    "less_than": "expected a number less than {lt}",
    "less_than_equal": "expected a number of {le} or less",
    "multiple_of": "expected a multiple of {multiple_of}",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "iterable_type": _LIST,
    "arguments_type": _LIST,
    "missing_positional_only_argument": "an item is missing",
    "missing_argument": "an item is missing",
    "missing_keyword_only_argument": "an item is missing",
    "multiple_argument_values": "an item is given twice",
    "unexpected_keyword_argument": "no such field",
    "unexpected_positional_argument": "an item too many",
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "invalid_key": "expected a name as the key",
    "bytes_type": "expected bytes",
    "path_type": "expected a path",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_naive": "expected a time without a zone",
    "timezone_aware": "the time zone is missing; write e.g. 2024-05-01T12:00:00Z",
    "time_delta_type": _DURATION,
    "time_delta_parsing": _DURATION,
    "url_type": _ADDRESS,
    "url_parsing": _ADDRESS,
    "url_syntax_violation": _ADDRESS,
    "url_scheme": "expected an address that begins with {expected_schemes}",
    "union_tag_invalid": _TAG,
    "union_tag_not_found": _TAG,
    "is_instance_of": "expected a value of the type {class}",
    "invalid-json-value": "expected a value of JSON",
    "json_invalid": "broken JSON",
    "json_type": "expected JSON",
    "recursion_loop": "it holds itself",
}
"""By pydantic's type of error; braces are filled from the schema, such as with a bound."""

_SIZES = {
    "string_too_short": ("at least", "min_length", "character"),
    "string_too_long": ("at most", "max_length", "character"),
    "bytes_too_short": ("at least", "min_length", "byte"),
    "bytes_too_long": ("at most", "max_length", "byte"),
    "too_short": ("at least", "min_length", "item"),
    "too_long": ("at most", "max_length", "item"),
}


def reason_of(detail: ErrorDetails) -> str:
    """What is wrong with a field: our words for pydantic's type of error, or what a validator of ours raised.

    The details need their context (``include_context``), which holds the bounds.
    """
    kind = detail["type"]
    context: Mapping[str, Any] = detail.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return str(context["error"])
    if kind in _SIZES:
        bound, key, noun = _SIZES[kind]
        return f"expected {bound} {counted(context[key], noun)}"
    return _WORDS.get(kind, "cannot be used here").format_map(context)
