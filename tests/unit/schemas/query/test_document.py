"""docs/query.md shows queries that are understood, and names every key and every value."""

import re

import pytest

from schemas.citations import CitationKind
from schemas.query.errors import QueryError
from schemas.query.keys import EXAMPLES
from schemas.query.parser import parse
from schemas.query.tree import PostPart, PostProperty
from schemas.quotes import QuoteKind
from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "query.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^tgwire \w+(?: -f)? '([^']*)'", TEXT, re.MULTILINE)
IN_TABLES = [
    query
    for line in TEXT.splitlines()
    if line.startswith("| `")
    for query in re.findall(r"`([^`]*)`", line.split("|")[1])
]
EXAMPLES_OF_KEYS = [
    line.strip("| ").rpartition(" | ")[2].strip("`")
    for line in TEXT.splitlines()
    if re.match(r"\| `[a-z.]+` \|.*:", line)
]


@pytest.mark.parametrize(
    "query", [*COMMANDS, *EXAMPLES_OF_KEYS, *(query for query in IN_TABLES if query not in EXAMPLES)]
)
def test_an_example_is_understood(query: str) -> None:
    parse(query)


def test_there_are_examples() -> None:
    assert len(COMMANDS) == 5
    assert len(EXAMPLES_OF_KEYS) == len(EXAMPLES)


@pytest.mark.parametrize("key", EXAMPLES)
def test_a_key_is_described(key: str) -> None:
    assert f"| `{key}` |" in TEXT


@pytest.mark.parametrize("value", [*PostProperty, *PostPart, *QuoteKind, *CitationKind])
def test_a_value_is_described(value: str) -> None:
    assert re.search(rf"\b{value}\b", TEXT.split("## Keys")[1].split("Several values")[0])


def test_the_error_that_it_shows_is_the_error() -> None:
    with pytest.raises(QueryError) as caught:
        parse("bridge lnag:ru")
    line, caret = caught.value.pointed().split("\n")
    assert f"tgwire: query, {caught.value}\n  {line}\n  {caret}\n" in TEXT
