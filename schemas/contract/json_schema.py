"""JSON Schema (2020-12) of each record of the wire."""

from typing import Any, get_args

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from schemas.base import Record
from schemas.channel_state import ChannelState
from schemas.citations import CitationRecord
from schemas.contract.examples import EXAMPLES
from schemas.events import CounterUpdate, DeadLetter, DuplicateRecord, Tombstone
from schemas.flat import FlatCitation, FlatDuplicate, FlatPost, FlatQuote, FlatRecord
from schemas.normalized import NormalizedPost
from schemas.quotes import QuoteRecord
from schemas.raw import RawPost

PUBLIC_RECORDS: tuple[type[Record], ...] = (
    RawPost,
    NormalizedPost,
    Tombstone,
    QuoteRecord,
    CitationRecord,
    DuplicateRecord,
    CounterUpdate,
    ChannelState,
    FlatPost,
    FlatQuote,
    FlatCitation,
    FlatDuplicate,
    DeadLetter,
)
INTERNAL_RECORDS: tuple[type[Record], ...] = ()
RECORDS = PUBLIC_RECORDS + INTERNAL_RECORDS
WRITTEN_BY_OTHERS: tuple[type[Record], ...] = (RawPost,)
"""Records that programs other than ours may write."""


def record_type(model: type[Record]) -> str:
    """Name of a record: the value of its ``type`` field. A flat one has none, since each field is a column."""
    if issubclass(model, FlatRecord):
        return model.TYPE
    return str(get_args(model.model_fields["type"].annotation)[0])


def record_version(model: type[Record]) -> int:
    """Value of a record's ``schema_version`` field: the newest version, which we write."""
    if issubclass(model, FlatRecord):
        return model.VERSION
    return int(get_args(model.model_fields["schema_version"].annotation)[0])


def accepted_schema(model: type[Record]) -> JsonSchemaValue:
    """What a model reads: a field with a default may be absent."""
    return _schema(model, "validation")


def emitted_schema(model: type[Record]) -> JsonSchemaValue:
    """What a model writes: every field is present."""
    return _schema(model, "serialization")


def on_topic_schema(model: type[Record]) -> JsonSchemaValue:
    """What a reader of the topics may meet."""
    return accepted_schema(model) if model in WRITTEN_BY_OTHERS else emitted_schema(model)


def published_schema(model: type[Record]) -> JsonSchemaValue:
    """The document to publish: what may be on the topics, with a whole example."""
    examples = [example.model_dump(mode="json") for example in EXAMPLES if type(example) is model]
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"urn:tgwire:{record_type(model)}:{record_version(model)}",
        **on_topic_schema(model),
        "examples": examples,
    }


class PlainJsonSchema(GenerateJsonSchema):
    """pydantic's generator without titles made from field names, and with descriptions in plain text."""

    def field_title_should_be_set(self, schema: object) -> bool:
        """Never: a title that repeats the name adds nothing."""
        return False

    def field_is_required(
        self, field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField, total: bool
    ) -> bool:
        """Whether a document must have the field; what we write has them all."""
        return self.mode == "serialization" or super().field_is_required(field, total)

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """The model's schema, its docstring unwrapped."""
        return _plain(super().model_schema(schema))

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        """The enum's schema, its docstring unwrapped."""
        return _plain(super().enum_schema(schema))


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    if "description" in schema:
        schema["description"] = " ".join(schema["description"].replace("``", "`").split())
    return schema


def _schema(model: type[Record], mode: JsonSchemaMode) -> JsonSchemaValue:
    return model.model_json_schema(mode=mode, schema_generator=PlainJsonSchema)
