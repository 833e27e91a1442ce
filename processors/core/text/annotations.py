"""Links, mentions and hashtags: those that Telegram marked as entities, and those that are only in the text.

Every pattern here is linear in the length of the text, whatever the text is, and of each kind the first ones are taken.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TypeVar

from processors.core.text.characters import MARKS
from schemas import EntityKind, Link, Span, TextEntity

# A sign or letter first: a pattern that starts with a look-behind is tried at every character, one with a set is not.
_URL = re.compile(
    r"[hHwWtT](?i:(?<![A-Za-z0-9_@./].)(?:(?<=h)ttps?://|(?<=w)ww\.|(?<=t)(?:elegram)?\.me/))"
    r"[^\s<>\"«»“”„|{}\[\]\\^`]{2,}"
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,20}:", re.IGNORECASE)
_MENTION = re.compile(r"@(?<![\w@./]@)[A-Za-z][A-Za-z0-9_]{3,31}(?![A-Za-z0-9_])")
_HASHTAG = re.compile(rf"#(?<![\w#&/]#)[\w{MARKS}]++")
_TRAILING = ".,:;!?…'\"*_~’”"
MAX_FOUND = 500
"""Links, mentions and hashtags of a text that are found each, several times those of the longest posts."""

S = TypeVar("S", bound=Span)


def links(text: str, entities: tuple[TextEntity, ...]) -> tuple[Link, ...]:
    """Links in order. A target without a scheme gets ``https://``; a marked link wins over one found in the text."""
    marked = [link for entity in entities if (link := _marked_link(text, entity)) is not None]
    if "/" not in text and "w." not in text and "W." not in text:  # of each form of a URL one is part
        return tuple(_apart(marked)) if marked else ()
    found = []
    for match in islice(_URL.finditer(text), MAX_FOUND):
        shown = _without_trailing(match[0])
        if len(shown) > len("t.me/"):
            end = match.start() + len(shown)
            found.append(Link.model_construct(text=shown, start=match.start(), end=end, url=_target(shown)))
    return tuple(_apart(marked, found))


def mentions(text: str, entities: tuple[TextEntity, ...], known_links: tuple[Link, ...]) -> tuple[Span, ...]:
    """@names in order, without those inside of links."""
    if "@" not in text:
        return ()
    return _outside(known_links, _marked(text, entities, EntityKind.MENTION, "@"), _found(_MENTION, text))


def hashtags(text: str, entities: tuple[TextEntity, ...], known_links: tuple[Link, ...]) -> tuple[Span, ...]:
    """#tags in order, with at least one character that is no digit, without those inside of links."""
    if "#" not in text:
        return ()
    found = [tag for tag in _found(_HASHTAG, text) if not tag.text[1:].isdigit()]
    return _outside(known_links, _marked(text, entities, EntityKind.HASHTAG, "#"), found)


def _marked_link(text: str, entity: TextEntity) -> Link | None:
    shown = text[entity.start : entity.end]
    if entity.kind is EntityKind.TEXT_LINK and entity.url:
        return Link.model_construct(text=shown, start=entity.start, end=entity.end, url=entity.url)
    if entity.kind is EntityKind.URL:
        return Link.model_construct(text=shown, start=entity.start, end=entity.end, url=_target(shown))
    return None


def _target(shown: str) -> str:
    return shown if _SCHEME.match(shown) else f"https://{shown}"


def _without_trailing(url: str) -> str:
    """The URL without the punctuation of the sentence around it; a closing bracket stays if the URL opened it."""
    end = len(url)
    opened, closed = url.count("("), url.count(")")
    while end and (url[end - 1] in _TRAILING or (url[end - 1] == ")" and closed > opened)):
        closed -= url[end - 1] == ")"
        end -= 1
    return url[:end]


def _marked(text: str, entities: tuple[TextEntity, ...], kind: EntityKind, sign: str) -> list[Span]:
    return [
        Span.model_construct(text=text[entity.start : entity.end], start=entity.start, end=entity.end)
        for entity in entities
        if entity.kind is kind and text.startswith(sign, entity.start)
    ]


def _found(pattern: re.Pattern[str], text: str) -> list[Span]:
    matches = islice(pattern.finditer(text), MAX_FOUND)
    return [Span.model_construct(text=match[0], start=match.start(), end=match.end()) for match in matches]


def _outside(known_links: tuple[Link, ...], marked: list[Span], found: list[Span]) -> tuple[Span, ...]:
    # A mention that is itself the text of a link stays a mention.
    spans = _apart(marked, found)
    if not known_links or not spans:
        return tuple(spans)
    starts = [link.start for link in known_links]
    return tuple(span for span in spans if not _is_inside(span, known_links, starts))


def _is_inside(span: Span, known_links: Sequence[Link], starts: list[int]) -> bool:
    before = bisect_right(starts, span.start) - 1
    if before < 0:
        return False
    link = known_links[before]
    return span.end <= link.end and _SCHEME.match(link.text) is not None


def _apart(first: Iterable[S], second: Iterable[S] = ()) -> list[S]:
    """Spans of both in order of the text, none overlapping another; of two that do, one of ``first`` wins."""
    kept: list[S] = []
    for span in sorted(first, key=_bounds):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    starts = [span.start for span in kept]
    free = []
    for span in second:
        nearest = bisect_left(starts, span.end) - 1
        if nearest < 0 or kept[nearest].end <= span.start:
            free.append(span)
    return sorted(kept + free, key=_bounds) if free else kept


def _bounds(span: Span) -> tuple[int, int]:
    return span.start, -span.end
