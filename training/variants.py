"""Layout variants of labelled posts: other markers, separators, blank lines, credits below, no introduction, one line.

A variant keeps the words and changes the layout, so that the weights learn forms that no source of the data has.
"""

import random
import re
from collections.abc import Callable
from dataclasses import replace

from training.labelled import LabelledItem, LabelledPost

Edit = tuple[int, int, str]
"""A piece of text, and what replaces it."""

_MARKERS = ("🔹 ", "• ", "— ", "▪️", "1️⃣ ", "🇪🇺 ", "* ", "➡️ ", "1) ", "3. ", "a) ", "✅ ", "> ")
_SEPARATORS = (": ", " - ", " — ", " | ", " : ", ":\n", "\n", "\n\n", " → ", " » ", " • ", " ~ ", ":\n> ", "：", " // ")
_CREDITS = (
    " - {}",
    " — {}",
    " ({})",
    "\n{}",
    "\n— {}",
    " / {}",
    " [{}]",
    " ~ {}",
    " | {}",
    "\nSource: {}",
    "\n({})",
    " (via {})",
    " Vía {}",
    " (Quelle: {})",
)
_ADVERTS = (
    "👉 Subscribe to our newsletter",
    "Реклама: окна и двери, скидка до пятницы",
    "Werbung: Der Hafenladen hat wieder auf",
    "❗️ Our chat has moved, the link is in the profile",
)
_QUOTATION_MARKS = (("«", "»"), ("“", "”"), ("„", "“"), ('"', '"'), ("「", "」"), ("‘", "’"))
_QUOTED = re.compile(r"«([^«»\n]+)»|“([^“”\n]+)”|„([^„“”\n]+)[“”]|\"([^\"\n]+)\"|「([^「」\n]+)」")
_FOOTERS = (
    "\n\n@harbour_wire",
    "\n\n#press",
    "\n\nSubscribe to Harbour Wire",
    "\n\n👉 Harbour Wire | More",
    " Follow @harbour_wire",
)
_COMMENTS = ("\n\nWell, well.", "\n\nThat is all for today", "\nNobody asked the harbour.")
_STORIES = (
    "The council met on Tuesday and talked about the bridge for three hours. Nobody had read the report.",
    "На складе нашли триста ящиков без адреса. Сторож говорит, что они стоят там с весны.",
    "Der Fahrplan gilt ab Montag. Wer früher fährt, zahlt den alten Preis und wartet länger.",
    "La biblioteca cerrará en agosto para cambiar las ventanas, y los libros irán a la escuela.",
    "The harbour master keeps a list of every boat that left without paying. It has four names.",
)
"""Paragraphs that name no outlet."""
_ABOVE = 0.25
_LABEL = re.compile(r"[»\"”]?(?:\s?\([^()\n]{1,60}\))?\s?(?::\s?|\s[-–—|]\s|\n+)")


def variants_of(post: LabelledPost, seed: int, limit: int) -> list[LabelledPost]:
    """Up to so many variants of a post; the same ones for the same seed."""
    drawn = random.Random(f"{seed} {post.file} {post.uid}")  # noqa: S311
    ways = list(_WAYS if post.items else _WAYS_WITHOUT_LIST)
    drawn.shuffle(ways)
    ways.sort(key=_is_rare, reverse=True)
    found: list[LabelledPost] = []
    for way in ways:
        variant = way(post, drawn)
        if variant is not None and variant.text != post.text:
            found.append(variant)
        if len(found) == limit:
            break
    return found


def edited(post: LabelledPost, edits: list[Edit]) -> LabelledPost:
    """The post after edits that do not overlap; what is put in front of an item is outside of it, what is put behind
    its end is inside.
    """
    pieces: list[str] = []
    done = 0
    for start, end, new in sorted(edits):
        pieces += (post.text[done:start], new)
        done = max(done, end)
    pieces.append(post.text[done:])

    def moved(offset: int) -> int:
        shift = 0
        for start, end, new in edits:
            if end <= offset:
                shift += len(new) - (end - start)
            elif start < offset:
                shift += len(new) - (offset - start)
        return offset + shift

    items = tuple(LabelledItem(moved(item.start), moved(item.end), item.outlets, None) for item in post.items)
    return replace(post, text="".join(pieces), items=items, leads=())


