"""Which hits are wanted: how many, in which order, and from where on."""

from dataclasses import dataclass
from enum import StrEnum

from sinks.store.search.fragment import ALWAYS, Fragment


class Order(StrEnum):
    """Of hits, by the time of the post."""

    NEWEST = "newest"
    OLDEST = "oldest"

    @property
    def sql(self) -> str:
        """Direction of ids."""
        return "DESC" if self is Order.NEWEST else "ASC"


@dataclass(frozen=True, slots=True)
class Selection:
    """A page of hits. ``behind``: the id of the last hit of the page before."""

    limit: int = 50
    order: Order = Order.NEWEST
    behind: int | None = None

    def condition(self, column: str) -> Fragment:
        """Whether a post with the id in this column comes behind the page before."""
        if self.behind is None:
            return ALWAYS
        return Fragment(f"{column} {'<' if self.order is Order.NEWEST else '>'} ?", (self.behind,))
