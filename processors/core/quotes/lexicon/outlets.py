"""The registry of news outlets, and finding their names in a text."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from ahocorasick_rs import BytesAhoCorasick

from processors.core.quotes.lexicon.addresses import AddressBook
from processors.core.quotes.lexicon.false_matches import is_idiom, is_part_of_longer
from processors.core.quotes.lexicon.file_models import OutletEntry
from processors.core.quotes.lexicon.inflection import stems
from processors.core.quotes.lexicon.loose_names import LooseNames
from processors.core.quotes.lexicon.name_tree import ARTICLES, CAPITALISED, Alias, NameNode, NameTree, folded_word
from processors.core.quotes.lexicon.outlet_table import TableEntry
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED
from processors.core.quotes.lexicon.tree_building import tree_of
from processors.core.quotes.lexicon.uncased_names import attached_words, runs_of_unparted
from processors.core.quotes.lexicon.unknown_id import UNKNOWN
from processors.core.quotes.lines.tokens import Tokens, words_of
from processors.core.text.character_kinds import ANY, LATIN, UNCASED
from schemas import Outlet
from schemas.text import unaccented

__all__ = ["ARTICLES", "Mention", "OutletName", "OutletRegistry", "locate", "within"]

_NEXT_WORD = re.compile(r"(?:[ \u00a0\u200c.'’&/+!‑–-]{0,3}|, )([A-Za-z0-9]++(?=[\uac00-\ud7a3])|[^\W_]+)")
"""The next word of a name, with what may precede it; a Latin one without what Korean appends to it."""
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_ENGLISH_MORE = re.compile(r" [A-Z][a-z]")
"""What makes a longer name of one with its article: "The Atlantic Council"."""
_JOINED_KINDS: Final = ("일보", "신문", "新聞", "新闻", "日報", "日报", "報", "报")
"""What Korean, Japanese and Chinese join to a name."""
_FIRST_JOINED: Final = "\u3040"
_ELIDED: Final = re.compile(r"(?<![^\W_])l(?='[A-ZÀ-Þ])")
"""A French or Italian article in a sentence, which is the first word of names ("l'Express")."""
_MIN_OF_COUNTRY = 2
"""Outlets of a country among which a name is rather that of one of theirs than of the one that has it elsewhere."""
_CONTEXT = 25
_MANY_HEADS = 20
"""First words of names in a text from which on one look at all its words takes less time than one for each of them."""
_WORD = re.compile(r"[^\W_]+")
_IN_CAMEL_CASE: Final = re.compile("(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zà-ÿ])")


class OutletName(NamedTuple):
    """A known name in a text."""

    start: int
    end: int
    outlet: Outlet
    is_ambiguous: bool
    needs_support: bool = False
    """Whether it counts only beside a cue, a kind of outlet or in quotation marks, whatever else speaks for it: a
    number, an acronym that is not in capitals, a name with a letter wrong. Such a name is ambiguous, too."""
    rivals: tuple[str, ...] = ()
    """Ids of other outlets that share the name as written."""


class Mention(NamedTuple):
    """A name at words ``first`` to ``after - 1`` of a text; mentions sort by their place."""

    start: int
    end: int
    first: int
    after: int
    outlet: Outlet
    is_ambiguous: bool
    needs_support: bool = False


class OutletRegistry:
    """Finds outlets by name, id, address and channel. Immutable once built."""

    def __init__(self, entries: Iterable[OutletEntry | TableEntry], tree: NameTree | None = None) -> None:
        """Entries that come later win a name that two of them claim, so that a user's file can correct ours. ``tree``
        is that of their names where it is built already.
        """
        self._entries = {entry.id: entry for entry in entries}
        # Made when they are requested; mypyc makes a cached_property again at each use.
        self._all: tuple[Outlet, ...] | None = None
        self._current_ids: dict[str, str] | None = None
        self._address_book: AddressBook | None = None
        self._loose_names: LooseNames | None = None
        self._made: dict[str, Outlet] = {}
        """Outlets that texts have named."""
        self._tree = tree_of(self._entries.values()) if tree is None else tree
        self._lower = BytesAhoCorasick([head.encode() for head in self._tree.firsts.lower])

    @property
    def outlets(self) -> tuple[Outlet, ...]:
        """All outlets."""
        if self._all is None:
            self._all = tuple(map(_outlet, self._entries.values()))
        return self._all

    def entry(self, outlet_id: str) -> OutletEntry | None:
        """All that the registry holds of an outlet; ``outlet_id`` may be a former one."""
        entry = self._entry(outlet_id)
        return entry.validated() if isinstance(entry, TableEntry) else entry

    def outlet(self, outlet_id: str) -> Outlet | None:
        """The outlet of an id, also of a former one: of ``?`` and a folded name, once the registry has the name."""
        entry = self._entry(outlet_id)
        return None if entry is None else _outlet(entry)

    def channels(self, outlet_id: str) -> Sequence[str]:
        """Usernames and ids of an outlet's channels; none for an id that the registry lacks."""
        entry = self._entry(outlet_id)
        return () if entry is None else entry.channels

    def is_agency(self, outlet_id: str | None) -> bool:
        """Whether an outlet is a news agency; false for one that the registry lacks."""
        entry = None if outlet_id is None else self._entry(outlet_id)
        return entry is not None and entry.kind == "agency"

    def of_host(self, host: str) -> Outlet | None:
        """The outlet that publishes at a host: its domain, or a subdomain of it."""
        found = self._addresses.of_host(host)
        return None if found is None else self.outlet(found)

    def of_channel(self, username: str | None, channel_id: int | None = None) -> Outlet | None:
        """The outlet that owns a channel."""
        found = self._addresses.of_channel(username, channel_id)
        return None if found is None else self.outlet(found)

    def names(self, text: str, letters: int = ANY) -> list[OutletName]:
        """The known names in a text's spelling, longest first at each place, in order and without overlap. A name
        starts with a capital, unless the registry writes it in lower case or its script has none. ``letters`` are the
        kinds of the text's.
        """
        words = set(CAPITALISED.findall(text))
        heads = self._tree.heads.keys() & words
        lower = self._lower_in(text) if letters & LATIN else []
        in_lower = self._tree.firsts.in_lower
        if not in_lower.keys().isdisjoint(words):
            lower += (head for part in in_lower.keys() & words for head in in_lower[part])
        is_uncased = letters & UNCASED != 0 and max(words, default="") >= FIRST_UNCASED
        elided = _ELIDED.findall(text) if letters & LATIN and "l'" in text else None
        if not heads and not lower and not elided and not is_uncased:
            return []
        places = [place for head in lower for place in _places(text, head, self._tree.of_head(head))]
        if elided and "L" in self._tree.heads:
            places += ((match.start(), "L") for match in _ELIDED.finditer(text))
        if is_uncased or len(heads) > _MANY_HEADS:
            places += self._all_places(text)
        else:
            places += (place for head in heads for place in _places(text, head, self._tree.of_head(head)))
        found: list[OutletName] = []
        blocked_to = 0
        for start, word in sorted(places):
            if start >= blocked_to:
                name = self._longest(text, start, word)
                if name is not None and not is_part_of_longer(text, name.start, name.end, blocked_to, self.of_host):
                    found.append(name)
                    blocked_to = name.end
        if len(found) > 1 and any(name.rivals for name in found):
            found = self._of_one_country(found)
        return self._with_unparted(text, found) if is_uncased else found

    def _lower_in(self, text: str) -> list[str]:
        """The first words in lower case that a text has, perhaps within others."""
        # In half the time of a look for each of them.
        found = self._lower.find_matches_as_indexes(text.encode("utf-8", "surrogatepass"), overlapping=True)
        return [self._tree.firsts.lower[place] for place in {place for place, _, _ in found}] if found else []

    def loose_names(self, text: str, words: Sequence[str], names: Iterable[OutletName]) -> list[OutletName]:
        """What ``names`` missed of a text's spelling: names with a letter wrong, acronyms in lower case ("cnn"). All
        need support. It takes longer than ``names``: for texts that are already under consideration. ``words`` are
        those of the spelling in lower case.
        """
        taken = [(name.start, name.end) for name in names]
        return [
            OutletName(start, end, self._outlet_of(alias), is_ambiguous=True, needs_support=True)
            for start, end, alias in self._loose.find(text, words, taken)
        ]

    def resolve(self, written: str) -> Outlet | None:
        """The outlet of one name as written: in any case, without its accents, with a letter wrong, in one word
        ("NewYorkTimes").
        """
        found = self.as_label(written)
        return None if found is None else found.outlet

    def as_label(self, written: str) -> OutletName | None:
        """The same for all that a label names, or a domain ("lemonde.fr"), with whether the name is a common word."""
        host = self.of_host(written) if "." in written else None
        if host is not None:
            return OutletName(0, len(written), host, is_ambiguous=False)
        for spelled in (written, _IN_CAMEL_CASE.sub(" ", written)):
            words = [folded_word(word) for word in words_of(spelled)]
            article = words[0] if len(words) > 1 and words[0] in ARTICLES else None
            alias = self._written(words, words[1:] if article else words)
            if alias is not None:
                one, is_whole = _of_article(alias, article)
                is_word = one.is_ambiguous and (one.is_word_with_article or not is_whole)
                return OutletName(0, len(written), self._outlet_of(one), is_word)
        return None

    def without_kind(self, written: str, kinds: frozenset[str]) -> OutletName | None:
        """The outlet whose name is ``written`` with a word for what it is before it ("newspaper East"), in Chinese,
        Japanese and Korean behind it (조선일보), which a label leaves out. Such a name is ambiguous.
        """
        words = [folded_word(word) for word in words_of(written)]
        for kind in kinds & self._tree.words:
            alias = self._exact([kind, *words])
            if alias is not None:
                return OutletName(0, len(written), self._outlet_of(alias), is_ambiguous=True)
        if written[-1] >= _FIRST_JOINED:
            for kind in _JOINED_KINDS:
                alias = self._exact([folded_word(written + kind)])
                if alias is not None:
                    return OutletName(0, len(written), self._outlet_of(alias), is_ambiguous=True)
        return None

    def _written(self, words: list[str], bare: list[str]) -> Alias | None:
        for one in (words, bare, [unaccented(word) for word in bare]):
            alias = self._exact(one)
            if alias is not None:
                return alias
        return self._loose.nearest("".join(bare))

    def _entry(self, outlet_id: str) -> OutletEntry | TableEntry | None:
        found = self._entries.get(outlet_id) or self._entries.get(self._current.get(outlet_id, ""))
        if found is None and outlet_id.startswith(UNKNOWN):
            alias = self._exact(outlet_id.removeprefix(UNKNOWN).split())
            found = None if alias is None or alias.is_ambiguous else self._entries[alias.id]
        return found

    @property
    def _current(self) -> dict[str, str]:
        if self._current_ids is None:
            self._current_ids = {former: entry.id for entry in self._entries.values() for former in entry.former}
        return self._current_ids

    @property
    def _addresses(self) -> AddressBook:
        if self._address_book is None:
            self._address_book = AddressBook(self._entries.values())
        return self._address_book

    @property
    def _loose(self) -> LooseNames:
        if self._loose_names is None:
            self._loose_names = LooseNames(self._tree)
        return self._loose_names

    def _exact(self, words: list[str]) -> Alias | None:
        node = self._tree.of_key(words[0]) if words else None
        for word in words[1:]:
            node = None if node is None or node.following is None else node.following.get(word)
        return None if node is None else node.alias

    def _all_places(self, text: str) -> Iterator[tuple[int, str]]:
        """Where first words of names are in a text, also inside of words in scripts without capitals."""
        for match in CAPITALISED.finditer(text):
            start, word = match.start(), match[0]
            if word in self._tree.heads:
                if not text[start - 1 : start].isalnum():
                    yield start, word
            elif word[-1] >= FIRST_UNCASED or word[0] >= FIRST_UNCASED:
                yield from ((start + offset, head) for offset, head in attached_words(word, self._tree.heads))

    def _longest(self, text: str, start: int, first: str) -> OutletName | None:
        """The longest of the names that share their first word, at that word's position."""
        node = self._tree.of_head(first)
        alias, end = node.alias, start + len(first)
        after = end
        while node.following:
            match = _NEXT_WORD.match(text, after)
            following = _following(node, match[1]) if match else None
            if match is None or following is None:
                break
            node, after = following, match.end()
            if node.alias is not None:
                alias, end = node.alias, after
        return None if alias is None else self._name(text, start, end, alias)

    def _name(self, text: str, start: int, end: int, alias: Alias) -> OutletName | None:
        begin, rivals = start, alias.rivals
        for one in (alias, *rivals) if alias.articles or rivals else ():
            if one.articles and _has_article(text, start, one.articles):
                if rivals:
                    rivals = tuple(
                        [other for other in (alias, *rivals) if other is not one and _shares_article(other, one)]
                    )
                alias, begin = one, start - len(one.articles[0])
                break
        is_whole = begin < start and not (text.startswith("The ", begin) and _ENGLISH_MORE.match(text, end))
        is_word = alias.is_ambiguous and (not is_whole or alias.is_word_with_article)
        if is_word and begin == start and is_idiom(text, start, alias.country):
            return None
        is_ambiguous = alias.needs_support or (
            is_word and not (alias.is_known_abroad and _is_foreign(text, start, end))
        )
        ids = tuple([one.id for one in rivals]) if rivals else ()
        return OutletName(begin, end, self._outlet_of(alias), is_ambiguous, alias.needs_support, ids)

    def _of_one_country(self, names: list[OutletName]) -> list[OutletName]:
        """The names with each that several outlets share given to one of a country that the others have: a certain one
        only where two others have it, whose names are theirs alone.
        """
        alone = Counter({name.outlet.id: name.outlet.country for name in names if not name.rivals}.values())
        certain = alone | Counter([name.outlet.country for name in names if name.rivals and not name.is_ambiguous])
        return [
            self._of_country(name, certain, 1) if name.is_ambiguous else self._of_country(name, alone, _MIN_OF_COUNTRY)
            for name in names
        ]

    def _of_country(self, name: OutletName, countries: Counter[str | None], least: int) -> OutletName:
        if not name.rivals or name.outlet.country in countries:
            return name
        for outlet in filter(None, map(self.outlet, name.rivals)):
            if outlet.country is not None and countries[outlet.country] >= least:
                return name._replace(outlet=outlet)
        return name

    def _outlet_of(self, alias: Alias) -> Outlet:
        found = self._made.get(alias.id)
        if found is None:
            found = self._made[alias.id] = _outlet(self._entries[alias.id])
        return found

    def _with_unparted(self, text: str, found: list[OutletName]) -> list[OutletName]:
        """The names with those of scripts that do not part their words."""
        runs = runs_of_unparted(text, self._tree.unparted)
        if not runs:
            return found
        merged = [*found, *(self._name(text, start, end, alias) for start, end, alias in runs)]
        kept: list[OutletName] = []
        for name in sorted(filter(None, merged), key=lambda name: (name.start, -name.end)):
            if not kept or name.start >= kept[-1].end:
                kept.append(name)
        return kept


