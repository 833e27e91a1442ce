"""One record of snscrape -> RawPost. It drops line breaks, so that words run together ("questions.This"): there is
nothing to put them back by.
"""

from collections.abc import Iterator
from typing import Any

from ingest.preview.messages.figures import count as rounded
from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.mapping import counts, entities, moments
from schemas import Counters, ForwardOrigin, Media, MediaKind, RawPost
from schemas.channel_names import PostLink, post_link

_MEDIA = {
    "Photo": MediaKind.PHOTO,
    "Video": MediaKind.VIDEO,
    "VoiceMessage": MediaKind.VOICE,
    "Gif": MediaKind.ANIMATION,
}


def post_of(record: ArchiveRecord, context: ReadContext) -> RawPost | NoPost:
    """The post; raises InvalidRecordError."""
    value: Any = record.value
    if not isinstance(value, dict):
        raise InvalidRecordError("expected an object")
    kind = str(value.get("_type", "")).rpartition(".")[2]
    if kind == "Channel":
        return NoPost(NoPostKind.METADATA)
    link = post_link(value["url"]) if isinstance(value.get("url"), str) else None
    if link is None:
        raise InvalidRecordError("expected a link to a post", "url")
    context.warn("line breaks are lost in texts of snscrape")
    return context.post(
        context.channel(channel_id=link.channel_id, username=link.username, fallback=""),
        link.message_id,
        place=record.number,
        posted_at=moments.utc(value.get("date"), "date"),
        text=entities.text(value.get("content"), "content"),
        media=tuple(_media(value)),
        forward=_forward(value),
        counters=_counters(value, context),
        original=value,
    )


def _media(value: dict[str, Any]) -> Iterator[Media]:
    for each in value.get("media") or ():
        if isinstance(each, dict):
            kind = _MEDIA.get(str(each.get("_type", "")).rpartition(".")[2], MediaKind.OTHER)
            yield Media(kind=kind, duration_s=moments.seconds(each.get("duration")))
    if isinstance(value.get("linkPreview"), dict):
        yield Media(kind=MediaKind.WEB_PAGE)


def _forward(value: dict[str, Any]) -> ForwardOrigin | None:
    """Of the versions that read it: a channel, and a link to its post."""
    origin, url = value.get("forwarded"), value.get("forwardedUrl")
    link: PostLink | None = post_link(url) if isinstance(url, str) else None
    if not origin and link is None:
        return None
    described = origin if isinstance(origin, dict) else {}
    name = described.get("title") or (origin if isinstance(origin, str) else None)
    return ForwardOrigin(
        channel_id=link.channel_id if link else None,
        channel_username=(link.username if link else None) or entities.optional_text(described.get("username")),
        message_id=link.message_id if link else None,
        name=entities.optional_text(name),
    )


def _counters(value: dict[str, Any], context: ReadContext) -> Counters | None:
    """Views as rounded as the page shows them."""
    views = value.get("views")
    number = rounded(views) if isinstance(views, str) else counts.count(context, views, "views")
    return None if number is None else Counters(views=number)
