"""The names of all outlets as a tree of words, with every form in which a text may have them."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from processors.core.quotes.lexicon.file_models import OutletEntry
from processors.core.quotes.lexicon.inflection import genitive_endings, inflected
from processors.core.quotes.lexicon.outlet_table import TableEntry
from processors.core.quotes.lexicon.scripts import UNPARTED
from processors.core.quotes.lines.tokens import spell

ARTICLES: Final = frozenset(
    ["the", "le", "la", "les", "die", "der", "das", "el", "il", "lo", "los", "o", "a", "de", "het", "az"]
)
_WORD = re.compile(r"[^\W_]+")
_VOWEL = re.compile("[aeiouyäöüаеиоуыэюяієї]")
_ACRONYM = 5
"""Letters of the longest acronym."""
_SHORT_ACRONYM = 3
_HAMZA: Final = str.maketrans("أإآٱؤئۀ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "ااااويه01234567890123456789")
"""Arabic letters that are written without their hamza as often, and digits."""


class Alias(NamedTuple):
    """What a name stands for."""

    id: str
    country: str | None
    is_ambiguous: bool
    needs_support: bool
    rank: int
    """Of two ambiguous names which is the outlet's rather: canonical names before others, those before parts of names
    whose article is left out.
    """
    is_known_abroad: bool
    """Whether the outlet has a Cyrillic name: only then its Latin one is no common word in a Cyrillic text."""
    articles: tuple[str, ...]
    """What makes the whole name of a word that alone could be another, where it precedes it; of equal length."""
    is_word_with_article: bool
    """Whether even the whole name could be something else: "The Australian government"."""
    rivals: "tuple[Alias, ...]" = ()
    """Other outlets of the name, distinguished by article ("La Presse", "Die Presse") or by the outlets beside."""


class NameNode:
    """A word of names that share their words so far."""

    __slots__ = ("_initials", "alias", "following")

    def __init__(self) -> None:
        self.alias: Alias | None = None
        """The name that ends here."""
        self.following: dict[str, NameNode] | None = None
        self._initials: str | None = None

    def may_continue(self, following: str) -> bool:
        """Whether a name may go on with a word that starts with a letter: much cheaper than to look for the word."""
        if self._initials is None:
            self._initials = "".join({word[0] for word in self.following or ()})
        return following.lower() in self._initials or following >= "\u0590"

    def child(self, word: str) -> "NameNode":
        """The node of a word after this one, made where there is none."""
        if self.following is None:
            self.following = {}
        node = self.following.get(word)
        if node is None:
            node = self.following[word] = NameNode()
        return node


_Form = tuple[str, Alias, bool]
"""A form of a name, what it stands for, and whether its first word is an article."""


class NameTree:
    """Immutable once built. Entries that come later win a name that two of them claim, so that a user's file can
    correct ours; a name that is also a common word wins over none that is no such word, nor over a canonical name.
    """

    def __init__(self, entries: Iterable[OutletEntry | TableEntry]) -> None:
        self.by_first: dict[str, NameNode] = {}
        """By first word in lower case."""
        self.heads: dict[str, NameNode] = {}
        """By first word as a text may write it."""
        self.unparted: dict[str, list[tuple[str, Alias]]] = {}
        """Names in scripts that do not part their words by their first character, the longest first."""
        written: dict[str, list[str]] = {}
        forms = [form for entry in entries for form in _forms(entry)]
        for (_, alias, has_article), spelled in zip(forms, _spelled([form[0] for form in forms]), strict=True):
            self._add(alias, spelled, written, has_article=has_article)
        for names in self.unparted.values():
            names.sort(key=lambda item: -len(item[0]))
        for word, node in self.by_first.items():
            self._add_heads(word, node, written[word])
        for word, node in self.by_first.items():
            if node.alias is not None:
                self._add_genitives(word, node.alias, written[word])

    def _add(self, alias: Alias, spelled: str, written: dict[str, list[str]], *, has_article: bool) -> None:
        parts = [spelled] if spelled.isalpha() else _WORD.findall(spelled)
        if has_article:
            del parts[0]
        words = [part.lower() for part in parts]
        if words[0] >= "\u0590":
            if UNPARTED.search(spelled):
                self.unparted.setdefault(spelled[0], []).append((spelled, alias))
                return
            parts = words = [word.translate(_HAMZA) for word in words]
        head = words[0]
        node = self.by_first.get(head)
        if node is None:
            node = self.by_first[head] = NameNode()
            written[head] = [parts[0]]
        elif parts[0] not in written[head]:
            written[head].append(parts[0])
        for word in words[1:]:
            node = node.child(word)
        node.alias = alias if node.alias is None else _winner(node.alias, alias)

    def _add_heads(self, word: str, node: NameNode, written: list[str]) -> None:
        heads = self.heads
        for head in written:
            if (
                head.lower() == word
            ):  # not every letter comes back from capitals: such a word is none that starts a name
                heads[head] = node
        capitalised, upper = word.capitalize(), word.upper()
        if all(head.isupper() and len(head) <= _ACRONYM for head in written):
            if capitalised in written or capitalised.lower() != word or len(word) < _SHORT_ACRONYM:
                return
            # "Uni" is no UNI: only without a vowel such a word can be no other.
            may_be_word = _VOWEL.search(word) is not None
            heads[capitalised] = _weakened(node, len(word)) if may_be_word else node
            return
        if capitalised.lower() == word:
            heads[capitalised] = node
        if upper.lower() == word:
            heads[upper] = node

    def _add_genitives(self, word: str, alias: Alias, written: list[str]) -> None:
        endings = genitive_endings(word, alias.country)
        if not endings:
            return
        node = NameNode()
        node.alias = alias
        capitalised, upper = word.capitalize(), word.upper()
        for head in {*written, capitalised, upper}:
            if head in self.heads:
                for ending in endings:
                    self.heads.setdefault(head + ending, node)
                    if head is upper:
                        self.heads.setdefault(head + ending.upper(), node)


def _winner(held: Alias, alias: Alias) -> Alias:
    """Which of two outlets has a name: the other one remains where its article or, of common words, the outlets beside
    it distinguish it.
    """
    if held.id == alias.id:
        is_better = (not alias.is_ambiguous, alias.rank) > (not held.is_ambiguous, held.rank)
        return alias._replace(rivals=held.rivals) if is_better else held
    wins = not alias.is_ambiguous or (held.is_ambiguous and alias.rank >= held.rank)
    winner, other = (alias, held) if wins else (held, alias)
    if not (winner.articles or other.articles or (winner.is_ambiguous and other.is_ambiguous)):
        return winner
    return winner._replace(rivals=(*winner.rivals, other, *other.rivals))


def folded_word(word: str) -> str:
    """A word in lower case as the tree has it."""
    return word.translate(_HAMZA) if word >= "\u0590" else word


def _weakened(node: NameNode, length: int) -> NameNode:
    """The node of an acronym that is not in capitals."""
    weak = NameNode()
    weak.following = node.following
    if node.alias is not None:
        weak.alias = node.alias._replace(
            is_ambiguous=True, needs_support=node.alias.needs_support or length <= _SHORT_ACRONYM
        )
    return weak


def _forms(entry: OutletEntry | TableEntry) -> Iterator[_Form]:
    """Every form of an entry's names, each without its article: a text may leave it out."""
    outlet_id, country, canonical = entry.id, entry.country, entry.name
    own_articles = _articles(canonical)
    is_known_abroad = any("\u0400" <= name[-1] < "\u0500" for name in (*entry.aliases, *entry.ambiguous))
    ambiguous = {name.lower() for name in entry.ambiguous}
    is_canonical_word = canonical.lower() in ambiguous
    for name in dict.fromkeys([canonical, *entry.aliases, *entry.ambiguous]):
        first, _, rest = name.partition(" ")
        has_article = (
            bool(rest) and first.lower() in ARTICLES and (len(first) == 1 or not first.isupper())
        )  # "LA Times"
        is_word = name.lower() in ambiguous
        if has_article:
            may_be_word = is_word or " " not in rest or rest.lower() in ambiguous
            needs_support = _is_number(rest)
        else:
            may_be_word, needs_support = is_word, _is_number(name)
        alias = Alias(
            outlet_id,
            country,
            may_be_word or needs_support,
            needs_support,
            0 if has_article else 1 + (name is canonical),
            is_known_abroad,
            _articles(name) if has_article else own_articles,
            is_canonical_word,
        )
        for text in inflected(name):
            # "Liberation" is another word than "Libération".
            is_other_word = text != name and bool(ambiguous) and text.lower() in ambiguous
            yield text, alias._replace(is_ambiguous=True) if is_other_word else alias, has_article


def _is_number(name: str) -> bool:
    return "".join(_WORD.findall(name)).isdigit()


def _articles(canonical: str) -> tuple[str, ...]:
    """The article that a canonical name starts with, in each way to write it, or nothing."""
    if canonical[1:2] in ("'", "’"):
        return (f"{canonical[0]}'", f"{canonical[0]}’")
    article, _, rest = canonical.partition(" ")
    return (f"{article} ",) if rest and article.lower() in ARTICLES else ()


def _spelled(texts: list[str]) -> list[str]:
    """The spellings of texts: those with other letters than ASCII all at once, which takes a third of the time."""
    others = [text for text in texts if not text.isascii()]
    spelled = iter(spell("\n".join(others)).text.split("\n"))
    return [text if text.isascii() else next(spelled) for text in texts]
