"""A tree as an expression of the word index: the same for both databases, but for how it is written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from schemas.query.tokens import LINKS_TOKEN, channel_token, language_token
from schemas.query.tree import And, Has, InChannel, InLanguage, Node, Not, Or, PostPart, Words
from sinks.store.index_tokens import language_letter, period_of, period_token
from sinks.store.search.names import ResolvedNames
from sinks.store.search.selection import IdBounds, Order

MOST_PERIODS = 32
"""That are named in a query: a year."""
MOST_OF_STORE = 0.3
"""The part of all its periods that they may be: beyond, comparing whole lists is as fast."""
NEAREST_PERIODS = (2, 8, 32)
"""That are named first, where a store has many more."""
_NO_LETTER: Final = "§§"
"""Where no language is left: no token of a post begins so."""


@dataclass(frozen=True, slots=True)
class StoreExtent:
    """The ids and languages that a store has, by which searches are bounded."""

    ids: IdBounds
    """The first and the last one."""
    languages: Sequence[str]

    def periods(self, ids: IdBounds) -> list[str] | None:
        """The tokens of which each post of the store with such an id has one; None where they are most of the store,
        for each list costs a bit.
        """
        periods, whole = _periods(ids.within(self.ids)), _periods(self.ids)
        if not whole or len(periods) > min(MOST_PERIODS, len(whole) * MOST_OF_STORE):
            return None
        return [period_token(each) for each in periods]

    def nearest_periods(self, ids: IdBounds, order: Order) -> list[list[str]]:
        """The tokens of the periods that an order begins with: of a few, and of more while they are a small part of
        those with such ids.
        """
        periods = _periods(ids.within(self.ids))
        counts = [count for count in NEAREST_PERIODS if count <= len(periods) * MOST_OF_STORE]
        nearest = [periods[-count:] if order is Order.NEWEST else periods[:count] for count in counts]
        return [list(map(period_token, each)) for each in nearest]


def _periods(ids: IdBounds) -> range:
    """None where nothing bounds the ids: the store is empty."""
    if ids.first is None or ids.last is None:
        return range(0)
    return range(period_of(ids.first), period_of(ids.last) + 1)


class Notation(Protocol):
    """How a database writes expressions of its word index."""

    def phrase(self, tokens: Sequence[str], *, is_prefix: bool = False) -> str:
        """Tokens behind each other; ``is_prefix``: the last one may be longer."""
        ...

    def any_of(self, expressions: Sequence[str]) -> str:
        """Posts that meet one of the expressions; none where there is no expression."""
        ...

    def all_of(self, expressions: Sequence[str], excluded: Sequence[str]) -> str:
        """Posts that meet all of the expressions, and none of the excluded ones."""
        ...


def expressions_of(node: Node, names: ResolvedNames, languages: Sequence[str], notation: Notation) -> list[str] | None:
    """The expressions of a query, one for each letter that the tokens of a hit can begin with: a hit meets one of them.
    None where the word index cannot answer: it finds posts by their words, so that those without a word are only
    removed from other hits.
    """
    letters = sorted(_letters_of(node, languages)) or [_NO_LETTER]
    found = [_Expressions(notation, names, letter).of(node) for letter in letters]
    return [each for each in found if each is not None] if None not in found else None


def _letters_of(node: Node, languages: Sequence[str]) -> set[str]:
    """Of the languages that a hit can have."""
    found = set(map(language_letter, languages))
    for each in node.nodes if isinstance(node, And) else (node,):
        if isinstance(each, InLanguage):
            found &= set(map(language_letter, each.codes))
    return found


@dataclass(frozen=True, slots=True)
class _Expressions:
    """For the posts whose tokens begin with a letter."""

    notation: Notation
    names: ResolvedNames
    letter: str

    def of(self, node: Node) -> str | None:
        match node:
            case Words(tokens=tokens, is_prefix=is_prefix):
                return self.notation.phrase([self.letter + token for token in tokens], is_prefix=is_prefix)
            case InLanguage(codes=codes):
                return self._any_token(map(language_token, codes))
            case Has(parts=(PostPart.LINKS,)):
                return self._any_token([LINKS_TOKEN])
            case InChannel():
                return self._any_token(map(channel_token, self.names.channel_ids(node)))
            case Or(nodes=nodes):
                found = self._each(nodes)
                return None if found is None else self.notation.any_of(found)
            case And(nodes=nodes):
                wanted = self._each([each for each in nodes if not isinstance(each, Not)])
                excluded = self._each([each.node for each in nodes if isinstance(each, Not)])
                return self.notation.all_of(wanted, excluded) if wanted and excluded is not None else None
        return None

    def _any_token(self, tokens: Iterable[str]) -> str:
        return self.notation.any_of([self.notation.phrase([self.letter + token]) for token in tokens])

    def _each(self, nodes: Sequence[Node]) -> list[str] | None:
        found = [self.of(node) for node in nodes]
        return None if None in found else [each for each in found if each is not None]
