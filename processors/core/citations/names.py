"""Names that may be those of cited outlets: known ones, and unknown ones whose place shows what they are."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from processors.core.citations.lexicon import CitationLexicon
from processors.core.citations.plain_text import PlainText
from processors.core.quotes.lexicon.outlets import OutletName
from processors.core.quotes.lines.tokens import words_of
from schemas import Outlet

MAX_NAMES: Final = 50
"""Names of a post that are read."""
MAX_TRIGGERS: Final = 200
"""Cues and kinds of outlets of a post beside which an unknown name is looked for."""
_WORD = re.compile(r"[^\W_]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_REST = r"(?:[ \u00a0-](?:[A-ZÀ-ÞА-ЯЁ][\w.&-]*|of|de|del|di|na|на|by|24|\d{1,3})(?!\w)){0,3}"
_BETWEEN = r"(?:[\s(]{0,2}[«\"“„'‘]?)"
_LATIN = re.compile(rf"{_BETWEEN}(?P<name>[A-Z][\w.&’'-]*\w{_REST})")
_QUOTED = re.compile(r"\s{0,2}(?:[«„“](?P<a>[^\n«»„“”\"]{2,40})[»“”]|\"(?P<b>[A-ZÀ-ÞА-ЯЁ0-9][^\n\"]{1,40})\")")
_CAPITALISED = re.compile(rf"\s(?P<name>[A-ZÀ-ÞА-ЯЁ][\w.&’-]*\w{_REST}|\d{{2,3}}(?!\w))")
_ACCOUNT = re.compile(r"[ \u00a0(]{0,2}(?P<name>@\w{4,32})")
_CASELESS = re.compile(r"\s(?P<name>[\u0590-\u06ff\u200c]{3,20}(?:[ \u200c](?:\d{1,3}|[\u0590-\u06ff]{3,14}))?)")
_CAPITAL_RUN = re.compile(r"[A-ZÀ-ÞÅÄÖ][\w’'-]*(?: (?:[A-ZÀ-ÞÅÄÖ][\w’'-]*|of|the|de|du|and|&)){0,4}")
_CHANNEL_LINK = re.compile(r"(?:https?://)?(?:t|telegram)\.me/(?:s/)?(?P<name>[A-Za-z]\w{3,31})(?:/\d+)?/?(?:\?\S*)?$")
_MAX_WORDS = 5
_ACRONYM = 5


class Candidate(NamedTuple):
    """A name at ``plain.text[start:end]``."""

    start: int
    end: int
    outlet: Outlet
    is_ambiguous: bool = False
    channel: str | None = None
    """Username of the channel that it links to or that it is."""

    @property
    def key(self) -> tuple[str, ...]:
        """Words of its outlet's name, folded."""
        return tuple(words_of(self.outlet.name))

    def written(self, plain: PlainText) -> tuple[str, ...]:
        """Words of the name as it is written, folded."""
        return tuple(words_of(plain.text[self.start : self.end]))


def known(plain: PlainText, names: Iterable[OutletName]) -> list[Candidate]:
    """The known names, at their places in the plain text; those in targets of links are left out."""
    found: list[Candidate] = []
    for name in names:
        start, end = plain.of_spelling(name.start), plain.of_spelling(name.end)
        if end - start == name.end - name.start and not _is_other_word(plain.text[start:end], name.outlet.name):
            found.append(Candidate(start, end, name.outlet, name.is_ambiguous))
    return found


def _is_other_word(written: str, name: str) -> bool:
    """Whether a word that is written like any other ("Dr") is no acronym ("DR")."""
    return name.isupper() and len(name) <= _ACRONYM and written.casefold() == name.casefold() and not written.isupper()


def may_hold_unknown(lexicon: CitationLexicon, lower: str) -> bool:
    """Whether a text has a word beside which unknown names are found: a cheap test, for most have none."""
    return not lexicon.triggers.isdisjoint(lower.split())


def unknown_outlet(name: str) -> Outlet:
    """The outlet of a name that the registry lacks: its id is ``?`` and the folded name."""
    return Outlet(id="?" + " ".join(words_of(name)), name=name, is_known=False)


def unknown(lexicon: CitationLexicon, plain: PlainText, taken: Sequence[Candidate]) -> list[Candidate]:
    """Names that the registry lacks, right beside a cue or a kind of outlet; ``taken`` are the known ones."""
    found: list[Candidate] = []
    text, lower = plain.text, plain.lower
    is_cyrillic = _CYRILLIC.search(text) is not None
    triggers = 0
    for match in _WORD.finditer(lower):
        word = match[0]
        if word not in lexicon.triggers:
            continue
        triggers += 1
        if triggers > MAX_TRIGGERS or len(found) >= MAX_NAMES:
            break
        name = _beside(lexicon, text, match, is_cyrillic)
        if name is not None:
            found.append(name)
    return [one for one in found if not _is_taken(one, taken)]


