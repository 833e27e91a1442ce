"""The words that set a part of a post apart, as data. Lines are matched from their first word, in any case."""

import re
from typing import NamedTuple

from schemas import SectionKind

MAX_LABEL = 200
"""A longer line is no label."""

# Followed by a colon. "Bild" is missing on purpose: it is an outlet.
_MEDIA = (
    # en
    "video description", "photo description", "image description", "description of the video", "in the video",
    "on the video", "on video", "in the photo", "pictured", "video", "photo", "photos",
    # ru
    "описание видео", "описание фото", "подпись к фото", "подпись к видео", "на видео", "на фото", "на кадрах",
    "на снимке", "на снимках", "видео", "фото",
    # uk
    "опис відео", "опис фото", "на відео", "на світлині", "відео",
    # de
    "videobeschreibung", "bildbeschreibung", "im video", "auf dem video", "auf dem foto", "foto", "fotos",
)  # fmt: skip

# Followed by a colon, or alone in their line; a number may come between: "UPD 2:".
_ADDENDUM = (
    # en
    "adding", "addition", "addendum", "added later", "added", "update", "updated", "upd", "ps", "pps",
    # ru
    "добавим", "добавлю", "дополнение", "дополним", "дополнено", "добавлено", "обновление", "обновлено", "апдейт",
    "апд", "упд", "постскриптум",
    # uk
    "додамо", "доповнення", "доповнимо", "оновлення", "оновлено", "додано",
    # de
    "ergänzung", "ergänzend", "nachtrag", "aktualisierung", "aktualisiert", "zusatz",
)  # fmt: skip

# Need no colon.
_POSTSCRIPT = ("p.s.", "p. s.", "p.p.s.", "p.s", "п.с.", "п. с.", "з.ы.")


def _words(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_MEDIA_LABEL = re.compile(rf"(?:{_words(_MEDIA)}) ?:", re.IGNORECASE)
_ADDENDUM_LABEL = re.compile(
    rf"(?:(?:{_words(_ADDENDUM)})(?: ?[0-9]{{1,2}})?(?: ?:|\.?\Z)|(?:{_words(_POSTSCRIPT)}):?(?= |\Z))", re.IGNORECASE
)

_WHO = r"[\"'«„“]?(?P<who>[^\s\"'’«»„“”:.][^\"'’«»„“”:.]{0,60})[\"'»“”]?"
_TEXT_RU = "текст|пост|публикация|сообщение|разбор|сводка|описание|комментарий|версия"
_TEXT_UK = "текст|допис|пост|публікація|повідомлення|розбір|зведення|опис|коментар|версія"
_TEXT_DE = "beschreibung|text|beitrag|post|bericht|kommentar|zusammenfassung|analyse|darstellung"
_TEXT_EN = "description|text|post|report|commentary|comment|account|summary|analysis|version|take"
# First words of a line, and the whole line. Every repetition is bounded, and so is the line.
_EMBEDDED = tuple(
    (frozenset(heads.split()), re.compile(pattern, re.IGNORECASE))
    for heads, pattern in (
        (
            "the below here",
            rf"(?:the following|below|here) is {_WHO}['’]s?(?: [\w-]+){{0,4}}? (?:{_TEXT_EN})\b[^:]*[.:]?",
        ),
        (
            "the below here",
            rf"(?:the following|below|here) is (?:an?|the)(?: [\w-]+){{0,3}}? (?:{_TEXT_EN}) (?:by|from) {_WHO}[.:]?",
        ),
        ("forwarded reposted repost", rf"(?:forwarded|reposted|repost) from:? {_WHO}[.:]?"),
        (
            "далее ниже",
            rf"(?:далее|ниже)(?: следует| приводим| приводится| публикуем)?(?: [\w-]+){{0,2}}? (?:{_TEXT_RU})"
            rf"(?: (?:телеграм-)?канала| от)? {_WHO}[.:]?",
        ),
        ("переслано репост", rf"(?:переслано из|репост из|репост от)(?: канала)?:? {_WHO}[.:]?"),
        (
            "далі нижче",
            rf"(?:далі|нижче)(?: наводимо| подаємо| публікуємо)?(?: [\w-]+){{0,2}}? (?:{_TEXT_UK})"
            rf"(?: (?:телеграм-)?каналу| від)? {_WHO}[.:]?",
        ),
        ("переслано репост", rf"(?:переслано з|репост з|репост від)(?: каналу)?:? {_WHO}[.:]?"),
        (
            "es im nachfolgend",
            rf"(?:es folgt|im folgenden|nachfolgend)(?: [\w-]+){{0,4}}? (?:{_TEXT_DE}) von {_WHO}[.:]?",
        ),
        ("weitergeleitet übernommen", rf"(?:weitergeleitet|übernommen) (?:von|aus):? {_WHO}[.:]?"),
    )
)
_FIRST_WORD = re.compile(r"[^\W\d_]+")


def _first_word(line: str) -> str:
    match = _FIRST_WORD.match(line)
    return match[0].lower() if match else ""


_HEADS = frozenset().union(map(_first_word, (*_MEDIA, *_ADDENDUM, *_POSTSCRIPT)), *(heads for heads, _ in _EMBEDDED))
_INITIALS = frozenset(head[0] for head in _HEADS)


class Label(NamedTuple):
    """A label found at the head of a line."""

    kind: SectionKind
    end: int
    """Offset after its last code point."""
    attributed_to: tuple[int, int] | None = None
    """Offsets of the name of whose text follows."""


def label_at(text: str, start: int, end: int) -> Label | None:
    """The label that the line ``text[start:end]`` starts with or consists of."""
    if text[start].lower() not in _INITIALS:
        return None
    head_end = min(end, start + MAX_LABEL)
    head = _first_word(text[start : start + 20])
    if head not in _HEADS:
        return None
    if match := _MEDIA_LABEL.match(text, start, head_end):
        return Label(SectionKind.MEDIA_DESCRIPTION, match.end())
    if match := _ADDENDUM_LABEL.match(text, start, head_end):
        return Label(SectionKind.ADDENDUM, match.end())
    if end > head_end:
        return None
    for heads, pattern in _EMBEDDED:
        if head in heads and (match := pattern.fullmatch(text, start, end)):
            return Label(SectionKind.EMBEDDED, end, match.span("who"))
    return None
