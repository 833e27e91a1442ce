"""Which hits are wanted: how many, in which order, and from where on."""

from dataclasses import dataclass
from enum import StrEnum

from sinks.store.search.fragment import ALWAYS, NEVER, Fragment, among, joined


class Order(StrEnum):
    """Of hits, by the time of the post."""

    NEWEST = "newest"
    OLDEST = "oldest"

    @property
    def sql(self) -> str:
        """Direction of ids."""
        return "DESC" if self is Order.NEWEST else "ASC"


def _among(column: str, ids: tuple[int, ...]) -> Fragment:
    """SQLite's word index takes the range at once; of a list it would look each id up, with all words of a prefix."""
    if not ids:
        return NEVER
    choice = among(f"+{column}", ids)
    return Fragment(f"({column} BETWEEN ? AND ? AND {choice.sql})", (min(ids), max(ids), *choice.parameters))


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

    def condition(self, column: str) -> Fragment:
        """Whether a post with the id in this column can be on the page."""
        conditions = [] if self.among is None else [_among(column, self.among)]
        if self.behind is not None:
            conditions.append(Fragment(f"{column} {'<' if self.order is Order.NEWEST else '>'} ?", (self.behind,)))
        return joined(conditions, "AND") if conditions else ALWAYS
