"""Building the tree of names: each form of each name at its place, and the winner where two outlets claim one.

It takes a fifth of a second for the package's registry, which therefore comes with its tree (built_names.py).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from processors.core.quotes.lexicon.file_models import OutletEntry
from processors.core.quotes.lexicon.inflection import genitive_endings
from processors.core.quotes.lexicon.name_forms import forms_of
from processors.core.quotes.lexicon.name_tree import (
    CAPITALISED,
    WEAKENED,
    Alias,
    FirstWords,
    NameNode,
    NameTree,
    UnpartedNames,
    folded_word,
    weakened,
    with_ending,
)
from processors.core.quotes.lexicon.outlet_table import TableEntry
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED, UNPARTED
from processors.core.quotes.lines.tokens import spell

_WORD: Final = re.compile(r"[^\W_]+")
_VOWEL: Final = re.compile("[aeiouyäöüаеиоуыэюяієї]")
_ACRONYM: Final = 5
"""Letters of the longest acronym."""
_SHORT_ACRONYM: Final = 3
_MIN_LOWER: Final = 3
"""Letters of a first word that counts in lower case ("taz"): shorter ones are articles and initials."""


def tree_of(entries: Iterable[OutletEntry | TableEntry]) -> NameTree:
    """The tree of all names. Entries that come later win a name that two of them claim, so that a user's file can
    correct ours; a name that is also a common word wins over none that is no such word, nor over a canonical name.
    """
    return _Building(entries).tree()


class _Building:
    def __init__(self, entries: Iterable[OutletEntry | TableEntry]) -> None:
        self._by_first: dict[str, NameNode] = {}
        self._nodes: dict[str, NameNode] = {}
        """Nodes by key, those of other forms of first words included."""
        self._heads: dict[str, int] = {}
        self._unparted: UnpartedNames = {}
        self._written: dict[str, list[str]] = {}
        """First words as the registry writes them, by the same in lower case."""
        entries = tuple(entries)
        self._canonical = {_WORD.findall(entry.name)[0] for entry in entries if entry.name[0].islower()}
        forms = [form for entry in entries for form in forms_of(entry)]
        for (_, alias, has_article), spelled in zip(forms, _spelled([form[0] for form in forms]), strict=True):
            self._add(alias, spelled, has_article=has_article)
        for names in self._unparted.values():
            names.sort(key=lambda item: -len(item[0]))
        self._nodes.update(self._by_first)
        for word, node in self._by_first.items():
            self._add_heads(word, node)
        for word, node in self._by_first.items():
            if node.alias is not None:
                self._add_genitives(word, node.alias)

    def tree(self) -> NameTree:
        return NameTree(self._first_words(), _Nodes(self._nodes, frozenset(self._by_first), self._unparted))

    def _first_words(self) -> FirstWords:
        lower: list[str] = []
        in_lower: dict[str, list[str]] = {}
        for head, ending in self._heads.items():
            if "a" <= head[0] <= "z" and len(head) >= _MIN_LOWER and not ending:
                if part := CAPITALISED.search(head):
                    in_lower.setdefault(part[0], []).append(head)
                elif head in self._canonical:
                    lower.append(head)
        return FirstWords(self._heads, lower, in_lower)

    def _add(self, alias: Alias, spelled: str, *, has_article: bool) -> None:
        parts = [spelled] if spelled.isalpha() else _WORD.findall(spelled)
        if has_article:
            del parts[0]
        words = [part.lower() for part in parts]
        if words[0] >= FIRST_UNCASED:
            if UNPARTED.search(spelled):
                self._unparted.setdefault(spelled[0], []).append((spelled, alias))
                return
            parts = words = [folded_word(word) for word in words]
        head = words[0]
        node = self._by_first.get(head)
        if node is None:
            node = self._by_first[head] = NameNode()
            self._written[head] = [parts[0]]
        elif parts[0] not in self._written[head]:
            self._written[head].append(parts[0])
        for word in words[1:]:
            node = node.child(word)
        node.alias = alias if node.alias is None else _winner(node.alias, alias)

    def _add_heads(self, word: str, node: NameNode) -> None:
        heads, written = self._heads, self._written[word]
        # Not every letter comes back from capitals: such a word is none that starts a name.
        heads.update((head, 0) for head in written if head.lower() == word)
        capitalised, upper = word.capitalize(), word.upper()
        if all(head.isupper() and len(head) <= _ACRONYM for head in written):
            if capitalised in written or capitalised.lower() != word or len(word) < _SHORT_ACRONYM:
                return
            # "Uni" is no UNI: only without a vowel such a word can be no other.
            heads[capitalised] = 0
            if _VOWEL.search(word) is not None:
                heads[capitalised] = WEAKENED
                self._nodes[weakened(word)] = _weakened(node, len(word))
            return
        if capitalised.lower() == word:
            heads[capitalised] = 0
        if upper.lower() == word:
            heads[upper] = 0

    def _add_genitives(self, word: str, alias: Alias) -> None:
        endings = genitive_endings(word, alias.country)
        if not endings:
            return
        heads = self._heads
        self._nodes[with_ending(word)] = NameNode(alias)
        capitalised, upper = word.capitalize(), word.upper()
        for head in dict.fromkeys((*self._written[word], capitalised, upper)):
            if head in heads and head.lower() == word:
                for ending in endings:
                    heads.setdefault(head + ending, len(ending))
                    if head is upper:
                        heads.setdefault(head + ending.upper(), len(ending))


class _Nodes:
    """The nodes of a tree by their keys, all at hand."""

    def __init__(self, by_key: dict[str, NameNode], words: frozenset[str], unparted: UnpartedNames) -> None:
        self._by_key = by_key
        self._words = words
        self._unparted = unparted

    def find(self, key: str) -> NameNode | None:
        return self._by_key.get(key)

    def nodes(self) -> Iterator[tuple[str, NameNode]]:
        return ((word, self._by_key[word]) for word in self._words)

    def words(self) -> frozenset[str]:
        return self._words

    def unparted(self) -> UnpartedNames:
        return self._unparted


def _winner(held: Alias, alias: Alias) -> Alias:
    """Which of two outlets has a name: the other one remains, for its article or the outlets beside it may distinguish
    it.
    """
    if held.id == alias.id:
        is_better = (not alias.is_ambiguous, alias.rank) > (not held.is_ambiguous, held.rank)
        return alias._replace(rivals=held.rivals) if is_better else held
    wins = not alias.is_ambiguous or (held.is_ambiguous and alias.rank >= held.rank)
    winner, other = (alias, held) if wins else (held, alias)
    return winner._replace(rivals=(*winner.rivals, other, *other.rivals))


def _weakened(node: NameNode, length: int) -> NameNode:
    """The node of an acronym that is not in capitals."""
    weak = NameNode(following=node.following)
    if node.alias is not None:
        weak.alias = node.alias._replace(
            is_ambiguous=True, needs_support=node.alias.needs_support or length <= _SHORT_ACRONYM
        )
    return weak


def _spelled(texts: list[str]) -> list[str]:
    """The spellings of texts: those with other letters than ASCII all at once, which takes a third of the time."""
    others = [text for text in texts if not text.isascii()]
    spelled = iter(spell("\n".join(others)).text.split("\n"))
    return [text if text.isascii() else next(spelled) for text in texts]
