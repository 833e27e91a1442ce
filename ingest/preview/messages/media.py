"""Attachments as a preview shows them."""

from collections.abc import Callable, Iterator

from selectolax.lexbor import LexborNode

from ingest.preview.messages.displayed_numbers import count, duration_s, size_bytes
from schemas import Media, MediaKind, Poll, PollAnswer

MAX_ATTACHMENTS = 100
"""An album has ten parts; the preview of a link, or a poll's, comes beside them."""


def attachments(bubble: LexborNode) -> Iterator[tuple[str | None, Media]]:
    """What is attached to a block, in the order of the page, each with the link to the message that carries it.

    Raises ValueError when it is more than a post can have.
    """
    found = False
    nodes = bubble.css(_SELECTOR)
    if len(nodes) > MAX_ATTACHMENTS:
        raise ValueError(f"{len(nodes)} attachments")
    for node in nodes:
        for name in (node.attributes.get("class") or "").split():
            if convert := _CONVERTERS.get(name):
                found = True
                yield node.attributes.get("href"), convert(node)
                break
    if not found and any(has_class(child, "message_media_not_supported_wrap") for child in bubble.iter()):
        yield None, Media(kind=MediaKind.OTHER)


def text_of(node: LexborNode, selector: str) -> str | None:
    """Text of the first match; None when there is none."""
    match = node.css_first(selector)
    return None if match is None else match.text().strip()


def has_class(node: LexborNode, name: str) -> bool:
    """Whether a node has a class."""
    return name in (node.attributes.get("class") or "").split()


def _photo(node: LexborNode) -> Media:
    names = (node.attributes.get("class") or "").split()
    return Media(kind=MediaKind.PHOTO, id=next((name for name in names if name.isdecimal()), None))


def _video(node: LexborNode) -> Media:
    video = node.css_first("video")
    is_looped = video is not None and "loop" in video.attributes
    length = duration_s(text_of(node, ".message_video_duration"))
    return Media(kind=MediaKind.ANIMATION if is_looped else MediaKind.VIDEO, duration_s=length)


def _video_note(node: LexborNode) -> Media:
    return Media(
        kind=MediaKind.VIDEO_NOTE, duration_s=duration_s(text_of(node, ".tgme_widget_message_roundvideo_duration"))
    )


def _voice(node: LexborNode) -> Media:
    return Media(kind=MediaKind.VOICE, duration_s=duration_s(text_of(node, ".tgme_widget_message_voice_duration")))


def _document(node: LexborNode) -> Media:
    if node.css_first(".tgme_widget_message_document_icon.audio") is not None:
        return Media(kind=MediaKind.AUDIO)  # its title is a song's and its second line a performer's
    return Media(
        kind=MediaKind.DOCUMENT,
        file_name=text_of(node, ".tgme_widget_message_document_title") or None,
        size_bytes=size_bytes(text_of(node, ".tgme_widget_message_document_extra")),
    )


def _poll(node: LexborNode) -> Media:
    kind = (text_of(node, ".tgme_widget_message_poll_type") or "").lower()
    answers = node.css(".tgme_widget_message_poll_option_text")
    block = node.parent or node  # the number of voters is in the footer
    return Media(
        kind=MediaKind.POLL,
        poll=Poll(
            question=text_of(node, ".tgme_widget_message_poll_question") or "",
            answers=tuple(PollAnswer(text=answer.text().strip()) for answer in answers),
            is_quiz="quiz" in kind,
            is_closed="final" in kind,
            voters=count(text_of(block, ".tgme_widget_message_voters")),
        ),
    )


def _of_kind(kind: MediaKind) -> Callable[[LexborNode], Media]:
    return lambda _: Media(kind=kind)


_CONVERTERS: dict[str, Callable[[LexborNode], Media]] = {
    "tgme_widget_message_photo_wrap": _photo,
    "tgme_widget_message_video_player": _video,
    "tgme_widget_message_roundvideo_player": _video_note,
    "tgme_widget_message_voice_player": _voice,
    "tgme_widget_message_document_wrap": _document,
    "tgme_widget_message_poll": _poll,
    "tgme_widget_message_sticker_wrap": _of_kind(MediaKind.STICKER),
    "tgme_widget_message_location_wrap": _of_kind(MediaKind.LOCATION),
    "tgme_widget_message_venue_wrap": _of_kind(MediaKind.LOCATION),
    "tgme_widget_message_contact_wrap": _of_kind(MediaKind.CONTACT),
    "tgme_widget_message_link_preview": _of_kind(MediaKind.WEB_PAGE),
    "tgme_widget_message_invoice": _of_kind(MediaKind.OTHER),
    "tgme_widget_message_game": _of_kind(MediaKind.OTHER),
}
_SELECTOR = ", ".join(f".{name}" for name in _CONVERTERS)
