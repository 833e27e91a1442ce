"""The gate: a change that breaks a reader or a writer of a record needs a new schema version.

A published schema (``schemas/published/v<version>/<type>.schema.json``) describes what the topics may hold. It is the
baseline, kept in git; a change to a model is held against the file of the model's own version, in two directions.

Readers: all that we write now must be valid under the published schema. This protects the consumers of every public
record, and workers of the last release beside those of the next. It fails on a field that is removed or may be
absent, a type that is changed or wider, a new enum value, a new null, a loosened bound, pattern or length.

Writers: all that is valid under the published schema must still be accepted. This protects other programs that write
``raw_post``, and ourselves: topics keep old records (compacted ones for ever), and workers,
sinks and replays read them. It fails on a new field without a default, a narrower type, a removed enum value, a null
that is refused, a tightened bound, pattern or length, a changed default of a field that may be absent.

So each record is held to both: ``raw_post`` is written and read by others; ``post``, ``tombstone``, ``quote``,
``duplicate``, ``counters``, ``channel_state`` and ``dead_letter`` are written by us and read by others and by us. Free
are: a new field with a default, new descriptions, titles and examples. A keyword that this module does not know counts
as breaking when it changes.

To make a breaking change, raise ``schema_version`` of the record: the new schema goes to a folder of its own and the
old file stays. Before the first release, deleting the published file sets a new baseline.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from schemas.base import Record
from schemas.contract.json_schema import accepted_schema, on_topic_schema

Schema = dict[str, Any]

_ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "examples", "default", "discriminator", "deprecated"}
_STRUCTURE = {"$ref", "type", "enum", "const", "anyOf", "oneOf", "properties", "required", "items", "prefixItems"}
_LOWER = {"minimum", "exclusiveMinimum", "minLength", "minItems"}
_UPPER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems"}
_NOTHING: Schema = {"not": {}}


class Side(Enum):
    """Whom a change breaks, and the message for it."""

    READERS = "is new, readers of the published version do not expect it"
    WRITERS = "is refused now, writers of the published version may send it"


def breaking_changes(model: type[Record], published: Schema) -> list[str]:
    """What breaks readers or writers of the published schema; empty when the model is compatible with it."""
    return [
        *_Comparison(on_topic_schema(model), published, Side.READERS).run(),
        *_Comparison(published, accepted_schema(model), Side.WRITERS).run(),
    ]


@dataclass(frozen=True)
class _Comparison:
    """Finds what ``written`` allows and ``read`` does not.

    Sound for the keywords that pydantic makes of plain models; where it is not exact (an exclusive bound that becomes
    an equal inclusive one), it finds too much, never too little. Models that contain themselves are not supported.
    """

    written: Schema
    read: Schema
    side: Side

    def run(self) -> Iterator[str]:
        return self._compare(self.written, self.read, self.written.get("title", ""))

    def _problem(self, path: str, what: str) -> str:
        return f"{path}: {what} {self.side.value}"

    def _compare(self, written: Schema, read: Schema, path: str) -> Iterator[str]:
        if not read.keys() - _ANNOTATIONS:
            return
        readable = _branches(read, self.read)
        for branch in _branches(written, self.written):
            attempts = [list(self._compare_plain(branch, candidate, path)) for candidate in readable]
            if all(attempts):
                related = [a for a, c in zip(attempts, readable, strict=True) if _types(branch) <= _types(c)]
                yield from min(related, key=len) if related else [self._problem(path, _name(branch))]

    def _compare_plain(self, written: Schema, read: Schema, path: str) -> Iterator[str]:
        if not _types(written) <= _types(read):
            yield self._problem(path, _name(written))
            return
        yield from self._compare_values(written, read, path)
        yield from self._compare_bounds(written, read, path)
        yield from self._compare_fields(written, read, path)
        yield from self._compare_items(written, read, path)

    def _compare_values(self, written: Schema, read: Schema, path: str) -> Iterator[str]:
        allowed, possible = _values(read), _values(written)
        if allowed is None:
            return
        if possible is None:
            yield self._problem(path, f"a value other than {', '.join(map(repr, allowed))}")
            return
        for value in possible:
            if value not in allowed:
                yield self._problem(path, f"the value {value!r}")

    def _compare_bounds(self, written: Schema, read: Schema, path: str) -> Iterator[str]:
        for keyword in read.keys() - _ANNOTATIONS - _STRUCTURE - {"additionalProperties"}:
            limit, actual = read[keyword], written.get(keyword)
            is_within = actual == limit or (
                actual is not None
                and ((keyword in _LOWER and actual > limit) or (keyword in _UPPER and actual < limit))
            )
            if not is_within:
                yield self._problem(path, f"a value beyond {keyword} {limit!r}")

    def _compare_fields(self, written: Schema, read: Schema, path: str) -> Iterator[str]:
        possible, expected = written.get("properties", {}), read.get("properties", {})
        always = set(written.get("required", ()))
        needed = set(read.get("required", ()))
        if self.side is Side.READERS:
            needed |= expected.keys() - possible.keys()
        for name in expected:
            where = f"{path}.{name}"
            if name in needed - always:
                yield self._problem(where, "absence of the field")
            elif name in possible:
                yield from self._compare(possible[name], expected[name], where)
                if self.side is Side.WRITERS and name not in always:
                    yield from self._compare_defaults(possible[name], expected[name], where)
        rest = _schema(read.get("additionalProperties", True))
        for name in possible.keys() - expected.keys():
            yield from self._compare(possible[name], rest, f"{path}.{name}")
        yield from self._compare(_schema(written.get("additionalProperties", True)), rest, f"{path}.*")

    def _compare_defaults(self, written: Schema, read: Schema, path: str) -> Iterator[str]:
        if written.get("default") != read.get("default"):
            yield self._problem(path, f"absence as {written.get('default')!r}")

    def _compare_items(self, written: Schema, read: Schema, path: str) -> Iterator[str]:
        ours, theirs = written.get("prefixItems", []), read.get("prefixItems", [])
        for index, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
            yield from self._compare(mine, other, f"{path}[{index}]")
        for index in range(len(ours), len(theirs)):
            yield self._problem(path, f"an array without item {index}")
        yield from self._compare(_schema(written.get("items", True)), _schema(read.get("items", True)), f"{path}[]")


def _schema(schema: bool | Schema) -> Schema:
    if isinstance(schema, bool):
        return {} if schema else _NOTHING
    return schema


def _branches(schema: Schema, root: Schema) -> list[Schema]:
    """The schema as a list of alternatives without references at their heads."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return _branches(root["$defs"][name], root)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            return [branch for choice in schema[keyword] for branch in _branches(choice, root)]
    return [schema]


_ALL_TYPES = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})


def _types(schema: Schema) -> frozenset[str]:
    types = schema.get("type", _ALL_TYPES)
    types = frozenset({types} if isinstance(types, str) else types)
    return types | {"integer"} if "number" in types else types


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _name(schema: Schema) -> str:
    types = schema.get("type", "a value of any type")
    return str(types) if types == "null" or "type" not in schema else f"the type {types}"
