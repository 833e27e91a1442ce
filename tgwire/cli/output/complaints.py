"""What was refused, named one by one up to a bound, and counted beyond it."""

from collections import Counter
from typing import Annotated, Self

import typer

from ingest.sources.base import Rejected
from schemas.plurals import counted
from tgwire.cli.output.console import complain

MAX_NAMED = 50
MaxErrors = Annotated[
    int,
    typer.Option(
        "--max-errors", min=0, help="Number of rejected inputs to name on stderr, others are counted; 0: all."
    ),
]


class Complaints:
    """Complains of the first inputs that were refused; at its end, of how many more there were and why."""

    def __init__(self, most: int = MAX_NAMED) -> None:
        """``most`` are named; 0 names all."""
        self._most = most
        self._named = 0
        self._others: Counter[tuple[str, str]] = Counter()

    def rejected(self, rejected: Rejected) -> None:
        """Complain of an input that is no post."""
        self.add(rejected, rejected.reason.value)

    def add(self, what: object, kind: str, kinds: str | None = None) -> None:
        """Complain of something; those of a ``kind`` are counted together, several as ``kinds``."""
        if self._most and self._named >= self._most:
            self._others[kind, kinds or kind] += 1
            return
        self._named += 1
        complain(what)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._others:
            kinds = ", ".join(counted(count, *kind) for kind, count in self._others.most_common())
            complain(f"{self._others.total():,} more: {kinds}; --max-errors 0 names every one")
