"""What a message holds: whether it is a post, and its text with entities."""

from collections.abc import Iterator
from typing import Any

from ingest.sources.context import ReadContext
from ingest.sources.mapping import entities, shapes
from ingest.sources.mapping.markdown import from_markdown
from ingest.sources.tdlib.classes import class_name, class_of, object_of
from schemas import TextEntity

_POSTS = frozenset(
    (
        *("messageText", "messageRichMessage", "messageAnimatedEmoji", "messagePhoto", "messageVideo"),
        *("messageAnimation", "messageAudio", "messageDocument", "messageSticker", "messageVideoNote"),
        *("messageVoiceNote", "messageExpiredPhoto", "messageExpiredVideo", "messageExpiredVideoNote"),
        *("messageExpiredVoiceNote", "messagePaidMedia", "messagePoll", "messageLocation", "messageLiveLocation"),
        *("messageVenue", "messageContact", "messageDice", "messageStakeDice", "messageGame", "messageInvoice"),
        *("messageStory", "messageChecklist", "messageGiveaway", "messageGiveawayWinners"),
    )
)
"""Classes that are no service messages, of which there are three times as many."""
_TEXTS = {"messageText": "text", "messagePoll": "description", "messageInvoice": "paid_media_caption"}
"""Class -> where its text is; of all others in ``caption``."""


def is_service(content: dict[str, Any]) -> bool:
    """Whether it says that something happened; what has a caption is a post, whatever its class."""
    return class_of(content) not in _POSTS and "caption" not in content


def text_of(content: dict[str, Any], context: ReadContext) -> tuple[str, tuple[TextEntity, ...]]:
    """The text or caption; a ``formattedText``, or before 1.0.8 a string with the entities beside it."""
    kind = class_of(content)
    if kind == "messageRichMessage":
        context.warn("rich messages are read without their blocks of text")
    if kind == "messageAnimatedEmoji":  # a text of one emoji
        return entities.text(content.get("emoji"), "content.emoji"), ()
    field = _TEXTS.get(kind, "caption")
    given, listed = content.get(field), content.get("entities")
    if isinstance(given, dict):
        words: dict[str, Any] = given
        given, listed, field = words.get("text"), words.get("entities"), f"{field}.text"
    text = entities.text(given, f"content.{field}")
    spans = shapes.objects(context, listed, "content.entities")
    if spans:
        return text, entities.from_utf16(context, text, _given(context, spans), "content.entities")
    return from_markdown(text) if context.options.is_markdown else (text, ())


def _given(context: ReadContext, listed: list[dict[str, Any]]) -> Iterator[entities.GivenEntity]:
    for each in listed:
        kind = each.get("type")
        name, url = class_name(context, kind, "content.entities.type"), object_of(kind).get("url")
        yield name, each.get("offset"), each.get("length"), url
