"""The names of all outlets as a tree of words."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol, TypeAlias

from processors.core.quotes.lexicon.scripts import FIRST_UNCASED

ARTICLES: Final = frozenset(
    ["the", "le", "la", "les", "die", "der", "das", "el", "il", "lo", "los", "o", "a", "de", "het", "az"]
)
CAPITALISED: Final = re.compile(
    r"[A-Z0-9À-ÞĀ-ſЀ-ЯҐΆ-ΏΑ-ΫԱ-Ֆ\u0590-\u07bf\u0900-\u1d7f\u1e00-\u1eff\u2c80-\u2dff\u3040-\ud7a3][^\W_]*"
)
"""A word with a capital in it, or a word of a script without capitals."""
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
    whose article is left out; of equal ones the one whose id is just the name.
    """
    is_known_abroad: bool
    """Whether the outlet has a Cyrillic name: only then its Latin one is no common word in a Cyrillic text."""
    articles: tuple[str, ...]
    """What makes the whole name of a word that alone could be another, where it precedes it; of equal length."""
    is_word_with_article: bool
    """Whether even the whole name could be something else: "The Australian government"."""
    rivals: "tuple[Alias, ...]" = ()
    """Other outlets of the name, distinguished by article ("La Presse", "Die Presse") or by the outlets beside."""


UnpartedNames: TypeAlias = dict[str, list[tuple[str, Alias]]]


class NameNode:
    """A word of names that share their words so far."""

    __slots__ = ("_initials", "alias", "following")

    def __init__(self, alias: Alias | None = None, following: "dict[str, NameNode] | None" = None) -> None:
        self.alias = alias
        """The name that ends here."""
        self.following = following
        self._initials: str | None = None

    def may_continue(self, following: str) -> bool:
        """Whether a name may go on with a word that starts with a letter: much cheaper than to look for the word."""
        if self._initials is None:
            self._initials = "".join({word[0] for word in self.following or ()})
        return following.lower() in self._initials or following >= FIRST_UNCASED

    def child(self, word: str) -> "NameNode":
        """The node of a word after this one, made where there is none."""
        if self.following is None:
            self.following = {}
        node = self.following.get(word)
        if node is None:
            node = self.following[word] = NameNode()
        return node


class FirstWords(NamedTuple):
    """First words of names, as a text may write them."""

    endings: dict[str, int]
    """Letters of the case that each ends in, none as a rule; ``WEAKENED`` for an acronym that is not in capitals."""
    lower: list[str]
    """Those in which ``CAPITALISED`` finds nothing ("taz"), of canonical names."""
    in_lower: dict[str, list[str]]
    """The others that start in lower case ("iNews"), by what it finds of them ("News")."""


WEAKENED: Final = -1


class NodeSource(Protocol):
    """Where a tree takes its nodes from."""

    def find(self, key: str) -> NameNode | None:
        """The node of a key: of a first word in lower case, or ``with_ending`` or ``weakened`` of it."""
        ...

    def nodes(self) -> Iterator[tuple[str, NameNode]]:
        """Every first word in lower case with its node."""
        ...

    def words(self) -> frozenset[str]:
        """First words in lower case."""
        ...

    def unparted(self) -> UnpartedNames:
        """Names in scripts that do not part their words, as in the tree."""
        ...


class NameTree:
    """The names, in every form in which a text may have them. Each first word leads to a node of its own, which is made
    when a text has the word. Read only.
    """

    def __init__(self, firsts: FirstWords, source: NodeSource) -> None:
        self.heads = firsts.endings
        self.firsts = firsts
        self._source = source
        self._nodes: dict[str, NameNode] = {}
        self._by_head: dict[str, NameNode] = {}
        """Those of the first words that texts had, as they were written."""
        # mypyc makes a cached_property again at each use.
        self._words: frozenset[str] | None = None
        self._unparted: UnpartedNames | None = None

    @property
    def words(self) -> frozenset[str]:
        """First words in lower case."""
        if self._words is None:
            self._words = self._source.words()
        return self._words

    @property
    def unparted(self) -> UnpartedNames:
        """Names in scripts that do not part their words by their first character, the longest first."""
        if self._unparted is None:
            self._unparted = self._source.unparted()
        return self._unparted

    def key(self, head: str) -> str:
        """The key of the node of one of ``heads``."""
        ending = self.heads[head]
        if ending == 0:
            return folded_word(head.lower())
        return weakened(head.lower()) if ending == WEAKENED else with_ending(head[:-ending].lower())

    def of_head(self, head: str) -> NameNode:
        """The node of one of ``heads``."""
        node = self._by_head.get(head)
        if node is None:
            node = self.of_key(self.key(head))
            assert node is not None, head
            self._by_head[head] = node
        return node

    def nodes(self) -> Iterator[tuple[str, NameNode]]:
        """Every first word in lower case with its node; none is kept for the texts to come."""
        return self._source.nodes()

    def of_key(self, key: str) -> NameNode | None:
        """The node of a key, such as a first word in lower case, if names start with it."""
        node = self._nodes.get(key)
        if node is None:
            node = self._source.find(key)
            if node is not None:
                self._nodes[key] = node
        return node


def with_ending(word: str) -> str:
    """The key of the node that a first word in lower case leads to when it has the ending of a case."""
    return f"{word} with an ending"


def weakened(word: str) -> str:
    """The key of the node of an acronym that is not in capitals."""
    return f"{word} in lower case"


def folded_word(word: str) -> str:
    """A word in lower case as the tree has it."""
    return word.translate(_HAMZA) if word >= FIRST_UNCASED else word