def _opens_line(text: str, start: int) -> bool:
    return start == 0 or text[start - 1] == "\n"


def _marked(post: LabelledPost, drawn: random.Random) -> LabelledPost | None:
    if not all(_opens_line(post.text, item.start) for item in post.items):
        return None
    marker = drawn.choice(_MARKERS)
    return edited(post, [(item.start, item.start, marker) for item in post.items])


def _unmarked(post: LabelledPost, _drawn: random.Random) -> LabelledPost | None:
    edits = []
    for item in post.items:
        line = post.text.rfind("\n", 0, item.start) + 1
        before = post.text[line : item.start]
        if not before.strip() or any(char.isalnum() for char in before):
            return None
        edits.append((line, item.start, ""))
    return edited(post, edits)


def _spaced(post: LabelledPost, _drawn: random.Random) -> LabelledPost | None:
    edits = [
        (item.start - 1, item.start, "\n\n")
        for item in post.items
        if item.start > 1 and post.text[item.start - 1] == "\n" and post.text[item.start - 2] != "\n"
    ]
    return edited(post, edits) if edits else None


def _dense(post: LabelledPost, _drawn: random.Random) -> LabelledPost | None:
    return edited(post, [(m.start(), m.end(), "\n") for m in re.finditer(r"\n\s*\n", post.text)])


def _flattened(post: LabelledPost, _drawn: random.Random) -> LabelledPost | None:
    if len(post.text) > 3000 or not any(_has_label(post, item) for item in post.items):
        return None
    return edited(post, [(m.start(), m.end(), " ") for m in re.finditer(r"\n+", post.text)])


def _has_label(post: LabelledPost, item: LabelledItem) -> re.Match[str] | None:
    if item.name is None or item.name[0] - item.start > 2:
        return None
    return _LABEL.match(post.text, item.name[1], item.end)


def _separated(post: LabelledPost, drawn: random.Random) -> LabelledPost | None:
    labels = [(item, match) for item in post.items if (match := _has_label(post, item)) is not None]
    if len(labels) * 2 < len(post.items):
        return None
    separator = drawn.choice(_SEPARATORS)
    edits = []
    for _, match in labels:
        place = match[0][: match[0].index(")") + 1] if ")" in match[0] else ""
        edits.append((match.start(), match.end(), place + separator))
    return edited(post, edits)


def _credited(post: LabelledPost, drawn: random.Random) -> LabelledPost | None:
    labels = [(item, match) for item in post.items if (match := _has_label(post, item)) is not None]
    if len(labels) < len(post.items):
        return None
    form = drawn.choice(_CREDITS)
    edits: list[Edit] = []
    for item, match in labels:
        assert item.name is not None
        name = post.text[item.name[0] : item.name[1]]
        edits += ((item.start, match.end(), ""), (item.end, item.end, form.format(name)))
    return edited(post, edits)


def _bracketed(post: LabelledPost, _drawn: random.Random) -> LabelledPost | None:
    labels = [(item, match) for item in post.items if (match := _has_label(post, item)) is not None]
    if len(labels) < len(post.items):
        return None
    edits: list[Edit] = []
    for item, match in labels:
        assert item.name is not None
        edits += ((item.start, item.name[0], "["), (match.start(), match.end(), "] "))
    variant = edited(post, edits)
    starts = [item.start if variant.text[item.start] == "[" else item.start - 1 for item in variant.items]
    items = tuple(replace(item, start=start) for item, start in zip(variant.items, starts, strict=True))
    return replace(variant, items=items)


def _requoted(post: LabelledPost, drawn: random.Random) -> LabelledPost | None:
    """In other quotation marks."""
    opening, closing = drawn.choice(_QUOTATION_MARKS)
    edits: list[Edit] = []
    for match in _QUOTED.finditer(post.text):
        edits += ((match.start(), match.start() + 1, opening), (match.end() - 1, match.end(), closing))
    return edited(post, edits) if edits else None


