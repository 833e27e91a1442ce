"""The AsyncAPI 3.0 document: topics as channels, records as messages, who sends and who receives what."""

from typing import Any, Literal, NamedTuple

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from schemas.base import SCHEMA_VERSION, Record
from schemas.contract.json_schema import RECORDS, WRITTEN_BY_OTHERS, PlainJsonSchema, record_type
from schemas.events import DeadLetter
from schemas.packed import PackedValue
from schemas.topics import (
    ALL_TOPICS,
    CHANNEL_STATES,
    CITATIONS,
    COLLECTOR_OUTPUTS,
    COUNTERS,
    DEAD_LETTER_HEADER,
    DEAD_LETTERS,
    DUPLICATES,
    FINGERPRINTS,
    FLAT_TOPICS,
    NORMALIZED,
    QUOTES,
    RAW_BACKFILL,
    RAW_LIVE,
    STATES,
    Topic,
)

Document = dict[str, Any]
_References = dict[type[Record], Document]

_KAFKA_BINDING = "0.5.0"
_SCHEMAS = "#/components/schemas/"


class _Flow(NamedTuple):
    application: str
    action: Literal["send", "receive"]
    topics: tuple[Topic, ...]


_FLOWS = (
    _Flow("collector", "send", COLLECTOR_OUTPUTS),
    _Flow("worker", "receive", (RAW_LIVE, RAW_BACKFILL, STATES, FINGERPRINTS)),
    _Flow(
        "worker",
        "send",
        (STATES, FINGERPRINTS, NORMALIZED, QUOTES, CITATIONS, DUPLICATES, *FLAT_TOPICS, DEAD_LETTERS),
    ),
    _Flow(
        "consumer",
        "receive",
        (NORMALIZED, QUOTES, CITATIONS, DUPLICATES, COUNTERS, CHANNEL_STATES, *FLAT_TOPICS, DEAD_LETTERS),
    ),
)
_APPLICATIONS = {
    "collector": "Reads channels and archives; a replay counts as one. Other programs may take its part.",
    "worker": "The stages between raw posts and clean records.",
    "consumer": "Whoever reads clean records: sinks, dashboards, programs of others.",
}


def asyncapi_document() -> Document:
    """The whole document, self-contained; topic names are without the configured prefix."""
    references, schemas = _component_schemas()
    return {
        "asyncapi": "3.0.0",
        "id": "urn:tgwire",
        "info": {
            "title": "tgwire",
            "version": f"{SCHEMA_VERSION}.0.0",
            "description": (
                "Posts of Telegram-style channels on Kafka, raw and clean. Delivery is at least once, keys are "
                "deterministic: upsert by key. Readers ignore fields that they do not know."
            ),
            "license": {"name": "Apache-2.0"},
            "tags": [{"name": name, "description": text} for name, text in _APPLICATIONS.items()],
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic, references) for topic in ALL_TOPICS},
        "operations": dict(_operation(flow, topic) for flow in _FLOWS for topic in flow.topics),
        "components": {"schemas": schemas},
    }


def message_names(topic: Topic) -> list[str]:
    """Names of what a topic's values may be."""
    return [*map(record_type, topic.values), *(packed.name for packed in topic.packed)]


def _channel(topic: Topic, references: _References) -> Document:
    config = topic.config()
    settings: Document = {key: int(value) if value.isdecimal() else value for key, value in config.items()}
    settings["cleanup.policy"] = [topic.cleanup_policy]
    return {
        "address": topic.name,
        "title": topic.name,
        "description": topic.purpose + _remark(topic),
        "messages": {
            **{record_type(model): _message(topic, model, references[model]) for model in topic.values},
            **{packed.name: _packed_message(topic, packed) for packed in topic.packed},
        },
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": settings,
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }


def _remark(topic: Topic) -> str:
    if topic.is_internal:
        return " Internal to the worker."
    return " Written where worker.flat is set." if topic in FLAT_TOPICS else ""


def _message(topic: Topic, model: type[Record], reference: Document) -> Document:
    message: Document = {"name": record_type(model), "title": model.__name__}
    if model is DeadLetter:
        message["contentType"] = "application/octet-stream"
        message["headers"] = {
            "type": "object",
            "properties": {DEAD_LETTER_HEADER: reference},
            "required": [DEAD_LETTER_HEADER],
        }
        message["payload"] = {"description": "The bytes of the message that was set aside, unchanged."}
    else:
        message["payload"] = reference
    message["bindings"] = _key_binding(topic)
    return message


def _packed_message(topic: Topic, packed: PackedValue) -> Document:
    return {
        "name": packed.name,
        "title": packed.title,
        "contentType": "application/octet-stream",
        "payload": {"description": packed.layout},
        "examples": [{"summary": "in hex digits", "payload": packed.example.hex()}],
        "bindings": _key_binding(topic),
    }


def _key_binding(topic: Topic) -> Document:
    return {"kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": _KAFKA_BINDING}}


def _operation(flow: _Flow, topic: Topic) -> tuple[str, Document]:
    channel = f"#/channels/{topic.name}"
    return f"{flow.application}.{flow.action}.{topic.name}", {
        "action": flow.action,
        "title": f"{flow.application}: {flow.action} {topic.name}",
        "channel": {"$ref": channel},
        "tags": [{"name": flow.application}],
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in message_names(topic)],
    }


def _component_schemas() -> tuple[_References, Document]:
    """Reference to each record's schema, and all schemas by name; a model with two forms has two names."""
    modes: dict[type[Record], JsonSchemaMode] = {
        model: "validation" if model in WRITTEN_BY_OTHERS else "serialization" for model in RECORDS
    }
    references, document = models_json_schema(
        list(modes.items()), ref_template=_SCHEMAS + "{model}", schema_generator=PlainJsonSchema
    )
    return {model: references[model, mode] for model, mode in modes.items()}, _to_draft_07(document["$defs"])


def _to_draft_07(schema: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    """AsyncAPI's schema object is a superset of draft 07, which has no prefixItems; its discriminator is a name."""
    if isinstance(schema, list):
        return [_to_draft_07(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    names = {"prefixItems": "items"}
    return {names.get(key, key): _to_draft_07(part) for key, part in schema.items() if key != "discriminator"}