def _places(text: str, word: str, node: NameNode) -> list[tuple[int, str]]:
    """Where a text has a word that is no part of another there, and that is a name or may go on as one."""
    found: list[tuple[int, str]] = []
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum():
            after = text[end + 1 : end + 2]
            if node.alias is not None or not after.isalnum() or node.may_continue(after):
                found.append((start, word))
        start = text.find(word, end)
    return found


def locate(tokens: Tokens, names: Iterable[OutletName]) -> list[Mention]:
    """Names with the words that they take: the whole word, where a name is joined to a preposition or a particle."""
    return [
        Mention(
            name.start,
            name.end,
            _word_at(tokens, name.start),
            tokens.at(name.end),
            name.outlet,
            name.is_ambiguous,
            name.needs_support,
        )
        for name in names
    ]


def within(mentions: list[Mention], start: int, end: int) -> list[Mention]:
    """The mentions that lie in ``text[start:end]``."""
    if not mentions or (mentions[0].start >= start and mentions[-1].end <= end):
        return mentions
    first = bisect_left(mentions, (start,))
    after = bisect_left(mentions, (end,), lo=first)
    if after > first and mentions[after - 1].end > end:
        after -= 1
    return mentions[first:after]


def _word_at(tokens: Tokens, offset: int) -> int:
    """Index of the word in which an offset lies, or of the first after it."""
    index = tokens.at(offset)
    return index - 1 if index and tokens.ends[index - 1] > offset else index


