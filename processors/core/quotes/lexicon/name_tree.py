"""The names of all outlets as a tree of words, with every form in which a text may have them."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from processors.core.quotes.lexicon.file_models import OutletEntry
from processors.core.quotes.lexicon.inflection import genitive_endings, inflected
from processors.core.quotes.lexicon.scripts import UNCASED, UNPARTED
from processors.core.quotes.lines.tokens import spell
from schemas import Outlet

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

    outlet: Outlet
    is_ambiguous: bool
    needs_support: bool
    articles: tuple[str, ...]
    """What makes the whole name of a word that alone could be another, where it precedes it; of equal length."""
    is_word_with_article: bool = False
    """Whether even the whole name could be something else: "The Australian government"."""


class Node:
    """A word of names that share their words so far."""

    __slots__ = ("alias", "following")

    def __init__(self) -> None:
        self.alias: Alias | None = None
        """The name that ends here."""
        self.following: dict[str, Node] | None = None

    def child(self, word: str) -> "Node":
        """The node of a word after this one, made where there is none."""
        if self.following is None:
            self.following = {}
        node = self.following.get(word)
        if node is None:
            node = self.following[word] = Node()
        return node


class _Form(NamedTuple):
    alias: Alias
    has_article: bool


class NameTree:
    """Immutable once built. Entries that come later win a name that two of them claim, so that a user's file can
    correct ours; a name that is also a common word never wins over one that is none.
    """

    def __init__(self, entries: Iterable[OutletEntry]) -> None:
        self.by_first: dict[str, Node] = {}
        """By first word in lower case."""
        self.heads: dict[str, Node] = {}
        """By first word as a text may write it."""
        self.unparted: dict[str, list[tuple[str, Alias]]] = {}
        """Names in scripts that do not part their words by their first character, the longest first."""
        written: dict[str, set[str]] = {}
        forms = [form for entry in entries for form in _forms(entry)]
        for (_, form), spelled in zip(forms, _spelled([text for text, _ in forms]), strict=True):
            self._add(form, spelled, written)
        for names in self.unparted.values():
            names.sort(key=lambda item: -len(item[0]))
        for word, node in self.by_first.items():
            self._add_heads(word, node, written[word])

    def _add(self, form: _Form, spelled: str, written: dict[str, set[str]]) -> None:
        if UNPARTED.search(spelled):
            self.unparted.setdefault(spelled[0], []).append((spelled, form.alias))
            return
        parts = (spelled,) if spelled.isalpha() else _WORD.findall(spelled)
        if form.has_article:
            parts = parts[1:]
        words = [part.lower() for part in parts]
        if words[0] >= "\u0590":
            words = [word.translate(_HAMZA) for word in words]
            parts = words
        head = words[0]
        node = self.by_first.get(head)
        if node is None:
            node = self.by_first[head] = Node()
        written.setdefault(head, set()).add(parts[0])
        for word in words[1:]:
            node = node.child(word)
        held = node.alias
        if held is None or not form.alias.is_ambiguous or held.is_ambiguous:
            node.alias = form.alias

    def _add_heads(self, word: str, node: Node, written: set[str]) -> None:
        for head in written:
            self._add_head(head, word, node)
        capitalised = word.capitalize()
        if all(head.isupper() and len(head) <= _ACRONYM for head in written):
            # "Uni" is no UNI: without a vowel alone such a word can be no other.
            may_be_word = _VOWEL.search(word) is not None or len(word) < _SHORT_ACRONYM
            self._add_head(capitalised, word, _weakened(node, len(word)) if may_be_word else node)
        else:
            self._add_head(capitalised, word, node)
            self._add_head(word.upper(), word, node)

    def _add_head(self, head: str, word: str, node: Node) -> None:
        # Not every letter comes back from capitals: such a word is none that starts a name.
        if head.lower() == word:
            self.heads.setdefault(head, node)
            alias = node.alias
            if alias is not None:
                for ending in genitive_endings(word, alias.outlet.country):
                    inflected_node = Node()
                    inflected_node.alias = alias
                    for written in {ending, ending.upper()} if head.isupper() else {ending}:
                        self.heads.setdefault(head + written, inflected_node)


def folded_word(word: str) -> str:
    """A word in lower case as the tree has it."""
    return word.translate(_HAMZA) if word >= "\u0590" else word


def _weakened(node: Node, length: int) -> Node:
    """The node of an acronym that is not in capitals."""
    weak = Node()
    weak.following = node.following
    if node.alias is not None:
        weak.alias = node.alias._replace(
            is_ambiguous=True, needs_support=node.alias.needs_support or length <= _SHORT_ACRONYM
        )
    return weak


def _forms(entry: OutletEntry) -> Iterator[tuple[str, _Form]]:
    """Every form of an entry's names, each without its article: a text may leave it out."""
    outlet = Outlet(id=entry.id, name=entry.name, country=entry.country, is_known=True)
    articles = _articles(entry.name)
    ambiguous = {_plain(name) for name in entry.ambiguous}
    for name in dict.fromkeys((entry.name, *entry.aliases, *entry.ambiguous)):
        first, _, rest = name.partition(" ")
        has_article = bool(rest) and first.lower() in ARTICLES and (len(first) == 1 or not first.isupper())  # "LA Times"
        is_word = _plain(name) in ambiguous
        if has_article:
            may_be_word = is_word or " " not in rest or _plain(rest) in ambiguous
            needs_support = _is_number(rest)
        else:
            may_be_word, needs_support = is_word, _is_number(name)
        alias = Alias(
            outlet,
            may_be_word or needs_support,
            needs_support,
            articles,
            is_word_with_article=_plain(entry.name) in ambiguous,
        )
        form = _Form(alias, has_article)
        for text in inflected(name):
            yield text, form


def _is_number(name: str) -> bool:
    return name.replace(" ", "").isdigit()


def _plain(name: str) -> str:
    return name.lower()


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
