"""Texts of Telegram Desktop: a string, or a list of strings and objects with a type."""

from typing import Any

from ingest.sources.format import InvalidRecordError
from ingest.sources.mapping import entities
from schemas import EntityKind, TextEntity


def text_of(message: dict[str, Any]) -> tuple[str, tuple[TextEntity, ...]]:
    """The text with its entities; raises InvalidRecordError. ``text_entities`` repeats ``text`` in newer exports."""
    parts = message.get("text_entities")
    if parts:
        if not isinstance(parts, list):
            raise InvalidRecordError("expected a list of parts", "text_entities")
        return _joined(parts, "text_entities")
    parts = message.get("text")
    if isinstance(parts, list):
        return _joined(parts, "text")
    return entities.text(parts), ()


def plain(value: object, field: str) -> str:
    """A text without its entities: that of a poll, which newer exports write in parts as well."""
    return _joined(value, field)[0] if isinstance(value, list) else entities.text(value, field)


def _joined(parts: list[Any], field: str) -> tuple[str, tuple[TextEntity, ...]]:
    if len(parts) == 1 and isinstance(parts[0], dict) and parts[0].get("type") == "plain":
        return entities.text(parts[0].get("text"), field), ()
    builder = entities.TextBuilder()
    for part in parts:
        if isinstance(part, str):
            builder.add(part)
            continue
        text = part.get("text") if isinstance(part, dict) else None
        if not isinstance(text, str):
            raise InvalidRecordError("expected texts, or objects with a text", field)
        name = part.get("type")
        if name == "plain":
            builder.add(text)
        else:
            kind = _kind(name) if isinstance(name, str) else EntityKind.UNKNOWN
            builder.add(text, kind, entities.optional_text(part["href"]) if "href" in part else None)
    return builder.build()


def _kind(name: str) -> EntityKind:
    return entities.KINDS.get(name) or entities.kind(name)
