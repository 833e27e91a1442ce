"""Pieces of SQL with their parameters: nothing of a query is ever written into SQL."""

from collections.abc import Iterable
from typing import NamedTuple


class Fragment(NamedTuple):
    """A piece of SQL with ``?`` for each parameter."""

    sql: str
    parameters: tuple[object, ...] = ()


NEVER = Fragment("1 = 0")
ALWAYS = Fragment("1 = 1")


def joined(fragments: Iterable[Fragment], operator: str) -> Fragment:
    """Conditions with AND or OR between them, in parentheses."""
    parts = list(fragments)
    if len(parts) == 1:
        return parts[0]
    sql = f" {operator} ".join(part.sql for part in parts)
    return Fragment(f"({sql})", tuple(value for part in parts for value in part.parameters))


def among(column: str, values: Iterable[object]) -> Fragment:
    """Whether a column is one of these values."""
    found = tuple(values)
    if not found:
        return NEVER
    return Fragment(f"{column} IN ({', '.join('?' * len(found))})", found)
