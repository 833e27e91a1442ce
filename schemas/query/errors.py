"""What is wrong with a query, and where."""

import unicodedata

_SHOWN = 76
"""Cells of the line that is shown: with a margin it fits 80 columns."""


class QueryError(ValueError):
    """A query that cannot be understood, or that would cost too much; its text says what to write instead.

    ``column`` counts code points of the query from 1.
    """

    def __init__(self, message: str, query: str, column: int) -> None:
        self.message, self.query, self.column = message, query, column
        super().__init__(f"column {column}: {message}")

    def pointed(self) -> str:
        """The query on one line, with a caret below the column; a long query is cut on both sides."""
        line = "".join(_visible(character) for character in self.query)
        at = min(self.column - 1, len(line))
        first = at
        while first and _cells(line[first - 1 : at + 1]) <= _SHOWN // 2:
            first -= 1
        end = at
        while end < len(line) and _cells(line[first : end + 1]) <= _SHOWN - 2:
            end += 1
        before = "…" if first else ""
        after = "…" if end < len(line) else ""
        return f"{before}{line[first:end]}{after}\n{' ' * _cells(before + line[first:at])}^"


def _visible(character: str) -> str:
    return character if character.isprintable() else " "


def _cells(text: str) -> int:
    """Cells of a terminal that a text takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
