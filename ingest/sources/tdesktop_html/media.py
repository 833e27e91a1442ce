"""Attachments as the page shows them, also those whose files were not exported. Sizes are as rounded as it has them."""

import re

from selectolax.lexbor import LexborNode

from ingest.preview.messages.displayed_numbers import duration_s, size_bytes
from ingest.sources.tdesktop_html.nodes import children, classes, first, words
from schemas import Media, MediaKind, Poll, PollAnswer
from schemas.bounds import COUNT_LIMIT

_WRAPS = {
    "photo_wrap": MediaKind.PHOTO,
    "video_file_wrap": MediaKind.VIDEO,
    "animated_wrap": MediaKind.ANIMATION,
    "sticker_wrap": MediaKind.STICKER,
}
"""What is shown as a picture."""
_CLASSES = {
    "media_photo": MediaKind.PHOTO,
    "media_video": MediaKind.VIDEO,
    "media_voice_message": MediaKind.VOICE,
    "media_audio_file": MediaKind.AUDIO,
    "media_file": MediaKind.DOCUMENT,
    "media_contact": MediaKind.CONTACT,
    "media_location": MediaKind.LOCATION,
    "media_live_location": MediaKind.LOCATION,
    "media_venue": MediaKind.LOCATION,
}
"""What is shown as a row with a title; any other ``media_...`` is a game, an invoice, a giveaway."""
_TITLES = {
    "Sticker": MediaKind.STICKER,
    "Animation": MediaKind.ANIMATION,
    "Video message": MediaKind.VIDEO_NOTE,
}
"""Kinds that share the class of another."""
_NO_NAME = "File"
"""Title of a document without a name."""
_PIXELS = re.compile(r"([0-9]{1,6}) ?[x\u00d7] ?([0-9]{1,6})")
_VOTES = re.compile(r"([0-9]{1,3}(?:[ ,.\u00a0]?[0-9]{3})*) votes?\b|(No votes)")


def attachments(content: LexborNode) -> tuple[Media, ...]:
    """What is attached to a message, from the ``media_wrap`` boxes of its body."""
    found: list[Media | None] = []
    for box, names in children(content):
        if "media_wrap" in names:
            found.extend(_media(node, given) for node, given in children(box))
    return tuple(media for media in found if media is not None)


def _media(node: LexborNode, names: list[str]) -> Media | None:
    for name in names:
        if name in _WRAPS:
            length = duration_s(first(node, ".video_duration")) if name == "video_file_wrap" else None
            return Media(kind=_WRAPS[name], duration_s=length)
        if name == "media_poll":
            return _poll(node)
        if name.startswith("media_"):
            return _row(node, name)
    return None


def _row(node: LexborNode, name: str) -> Media:
    kind = _CLASSES.get(name, MediaKind.OTHER)
    title = first(node, ".title")
    if name in ("media_photo", "media_video"):
        kind = _TITLES.get(title, kind)
    status = first(node, ".status")
    if kind in (MediaKind.CONTACT, MediaKind.LOCATION, MediaKind.OTHER):
        return Media(kind=kind)  # names, numbers and places of persons
    parts = [part.strip() for part in status.split(",")]
    pixels = next((match for part in parts if (match := _PIXELS.fullmatch(part))), None)
    is_named = kind is MediaKind.DOCUMENT and title not in ("", _NO_NAME)
    return Media(
        kind=kind,
        file_name=title if is_named else None,
        size_bytes=next((size for part in parts if (size := size_bytes(part)) is not None), None),
        duration_s=next((length for part in parts if (length := duration_s(part)) is not None), None),
        width_px=int(pixels[1]) if pixels else None,
        height_px=int(pixels[2]) if pixels else None,
    )


def _poll(node: LexborNode) -> Media:
    """A poll; a to-do list is written in the same way."""
    details = next((words(each) for each, names in children(node) if names == ["details"]), "").lower()
    if details.startswith("to-do"):
        return Media(kind=MediaKind.OTHER)
    answers = [_answer(each) for each, names in children(node) if "answer" in names]
    if any(voters is not None for _, voters in answers):  # then one without a number has no votes
        answers = [(text, voters or 0) for text, voters in answers]
    poll = Poll(
        question=first(node, ".question"),
        answers=tuple(PollAnswer(text=text, voters=voters) for text, voters in answers),
        is_quiz="quiz" in details,
        is_closed="final" in details,
        voters=_votes(first(node, ".total")),
    )
    return Media(kind=MediaKind.POLL, poll=poll)


def _answer(node: LexborNode) -> tuple[str, int | None]:
    """``- Yes <span class="details">252 votes, chosen vote</span>``."""
    details = [each for each, _ in children(node) if "details" in classes(each)]
    voters = _votes(words(details[-1])) if details else None
    for each in details[-1:]:
        each.decompose()
    return words(node).removeprefix("-").strip(), voters


def _votes(text: str) -> int | None:
    match = _VOTES.match(text)
    if match is None:
        return None
    number = int(re.sub(r"[^0-9]", "", match[1])) if match[1] else 0
    return number if number < COUNT_LIMIT else None
