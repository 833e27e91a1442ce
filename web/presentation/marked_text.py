"""A post's text in paragraphs, with quotes, citations and links at their offsets."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from web.presentation.words import without_controls

_ORDER: Final = ("m-outlet", "m-cue", "m-quote", "m-cite")
_OPENING: Final = frozenset("\"'“„«‹‘‚「『”»")
_CLOSING: Final = frozenset("\"'”“»›’‘」』«")
_SCHEMES: Final = ("http", "https")


@dataclass(frozen=True, slots=True)
class MarkedPiece:
    """A part of a paragraph with the same marks throughout."""

    text: str
    mark: str = ""
    """Class of the mark; of several the first of outlet, attribution, quoted words, citation."""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of a text in pieces, and the quote that it belongs to."""

    pieces: list[MarkedPiece]
    item: int | None = None
    """Number of the quote that it belongs to, from 1."""
    is_first_of_item: bool = False
    is_headline: bool = False


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A quote of the post, as its table shows it."""

    number: int
    outlets: list[str]
    kind: str
    cited: list[str]
    words: str
    language: str | None


@dataclass(slots=True)
class MarkedText:
    """A text with what was found in it."""

    paragraphs: list[Paragraph]
    quotes: list[QuoteRow] = field(default_factory=list)
    citations: int = 0
    has_marks: frozenset[str] = frozenset()


def marked(text: str, record: dict[str, Any] | None) -> MarkedText:
    """The text of a post with the marks of its record; offsets that are not in the text are left out."""
    record = record or {}
    items = [item for found in record.get("quote_lists") or () for item in found.get("items") or ()]
    citations = record.get("citations") or []
    spans = [
        (*_with_quotation_marks(text, start, end), mark) if mark == "m-quote" else (start, end, mark)
        for start, end, mark in _marks(items, citations)
    ]
    links = [(*_range(link), url) for link in record.get("links") or () if (url := safe_url(link.get("url")))]
    size = len(text)
    spans = [(start, end, mark) for start, end, mark in spans if 0 <= start < end <= size]
    links = [(start, end, url) for start, end, url in links if 0 <= start < end <= size]
    places = [_range(item) for item in items]
    paragraphs = [*_paragraphs(without_controls(text), spans, links, places, _headline_of(record, text))]
    return MarkedText(paragraphs, [*_rows(items)], len(citations), frozenset(mark for *_, mark in spans))


def marked_item(item: dict[str, Any], most: int) -> list[MarkedPiece]:
    """The text of one quote with its marks, on one line, cut where it has more characters than ``most``."""
    text, base = str(item.get("text") or ""), int(item.get("start") or 0)
    shown = text if len(text) <= most else f"{text[:most]}…"
    found = [
        (*_with_quotation_marks(text, start - base, end - base), mark)
        for start, end, mark in _marks([item], [])
        if 0 <= start - base < end - base <= len(text)
    ]
    spans = [(start, min(end, len(shown)), mark) for start, end, mark in found if start < len(shown)]
    lines = list(_paragraphs(without_controls(shown), spans, [], [], (0, 0)))
    return [
        piece for at, line in enumerate(lines) for piece in ([MarkedPiece(" "), *line.pieces] if at else line.pieces)
    ]


def safe_url(url: object) -> str | None:
    """A link that may be followed; None for any other scheme, or what is no address."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return url.strip() if parts.scheme.lower() in _SCHEMES and parts.netloc else None


def _range(span: dict[str, Any]) -> tuple[int, int]:
    return int(span.get("start") or 0), int(span.get("end") or 0)


def _marks(items: list[dict[str, Any]], citations: list[dict[str, Any]]) -> Iterator[tuple[int, int, str]]:
    for item in items:
        yield from ((*_range(span), "m-outlet") for span in item.get("outlet_text") or ())
        yield from ((start, end, "m-quote") for start, end in item.get("quote_offsets") or ())
    for citation in citations:
        yield from ((*_range(span), "m-cite") for span in citation.get("outlet_text") or ())
        yield from ((start, end, "m-quote") for start, end in citation.get("quote_offsets") or ())
    for each in (*items, *citations):
        if each.get("cue"):
            yield (*_range(each["cue"]), "m-cue")


def _with_quotation_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """Quoted words with the marks around them, which records leave out."""
    if start > 0 and 0 <= end < len(text) and text[start - 1] in _OPENING and text[end] in _CLOSING:
        return start - 1, end + 1
    return start, end


def _headline_of(record: dict[str, Any], text: str) -> tuple[int, int]:
    block = next((each for each in record.get("blocks") or () if each.get("kind") == "headline"), None)
    if block is not None:
        return _range(block)
    first = len(text.partition("\n")[0])
    return (0, first) if first <= 160 else (0, 0)


def _paragraphs(
    text: str,
    spans: list[tuple[int, int, str]],
    links: list[tuple[int, int, str]],
    items: list[tuple[int, int]],
    headline: tuple[int, int],
) -> Iterator[Paragraph]:
    cuts = sorted({0, len(text), *(at for start, end, _ in (*spans, *links) for at in (start, end))})
    mark_of = _covering(cuts, [(start, end, _ORDER.index(mark)) for start, end, mark in spans])
    link_of = _covering(cuts, [(start, end, number) for number, (start, end, _) in enumerate(links)])
    pieces = [(start, end, mark_of[start], link_of[start]) for start, end in pairwise(cuts)]
    ends = [last for _, last in items]
    at, seen, position = 0, set[int](), 0
    for line in text.split("\n"):
        end = at + len(line)
        while position < len(pieces) and pieces[position][1] <= at:
            position += 1
        shown, number = [], position
        while number < len(pieces) and pieces[number][0] < end:
            first, last, mark, link = pieces[number]
            part = text[max(first, at) : min(last, end)]
            if part:
                url = None if link is None else links[link][2]
                shown.append(MarkedPiece(part, "" if mark is None else _ORDER[mark], url))
            number += 1
        if line.strip():
            item = _item_at(items, ends, at, end)
            is_headline = headline[0] <= at < headline[1] and item is None
            yield Paragraph(shown, item, item is not None and item not in seen, is_headline)
            seen |= set() if item is None else {item}
        at = end + 1


def _covering(cuts: list[int], spans: list[tuple[int, int, int]]) -> dict[int, int | None]:
    """For the piece that begins at each cut the least value of the spans that cover it."""
    starts: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for start, end, value in spans:
        starts.setdefault(start, []).append(value)
        ends.setdefault(end, []).append(value)
    active: dict[int, int] = {}
    found: dict[int, int | None] = {}
    for cut in cuts:
        for value in ends.get(cut, ()):
            active[value] -= 1
            if not active[value]:
                del active[value]
        for value in starts.get(cut, ()):
            active[value] = active.get(value, 0) + 1
        found[cut] = min(active) if active else None
    return found


def _item_at(items: list[tuple[int, int]], ends: list[int], start: int, end: int) -> int | None:
    at = bisect_right(ends, start)
    return at + 1 if at < len(items) and items[at][0] < end else None


def _rows(items: list[dict[str, Any]]) -> Iterator[QuoteRow]:
    for number, item in enumerate(items, 1):
        quotes = item.get("quotes") or ()
        yield QuoteRow(
            number,
            [str(outlet.get("name", "")) for outlet in item.get("outlets") or ()],
            str(item.get("kind") or ""),
            [str(span.get("text", "")) for span in item.get("cited") or ()],
            " … ".join(map(str, quotes)) if quotes else str(item.get("text", "")),
            item.get("language"),
        )
