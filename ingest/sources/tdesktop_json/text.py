"""Texts of Telegram Desktop: a string, or a list of strings and objects with a type."""

from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.mapping import entities, shapes
from schemas import EntityKind, TextEntity


def text_of(message: dict[str, Any], context: ReadContext) -> tuple[str, tuple[TextEntity, ...]]:
    """The text with its entities; raises InvalidRecordError. ``text_entities`` repeats ``text`` in newer exports."""
    parts = message.get("text_entities")
    if parts:
        if not isinstance(parts, list):
            raise InvalidRecordError("expected a list of parts", "text_entities")
        return joined_text(context, parts, "text_entities")
    if parts is not None and parts != []:
        raise InvalidRecordError("expected a list of parts", "text_entities")
    parts = message.get("text")
    if isinstance(parts, list):
        return joined_text(context, parts, "text")
    return entities.text(parts), ()


def plain(context: ReadContext, value: object, field: str) -> str:
    """A text without its entities: that of a poll, which newer exports write in parts as well. What is no text is left
    out, of which the user is warned.
    """
    if not isinstance(value, list):
        return shapes.text(context, value, field) or ""
    parts = [part for part in value if isinstance(part.get("text") if isinstance(part, dict) else part, str)]
    for _ in range(len(value) - len(parts)):
        context.unknown(field, "text")
    return joined_text(context, parts, field)[0]


def joined_text(context: ReadContext, parts: list[Any], field: str) -> tuple[str, tuple[TextEntity, ...]]:
    """Parts of a text as one, with their entities; raises InvalidRecordError. They are of parsed JSON, which holds no
    half surrogate pairs, so that nothing has to be looked for in the texts.
    """
    texts: list[str] = []
    spans: list[TextEntity] = []
    end = 0
    for part in parts:
        name, text = ("plain", part) if isinstance(part, str) else _part(part, field)
        start, end = end, end + len(text)
        texts.append(text)
        if name == "plain" or not text:
            continue
        kind = entities.KINDS.get(name) if type(name) is str else None
        kind = kind or entities.kind(shapes.text(context, name, f"{field}.type") or "")
        if kind is EntityKind.TEXT_LINK:
            url = shapes.text(context, part.get("href", part.get("additional")), f"{field}.href")  # so exteraGram
            spans.append(TextEntity(kind=kind, start=start, end=end, url=url))
        else:
            spans.append(TextEntity(kind=kind, start=start, end=end))
    return "".join(texts), tuple(spans)


def _part(part: object, field: str) -> tuple[object, str]:
    text = part.get("text") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(text, str):
        raise InvalidRecordError("expected texts, or objects with a text", field)
    return part.get("type"), text
