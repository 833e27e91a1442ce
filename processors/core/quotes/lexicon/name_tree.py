"""The names of all outlets as a tree of words."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from processors.core.quotes.lexicon.scripts import FIRST_UNCASED

ARTICLES: Final = frozenset(
    ["the", "le", "la", "les", "die", "der", "das", "el", "il", "lo", "los", "o", "a", "de", "het", "az"]
)
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


class NameTree:
    """The names, in every form in which a text may have them. Each first word leads to a node of its own, which is made
    when a text has the word. Read only.
    """

    def __init__(
        self,
        make: Callable[[str], NameNode],
        words: frozenset[str],
        heads: dict[str, str],
        unparted: dict[str, list[tuple[str, Alias]]],
    ) -> None:
        """``make`` gives the node of a key."""
        self.words = words
        """First words in lower case, which are keys of nodes."""
        self.heads = heads
        """Keys of nodes by first words as a text may write them."""
        self.unparted = unparted
        """Names in scripts that do not part their words by their first character, the longest first."""
        self._make = make
        self._nodes: dict[str, NameNode] = {}

    def of_head(self, head: str) -> NameNode:
        """The node of one of ``heads``."""
        return self.node(self.heads[head])

    def of_word(self, word: str) -> NameNode | None:
        """The node of a first word in lower case, if names start with it."""
        return self.node(word) if word in self.words else None

    def node(self, key: str) -> NameNode:
        """The node of a key."""
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = self._make(key)
        return node

    def first_nodes(self) -> Iterator[tuple[str, NameNode]]:
        """Every first word with its node, of which none is kept for the texts to come."""
        return ((word, self._nodes.get(word) or self._make(word)) for word in self.words)


def folded_word(word: str) -> str:
    """A word in lower case as the tree has it."""
    return word.translate(_HAMZA) if word >= FIRST_UNCASED else word