def _has_article(text: str, start: int, articles: tuple[str, ...]) -> bool:
    """Whether one of the articles, which are of equal length, is right before a name, also in capitals as the name."""
    before = text[max(0, start - len(articles[0])) : start]
    return before in articles or (before.isupper() and text[start : start + 2].isupper() and before.title() in articles)


def _shares_article(alias: Alias, other: Alias) -> bool:
    return not set(alias.articles).isdisjoint(other.articles)


def _of_article(alias: Alias, article: str | None) -> tuple[Alias, bool]:
    """Of the outlets that share a name the one that has it with this article, in lower case; whether one has."""
    for one in (alias, *alias.rivals) if article else ():
        if any(own.strip(" '’").lower() == article for own in one.articles):
            return one, True
    return alias, False


def _following(node: NameNode, word: str) -> NameNode | None:
    following = node.following
    if following is None:
        return None
    lowered = folded_word(word.lower())
    found = following.get(lowered)
    if found is None and lowered.isascii():
        # "New York Timesa": only a word that ends a name takes such an ending.
        for stem in stems(lowered):
            found = following.get(stem)
            if found is not None and found.alias is not None:
                return NameNode(found.alias)
        return None
    return found


def _is_foreign(text: str, start: int, end: int) -> bool:
    """Whether a Latin name is part of a Cyrillic text, where it is no common word."""
    around = text[max(0, start - _CONTEXT) : start] + text[end : end + _CONTEXT]
    return text[start] < "\u0400" and _CYRILLIC.search(around) is not None


def _outlet(entry: OutletEntry | TableEntry) -> Outlet:
    return Outlet(id=entry.id, name=entry.name, country=entry.country or None, is_known=True)