def _beside(lexicon: CitationLexicon, text: str, trigger: re.Match[str], is_cyrillic: bool) -> Candidate | None:
    word, after = trigger[0], trigger.end()
    is_kind = word in lexicon.kinds
    match = _ACCOUNT.match(text, after)
    if match is not None:
        return Candidate(*match.span("name"), unknown_outlet(match["name"][1:]), channel=match["name"][1:])
    if is_kind:
        match = _QUOTED.match(text, after)
        if match is not None:
            return _candidate(lexicon, text, *match.span("a" if match["a"] is not None else "b"))
    match = _LATIN.match(text, after) if is_cyrillic or is_kind else None
    if match is None and is_kind:
        match = _CAPITALISED.match(text, after)
    if match is None and is_kind and word not in lexicon.weak_kinds and text[trigger.start()] >= "\u0590":
        match = _CASELESS.match(text, after)
    if match is not None:
        if is_kind and not is_cyrillic and text[trigger.start()].isupper():
            return None
        return _candidate(lexicon, text, *match.span("name"))
    return _by_ending(lexicon, text, trigger)


def _by_ending(lexicon: CitationLexicon, text: str, trigger: re.Match[str]) -> Candidate | None:
    """A run of capitalised words beside a cue that ends as outlets' names do: "Trinidad Express reports"."""
    begin = max(0, trigger.start() - 60)
    candidates = [
        match for match in _CAPITAL_RUN.finditer(text, begin, trigger.start()) if match.end() >= trigger.start() - 2
    ]
    following = _CAPITAL_RUN.search(text, trigger.end(), trigger.end() + 60)
    if following is not None and text[trigger.end() : following.start()].strip(" \u00a0").lower() in (
        "",
        "the",
        "die",
        "der",
        "le",
        "la",
        "to",
    ):
        candidates.append(following)
    for match in candidates:
        words = words_of(match[0])
        if 1 < len(words) <= _MAX_WORDS and (
            words[-1] in lexicon.name_endings or words[-1].endswith(("zeitung", "tidning", "blatt", "bladet"))
        ):
            start = match.start() + (4 if match[0][:4] in ("The ", "Die ", "Der ") else 0)
            return _candidate(lexicon, text, start, match.end())
    return None


def _candidate(lexicon: CitationLexicon, text: str, start: int, end: int) -> Candidate | None:
    while end > start and text[end - 1] in ".’'- ":
        end -= 1
    name = text[start:end]
    words = words_of(name)
    if not words or len(words) > _MAX_WORDS or words[-1] in lexicon.not_outlets or words[0] in lexicon.not_outlets:
        return None
    if name[0] < "A" and not name[0].isdigit():
        return None
    return Candidate(start, end, unknown_outlet(name))


def _is_taken(one: Candidate, taken: Sequence[Candidate]) -> bool:
    return any(known.start < one.end and one.start < known.end and not _swallows(one, known) for known in taken)


def _swallows(one: Candidate, known: Candidate) -> bool:
    """Whether a longer unknown name holds a known one that is only its end or a common word: "Trinidad Express"."""
    is_longer = one.start <= known.start and one.end >= known.end and one.end - one.start > known.end - known.start
    return is_longer and (known.is_ambiguous or known.start > one.start)


def merged(known_names: list[Candidate], unknown_names: list[Candidate]) -> list[Candidate]:
    """All names in order, without overlap, ``MAX_NAMES`` at most."""
    kept: list[Candidate] = []
    swallowing = sorted(unknown_names)
    for one in sorted([*known_names, *swallowing], key=_widest_first):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        if len(kept) == MAX_NAMES:
            break
    return kept


def _widest_first(one: Candidate) -> tuple[int, int]:
    return one.start, -one.end


def with_links(plain: PlainText, names: Sequence[Candidate], links: Sequence[tuple[int, str]]) -> list[Candidate]:
    """The names with the channel that a link over them leads to; ``links`` are ends in the plain text and targets."""
    if not links:
        return list(names)
    channels: dict[int, str] = {}
    for end, target in links:
        match = _CHANNEL_LINK.match(target)
        if match is not None:
            channels[end] = match["name"]
    return [
        one._replace(channel=next((channels[at] for at in (one.end, one.end + 1) if at in channels), one.channel))
        for one in names
    ]
