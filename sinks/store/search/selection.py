"""Which hits are wanted: how many, in which order, and from where on."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Self

from sinks.store.search.fragment import ALWAYS, NEVER, Fragment, among, joined


class Order(StrEnum):
    """The order of hits, by the time of the post."""

    NEWEST = "newest"
    OLDEST = "oldest"

    @property
    def sql(self) -> str:
        """The direction of ids in SQL, ASC or DESC."""
        return "DESC" if self is Order.NEWEST else "ASC"


def _among(column: str, ids: tuple[int, ...]) -> Fragment:
    """SQLite's word index takes the range at once; of a list it would look each id up, with all words of a prefix."""
    if not ids:
        return NEVER
    choice = among(f"+{column}", ids)
    return Fragment(f"({column} BETWEEN ? AND ? AND {choice.sql})", (min(ids), max(ids), *choice.parameters))


class IdBounds(NamedTuple):
    """The first and the last id that a hit can have; None where nothing bounds it."""

    first: int | None = None
    last: int | None = None

    def within(self, other: Self) -> Self:
        """The bounds that lie within both."""
        return self._replace(
            first=max((each for each in (self.first, other.first) if each is not None), default=None),
            last=min((each for each in (self.last, other.last) if each is not None), default=None),
        )

    def condition(self, column: str) -> Fragment:
        """Whether an id in this column is within them."""
        bounds = [(">=", self.first), ("<=", self.last)]
        found = [Fragment(f"{column} {operator} ?", (bound,)) for operator, bound in bounds if bound is not None]
        return joined(found, "AND") if found else ALWAYS


@dataclass(frozen=True, slots=True)
class HitSelection:
    """A page of hits. ``behind``: the id of the last hit before it; ``among``: ids of the posts to choose from."""

    limit: int = 50
    order: Order = Order.NEWEST
    behind: int | None = None
    among: tuple[int, ...] | None = None

    def chooses_among(self, most: int) -> bool:
        """Whether there are at most so many posts to choose from."""
        return self.among is not None and len(self.among) <= most

    @property
    def bounds(self) -> IdBounds:
        """The ids that can be on the page."""
        chosen = IdBounds(min(self.among), max(self.among)) if self.among else IdBounds()
        if self.behind is None:
            return chosen
        is_newest = self.order is Order.NEWEST
        return chosen.within(IdBounds(last=self.behind - 1) if is_newest else IdBounds(first=self.behind + 1))

    def condition(self, column: str) -> Fragment:
        """Whether a post with the id in this column can be on the page."""
        conditions = [] if self.among is None else [_among(column, self.among)]
        if self.behind is not None:
            conditions.append(Fragment(f"{column} {'<' if self.order is Order.NEWEST else '>'} ?", (self.behind,)))
        return joined(conditions, "AND") if conditions else ALWAYS


class Step(NamedTuple):
    """A statement for the ids of a page of hits."""

    statement: Fragment
    least: int = 0
    """Without so many hits of the step before it is left out."""