def _interrupted(post: LabelledPost, drawn: random.Random) -> LabelledPost | None:
    """With a line of advertising between two items."""
    if len(post.items) < 3:
        return None
    start = drawn.choice(post.items[1:]).start
    line = post.text.rfind("\n", 0, start) + 1
    if not line or any(char.isalnum() for char in post.text[line:start]):
        return None
    blank = "\n\n" if "\n\n" in post.text else "\n"
    return edited(post, [(line, line, drawn.choice(_ADVERTS) + blank)])


def _without_introduction(post: LabelledPost, _drawn: random.Random) -> LabelledPost | None:
    if not post.leads or any(item.start < end for item in post.items for _, end in post.leads[:1]):
        return None
    return edited(post, [(start, end, "") for start, end in post.leads[:1]])


def _with_story(post: LabelledPost, drawn: random.Random) -> LabelledPost | None:
    """With paragraphs of something else below the list, or above it: few reviews fill their post."""
    story = "\n\n".join(drawn.sample(_STORIES, drawn.randint(2, len(_STORIES))))
    if drawn.random() < _ABOVE:
        return edited(post, [(0, 0, f"{story}\n\n")])
    variant = edited(post, [(len(post.text), len(post.text), "\n\n")])
    return replace(variant, text=f"{post.text.rstrip()}\n\n{story}", items=post.items)


def _cut_to_two(post: LabelledPost, _drawn: random.Random) -> LabelledPost | None:
    """The first two items alone."""
    if len(post.items) < 3 or post.items[0].outlets == post.items[1].outlets:
        return None
    end = post.items[1].end
    if any(item.start < end for item in post.items[2:]):
        return None
    return replace(post, text=post.text[:end], items=post.items[:2])


def _with_footer(post: LabelledPost, drawn: random.Random) -> LabelledPost | None:
    end = len(post.text.rstrip())
    if post.items[-1].end >= end:
        footer = drawn.choice(_FOOTERS + _COMMENTS)
        variant = edited(post, [(len(post.text), len(post.text), "\n")])
        return replace(variant, text=post.text + footer, items=post.items)
    return edited(post, [(post.items[-1].end + 1, len(post.text), "")]) if drawn.random() < 0.5 else None


_WAYS: tuple[Callable[[LabelledPost, random.Random], LabelledPost | None], ...] = (
    _marked,
    _unmarked,
    _spaced,
    _dense,
    _flattened,
    _separated,
    _credited,
    _without_introduction,
    _with_footer,
    _with_story,
    _cut_to_two,
    _bracketed,
    _requoted,
    _interrupted,
)


def _lines_marked(post: LabelledPost, drawn: random.Random) -> LabelledPost | None:
    """With a marker before every line but the first."""
    marker = drawn.choice(_MARKERS)
    starts = [match.end() for match in re.finditer(r"\n+(?=[^\W_]|[«„“\"])", post.text)]
    return edited(post, [(start, start, marker) for start in starts]) if len(starts) > 1 else None


def _lines_unmarked(post: LabelledPost, _drawn: random.Random) -> LabelledPost | None:
    marks = [(match.start(1), match.end()) for match in re.finditer(r"(?m)^([^\w\s«„“\"'(\[@#]{1,3}\s?)", post.text)]
    return edited(post, [(*mark, "") for mark in marks]) if len(marks) > 1 else None


def _lines_separated(post: LabelledPost, drawn: random.Random) -> LabelledPost | None:
    """With another sign behind the first words of its lines."""
    separator = drawn.choice(_SEPARATORS)
    labels = list(re.finditer(r"(?m)^[^\n:–—|]{2,40}?(\s?:\s|\s[-–—|]\s)", post.text))
    return edited(post, [(*match.span(1), separator) for match in labels]) if len(labels) > 1 else None


_WAYS_WITHOUT_LIST: tuple[Callable[[LabelledPost, random.Random], LabelledPost | None], ...] = (
    _dense,
    _requoted,
    _with_story,
    _lines_marked,
    _lines_unmarked,
    _lines_separated,
)


def _is_rare(way: Callable[[LabelledPost, random.Random], LabelledPost | None]) -> bool:
    """Whether the labelled posts have too few of such lists: two items make one, and most have more; most are alone in
    their post.
    """
    return way in (_cut_to_two, _with_story)
