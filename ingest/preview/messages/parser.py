"""One block of a preview -> what it shows of its message ids. An album is one block with several ids."""

from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborNode

from ingest.live_reader import AbsenceReason, AbsentMessage, PostOrAbsence
from ingest.preview.messages.displayed_numbers import count, is_rounded
from ingest.preview.messages.media import attachments, has_class, text_of
from ingest.preview.messages.text import marked_text
from schemas import Channel, Counters, ForwardOrigin, Lane, Media, MediaKind, PostSource, RawPost, Reply
from schemas.channel_names import PostLink, post_link
from schemas.shown_counters import shown_counters

MAX_ALBUM = 10
"""Most messages that Telegram puts into one album."""


@dataclass(frozen=True, slots=True)
class PageContext:
    """Whose page is read, and when it was fetched; None: not known, of a saved page."""

    channel: Channel
    fetched_at: datetime | None


def read_block(node: LexborNode, message_id: int, reading: PageContext) -> tuple[PostOrAbsence, ...]:
    """Entries of a ``div.tgme_widget_message``, in ascending order of id."""
    if has_class(node, "service_message"):
        return (AbsentMessage(message_id, AbsenceReason.SERVICE),)
    try:
        return _posts(node, message_id, reading)
    except (RecursionError, ValueError):  # a date that a record does not take; tags without an end
        return (AbsentMessage(message_id, AbsenceReason.UNREADABLE),)


def _posts(node: LexborNode, message_id: int, reading: PageContext) -> tuple[RawPost, ...]:
    bubble = node.css_first(".tgme_widget_message_bubble") or node
    carried = _by_message(bubble, message_id, reading.channel)
    body = _body(bubble, ".js-message_text") or _body(bubble, ".tgme_widget_message_text")
    text, entities = marked_text(body) if body is not None else ("", ())
    anchor = RawPost(
        channel=reading.channel,
        message_id=message_id,
        posted_at=posted_at(bubble),
        collected_at=reading.fetched_at,
        text=text,
        entities=entities,
        media=carried.get(message_id, ()),
        forward=_forward(bubble),
        reply_to=_reply(bubble, reading.channel),
        album_id=message_id if len(carried) > 1 else None,
        counters=_counters(bubble, reading.fetched_at),
        source=PostSource(kind="preview", name=reading.channel.username),
        lane=Lane.LIVE,
    )
    bare: dict[str, object] = {"text": "", "entities": ()}
    parts = [
        anchor.model_copy(update={**bare, "message_id": part_id, "media": media})
        for part_id, media in sorted(carried.items())
        if part_id != message_id
    ]
    return (anchor, *parts)


def _by_message(bubble: LexborNode, message_id: int, channel: Channel) -> dict[int, tuple[Media, ...]]:
    """Media by the message that carries them; what links to no message of the album is the block's own."""
    carried: dict[int, list[Media]] = {message_id: []}
    for link, media in attachments(bubble):
        target = post_link(link or "")
        carrier = message_id
        is_part = media.kind is not MediaKind.WEB_PAGE  # a link to one of the next posts makes no album with it
        if is_part and target is not None and _is_part(target, message_id, channel):
            carrier = target.message_id
        carried.setdefault(carrier, []).append(media)
    return {carrier: tuple(media) for carrier, media in carried.items()}


def _is_part(target: PostLink, message_id: int, channel: Channel) -> bool:
    return message_id < target.message_id < message_id + MAX_ALBUM and _is_of(target, channel)


def _is_of(target: PostLink, channel: Channel) -> bool:
    if target.channel_id is not None:
        return target.channel_id == channel.id
    return (target.username or "").lower() == (channel.username or "").lower()


def _body(bubble: LexborNode, selector: str) -> LexborNode | None:
    return next((box for box in bubble.css(selector) if not _is_quoted(box)), None)


def _is_quoted(box: LexborNode) -> bool:
    """Whether a text is that of the post answered, whose box precedes the post's own."""
    node: LexborNode | None = box
    while node is not None and not has_class(node, "tgme_widget_message"):
        if has_class(node, "tgme_widget_message_reply"):
            return True
        node = node.parent
    return False


def _reply(bubble: LexborNode, channel: Channel) -> Reply | None:
    """The post answered, if its channel's id is known."""
    node = bubble.css_first(".tgme_widget_message_reply")
    target = None if node is None else post_link(node.attributes.get("href") or "")
    if target is None:
        return None
    if _is_of(target, channel):
        return Reply(message_id=target.message_id)
    return Reply(message_id=target.message_id, channel_id=target.channel_id) if target.channel_id else None


def _forward(bubble: LexborNode) -> ForwardOrigin | None:
    node = bubble.css_first(".tgme_widget_message_forwarded_from_name")
    if node is None:
        return None
    target = post_link(node.attributes.get("href") or "")
    name = node.text().strip() or None
    if target is None:  # a person, of whom the name alone is kept
        return ForwardOrigin(name=name)
    return ForwardOrigin(
        channel_id=target.channel_id, channel_username=target.username, message_id=target.message_id, name=name
    )


def posted_at(bubble: LexborNode) -> datetime | None:
    """The date of a message; ValueError."""
    time = bubble.css_first(".tgme_widget_message_date time[datetime]") or bubble.css_first("time[datetime]")
    return None if time is None else datetime.fromisoformat(time.attributes["datetime"] or "")


def _counters(bubble: LexborNode, observed_at: datetime | None) -> Counters:
    views, reactions = text_of(bubble, ".tgme_widget_message_views"), bubble.css(".tgme_reaction")
    shown = (views, *(node.text(deep=False) for node in reactions))
    return shown_counters(
        observed_at=observed_at,
        is_exact=not any(map(is_rounded, shown)),
        views=count(views),
        reactions=_reactions(reactions) or None,
    )


def _reactions(nodes: list[LexborNode]) -> dict[str, int]:
    found: dict[str, int] = {}
    for node in nodes:
        name, number = _reaction_name(node), count(node.text(deep=False))
        if name and number is not None:
            found[name] = found.get(name, 0) + number
    return found


def _reaction_name(node: LexborNode) -> str | None:
    if has_class(node, "tgme_reaction_paid"):
        return "paid"
    custom = next((child for child in node.iter() if child.tag == "tg-emoji"), None) or node.css_first("tg-emoji")
    if custom is not None:
        return f"custom:{custom.attributes.get('emoji-id')}"
    return text_of(node, "b")
