"""One record of snscrape -> RawPost. It drops line breaks, so that words run together ("questions.This"): there is
nothing to put them back by.
"""

from collections.abc import Iterator
from typing import Any

from ingest.preview.messages import displayed_numbers
from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, InvalidRecordError
from ingest.sources.mapping import counts, entities, moments, shapes
from schemas import Counters, ForwardOrigin, Media, MediaKind, RawPost
from schemas.channel_names import PostLink, post_link
from schemas.shown_counters import shown_counters

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
    context.says_attachments = False  # it knows photos, videos and voices alone
    context.warn("line breaks are lost in texts of snscrape")
    return context.post(
        context.channel(channel_id=link.channel_id, username=link.username, fallback=""),
        link.message_id,
        place=record.number,
        posted_at=moments.utc(value.get("date"), "date"),
        text=entities.text(value.get("content"), "content"),
        media=tuple(_media(value, context)),
        forward=_forward(value, context),
        counters=_counters(value, context),
        original=value,
    )


def _media(value: dict[str, Any], context: ReadContext) -> Iterator[Media]:
    for each in shapes.objects(context, value.get("media"), "media"):
        name = shapes.text(context, each.get("_type"), "media._type") or ""
        kind = _MEDIA.get(name.rpartition(".")[2], MediaKind.OTHER)
        yield Media(kind=kind, duration_s=moments.seconds(context, each.get("duration"), "media.duration"))
    if shapes.optional_object(context, value.get("linkPreview"), "linkPreview") is not None:
        yield Media(kind=MediaKind.WEB_PAGE)


def _forward(value: dict[str, Any], context: ReadContext) -> ForwardOrigin | None:
    """Of the versions that read it: a channel, and a link to its post."""
    origin, url = value.get("forwarded"), shapes.text(context, value.get("forwardedUrl"), "forwardedUrl")
    link: PostLink | None = post_link(url) if url else None
    if url and link is None:
        context.unknown("forwardedUrl", "link to a post")
    if not origin and link is None:
        return None
    described = {} if isinstance(origin, str) else shapes.object_of(context, origin, "forwarded")
    name = origin if isinstance(origin, str) else shapes.text(context, described.get("title"), "forwarded.title")
    return ForwardOrigin(
        channel_id=link.channel_id if link else None,
        channel_username=(link.username if link else None)
        or shapes.text(context, described.get("username"), "forwarded.username"),
        message_id=link.message_id if link else None,
        name=shapes.text(context, name, "forwarded"),
    )


def _counters(value: dict[str, Any], context: ReadContext) -> Counters | None:
    """Views as rounded as the page shows them."""
    views = value.get("views")
    number = displayed_numbers.count(views) if isinstance(views, str) else None
    number = counts.count(context, views, "views") if number is None else number
    is_exact = not (isinstance(views, str) and displayed_numbers.is_rounded(views))
    return None if number is None else shown_counters(is_exact=is_exact, views=number)
