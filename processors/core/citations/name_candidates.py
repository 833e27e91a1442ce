"""Names that may be those of cited outlets: known ones, and unknown ones whose place shows what they are."""

import re
from collections.abc import Container, Iterable, Sequence
from typing import Final, NamedTuple

from processors.core.citations.markdown_removal import PlainText
from processors.core.quotes.lexicon.outlets import OutletName
from processors.core.quotes.lines.tokens import words_of
from schemas import Outlet

MAX_NAMES: Final = 50
"""Names of a post that are read."""
_CHANNEL_LINK = re.compile(r"(?:https?://)?(?:t|telegram)\.me/(?:s/)?(?P<name>[A-Za-z]\w{3,31})(?:/\d+)?/?(?:\?\S*)?$")
_ACRONYM = 5
_NEXT = 3
_HYPHENS = ("-", "‑", "‐")


class NameCandidate(NamedTuple):
    """A name at ``plain.text[start:end]``."""

    start: int
    end: int
    outlet: Outlet
    is_ambiguous: bool = False
    needs_support: bool = False
    """Whether it counts only beside a cue, a kind of outlet or in quotation marks."""
    channel: str | None = None
    """Username of the channel that it links to or that it is."""

    @property
    def key(self) -> tuple[str, ...]:
        """Words of its outlet's name, folded."""
        return tuple(words_of(self.outlet.name))

    def is_kind(self, kinds: Container[str], plain: PlainText) -> bool:
        """Whether it is written as a kind of outlet."""
        return plain.lower[self.start : self.end] in kinds

    def written(self, plain: PlainText) -> tuple[str, ...]:
        """Words of the name as it is written, folded."""
        return tuple(words_of(plain.text[self.start : self.end]))


def known(plain: PlainText, names: Iterable[OutletName]) -> list[NameCandidate]:
    """The known names, at their places in the plain text; those in targets of links are left out."""
    found: list[NameCandidate] = []
    for name in names:
        start, end = plain.of_spelling(name.start), plain.of_spelling(name.end)
        is_whole = end - start == name.end - name.start and not _is_part(plain.text, start, end)
        if is_whole and not _is_other_word(plain.text[start:end], name.outlet.name):
            found.append(NameCandidate(start, end, name.outlet, name.is_ambiguous, name.needs_support))
    return found


def _is_part(text: str, start: int, end: int) -> bool:
    """Whether a hyphen joins the name to a word before it, or a short one to more capitals: "Royaume-Uni", "AP-HP"."""
    if start > 1 and text[start - 1] in _HYPHENS and text[start - 2].isalnum():
        return True
    is_joined = text[end : end + 1] in _HYPHENS and text[end + 1 : end + 3].isupper()
    return is_joined and end - start <= _ACRONYM


def _is_other_word(written: str, name: str) -> bool:
    """Whether a word that is written like any other ("Dr") is no acronym ("DR")."""
    return name.isupper() and len(name) <= _ACRONYM and written.casefold() == name.casefold() and not written.isupper()


def merged(
    plain: PlainText, known_names: list[NameCandidate], unknown_names: list[NameCandidate], kinds: Container[str]
) -> list[NameCandidate]:
    """All names in order, without overlap, ``MAX_NAMES`` at most. What is but the kind of the next one is left out."""
    if not unknown_names and len(known_names) < 2:  # as most
        return known_names
    kept: list[NameCandidate] = []
    swallowing = sorted(unknown_names)
    for one in sorted([*known_names, *swallowing], key=_widest_first):
        if kept and kept[-1].is_ambiguous and 0 < one.start - kept[-1].end <= _NEXT and kept[-1].is_kind(kinds, plain):
            kept.pop()  # "агентство ТАСС", "обозреватель Bloomberg"
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        if len(kept) == MAX_NAMES:
            break
    return kept


def _widest_first(one: NameCandidate) -> tuple[int, int]:
    return one.start, -one.end


def with_links(names: Sequence[NameCandidate], links: Sequence[tuple[int, str]]) -> list[NameCandidate]:
    """The names with the channel that a link over them leads to; ``links`` are ends in the plain text and targets."""
    if not links:
        return list(names)
    channels: dict[int, str] = {}
    for end, target in links:
        match = _CHANNEL_LINK.match(target)
        if match is not None:
            channels[end] = match["name"]
    found: list[NameCandidate] = []
    for one in names:
        channel = channels.get(one.end) or channels.get(one.end + 1)
        found.append(one if channel is None else one._replace(channel=channel))
    return found
