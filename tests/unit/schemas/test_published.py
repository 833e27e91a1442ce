"""The published JSON Schemas and the AsyncAPI document: valid, current, and true of real records."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError as SchemaViolation
from pydantic import BaseModel

from runtime.settings.base import SettingsModel
from runtime.settings.tree import Settings
from schemas import Block, NormalizedPost, RawPost, Record
from schemas.contract.asyncapi import asyncapi_document, message_names
from schemas.contract.examples import EXAMPLES
from schemas.contract.json_schema import (
    INTERNAL_RECORDS,
    PUBLIC_RECORDS,
    RECORDS,
    accepted_schema,
    published_schema,
    record_type,
    record_version,
)
from schemas.topics import ALL_TOPICS, TOPICS, Retention, Topic
from tests.support.generated import made_once
from tgwire.generate import ROOT, documents, main, schema_path


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_committed_documents_are_current(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tgwire.generate.documents", made_once)
    assert main(["--check"]) == 0, capsys.readouterr().out


def test_the_documents_are_the_same_each_time() -> None:
    assert documents() == made_once()


def test_every_record_of_a_topic_is_published() -> None:
    on_topics = {model for topic in ALL_TOPICS for model in topic.values}
    assert on_topics == set(RECORDS)
    assert {m for t in TOPICS if t.is_internal for m in t.values} - set(PUBLIC_RECORDS) == set(INTERNAL_RECORDS)


@pytest.mark.parametrize("model", RECORDS, ids=record_type)
def test_a_schema_is_json_schema_2020_12(model: type[Record]) -> None:
    schema = json.loads((ROOT / schema_path(model)).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert schema["$id"] == f"urn:tgwire:{record_type(model)}:{record_version(model)}"


@pytest.mark.parametrize("model", RECORDS, ids=record_type)
def test_the_example_is_valid_by_the_schema_and_by_the_model(model: type[Record]) -> None:
    schema = published_schema(model)
    (example,) = schema["examples"]
    validator(schema).validate(example)
    assert model.model_validate_json(json.dumps(example)) in EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: record_type(type(e)))
def test_what_we_write_has_every_field(example: Record) -> None:
    schema = published_schema(type(example))
    written = json.loads(example.model_dump_json())
    assert written.keys() == schema["properties"].keys()
    for name in schema.get("required", ()):
        less = {key: value for key, value in written.items() if key != name}
        with pytest.raises(SchemaViolation):
            validator(schema).validate(less)


def test_a_writer_of_raw_posts_may_leave_out_what_it_does_not_know() -> None:
    sparse = {"channel": {"id": 1}, "message_id": 2, "source": {"kind": "mine"}}
    validator(published_schema(RawPost)).validate(sparse)
    assert RawPost.model_validate_json(json.dumps(sparse)).posted_at is None


@pytest.mark.parametrize(
    "change",
    [
        {"message_id": 0},
        {"message_id": "2"},
        {"channel": {"id": -1001}},
        {"schema_version": 2},
        {"lane": "slow"},
        {"media": [{"kind": "hologram"}]},
        {"counters": {"views": -1}},
        {"text": None},
    ],
)
def test_schema_and_model_refuse_the_same(change: dict[str, Any]) -> None:
    document = {"channel": {"id": 1}, "message_id": 2, "source": {"kind": "mine"}} | change
    assert not validator(accepted_schema(RawPost)).is_valid(document)
    with pytest.raises(ValueError, match="validation error"):
        RawPost.model_validate_json(json.dumps(document))


def models(base: type[BaseModel]) -> list[type[BaseModel]]:
    below = [model for child in base.__subclasses__() for model in models(child)]
    return [base, *below] if base.__module__.startswith("schemas.") else below


@pytest.mark.parametrize("model", [*models(Record), *models(SettingsModel), Settings], ids=lambda m: m.__name__)
def test_every_model_and_field_is_described(model: type[BaseModel]) -> None:
    assert model.__doc__
    assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_spans_of_the_example_hold_the_text_they_point_at() -> None:
    (post,) = (example for example in EXAMPLES if isinstance(example, NormalizedPost))
    (quote_list,) = post.quote_lists
    (quote,) = quote_list.items
    assert quote_list.lead_in is not None
    assert quote.cue is not None
    blocks = [block for block in post.blocks if isinstance(block, Block)]
    assert blocks
    for span in (*blocks, quote_list.lead_in, quote, quote.cue, *quote.outlet_text):
        assert span.text == post.text[span.start : span.end]
    assert tuple(post.text[start:end] for start, end in quote.quote_offsets) == quote.quotes


def test_asyncapi_names_every_topic_with_its_settings() -> None:
    document = asyncapi_document()
    assert document["channels"].keys() == {topic.name for topic in ALL_TOPICS}
    for topic in ALL_TOPICS:
        channel = document["channels"][topic.name]
        binding = channel["bindings"]["kafka"]
        assert binding["partitions"] == topic.partitions
        configured = {key: value if isinstance(value, list) else [str(value)]
                      for key, value in binding["topicConfiguration"].items()}  # fmt: skip
        assert configured == {key: [value] for key, value in topic.config().items()}
        assert channel["messages"].keys() == set(message_names(topic))


def test_asyncapi_refers_only_to_what_it_holds() -> None:
    document = asyncapi_document()
    references = list(_references(document))
    assert references
    for reference in references:
        node: Any = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in node, reference
            node = node[part]


def test_every_topic_is_written_and_every_public_one_is_read() -> None:
    operations = asyncapi_document()["operations"].values()
    sent = {o["channel"]["$ref"].removeprefix("#/channels/") for o in operations if o["action"] == "send"}
    received = {o["channel"]["$ref"].removeprefix("#/channels/") for o in operations if o["action"] == "receive"}
    assert sent == received == {topic.name for topic in ALL_TOPICS}


def test_no_machine_path_is_written() -> None:
    assert [path for path, text in made_once().items() if str(ROOT) in text] == []


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [reference for value in node.values() for reference in _references(value)]
    return [r for value in node for r in _references(value)] if isinstance(node, list) else []


@pytest.mark.parametrize(
    "topic", [topic for topic in ALL_TOPICS if topic.cleanup_policy == "compact"], ids=lambda t: t.name
)
def test_a_consumer_that_was_away_for_a_month_sees_what_was_withdrawn(topic: Topic) -> None:
    """And one that was away for a week each record of a key."""
    config = topic.config()
    assert (config["delete.retention.ms"], config["min.compaction.lag.ms"]) == ("2592000000", "604800000")
    assert "retention.ms" not in config


def test_topics_are_kept_as_long_as_the_settings_ask() -> None:
    days = {topic.name: int(topic.config(Retention(40, 33)).get("retention.ms", 0)) / 86_400_000 for topic in TOPICS}
    assert {name: kept for name, kept in days.items() if kept} == {
        "posts.raw.live": 40,
        "posts.raw.backfill": 40,
        "posts.fingerprints.1": 33,
        "dead-letters": 30,
    }


def test_the_records_of_a_channel_have_one_number_of_partitions() -> None:
    counts = {topic.name: topic.partitions for topic in ALL_TOPICS if topic.is_by_channel}
    assert set(counts) == {
        "posts.raw.live",
        "posts.raw.backfill",
        "posts.states",
        "posts.normalized",
        "quotes",
        "citations",
        "posts.duplicates",
        "posts.counters",
        "channels.state",
        "posts.flat",
        "quotes.flat",
        "citations.flat",
        "duplicates.flat",
    }
    assert set(counts.values()) == {6}
