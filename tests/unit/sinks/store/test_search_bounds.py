"""Where the bounds of times and stories are, in the store as in the plain matcher."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.keys import post_key
from schemas.query.parser import parse
from schemas.times import DAY_MS
from sinks.store.database import Database, closing
from sinks.store.index_tokens import language_letter
from sinks.store.search import postgres, sqlite
from sinks.store.search.names import ResolvedNames
from sinks.store.search.selection import HitSelection, IdBounds
from sinks.store.search.word_expressions import StoreExtent
from sinks.store.sqlite.database import SqliteDatabase
from tests.support.search.agreement import expected_ids, found_ids
from tests.support.search.corpus import NOW_MS, Corpus, Post

MINUTE_MS = 60_000
NOON_MS = 1_795_003_200_000  # 2026-11-18 12:00 UTC
FIRST, SECOND, ALONE = 1, 2, 3


def post(number: int, posted_ms: int, **fields: object) -> Post:
    made = Post(
        channel_id=1_000 + number, message_id=number, posted_ms=posted_ms, text="bridge", language="en", id=number
    )
    for name, value in fields.items():
        setattr(made, name, value)
    made.id = posted_ms // 1000 << 22
    return made


CORPUS = Corpus(
    [
        post(FIRST, NOON_MS, cluster=1),
        post(SECOND, NOON_MS + 30 * MINUTE_MS, cluster=1, target=post_key(1_001, FIRST)),
        post(ALONE, NOW_MS - 60 * MINUTE_MS),
    ]
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(SqliteDatabase(tmp_path / "tgwire.db")) as opened:
        CORPUS.load(opened)
        yield opened


def test_bounds(database: Database) -> None:
    expected = {
        "after:2026-11-18T12:00 before:2026-11-18T12:30": [FIRST],
        "after:2026-11-18T12:00:00.001 before:2026-11-18T12:30:00.001": [SECOND],
        "story.size:2 story.within:30m": [FIRST, SECOND],
        "story.size:2 story.within:29m": [],
        "story.size:1 story.within:29m": [FIRST, SECOND, ALONE],
        "story.channels:>=2": [FIRST, SECOND],
        "story.size:<2": [ALONE],
        "is:first": [FIRST, ALONE],
        "is:copy": [SECOND],
        "age:<60m": [],
        "age:<=60m": [ALONE],
        "age:>=60m": [FIRST, SECOND, ALONE],
        "age:>60m": [FIRST, SECOND],
        "bridge after:2026-11-18T12:30 before:2026-11-18T12:31": [SECOND],
    }
    numbers = {each.id: each.message_id for each in CORPUS.posts}
    for query, found in expected.items():
        tree, selection = parse(query), HitSelection()
        assert sorted(numbers[each] for each in found_ids(database, tree, selection)[-1]) == found, query
        assert sorted(numbers[each] for each in expected_ids(CORPUS, tree, selection)) == found, query


def asked_of_the_index(query: str, selection: HitSelection, extent: StoreExtent) -> list[str]:
    """By each database, where it looks at more than the newest posts."""
    parameters = [
        each.select_ids(parse(query), ResolvedNames(), NOW_MS, selection, extent)[-1].statement.parameters
        for each in (sqlite, postgres)
    ]
    return ["".join(value.replace("'", '"') for value in found if isinstance(value, str)) for found in parameters]


@pytest.mark.parametrize(
    ("query", "selection", "periods"),
    [
        ("bridge harbour age:<1d", HitSelection(), 1),
        ("bridge harbour age:<30d", HitSelection(), 3),
        ("bridge harbour before:2025-12", HitSelection(), 1),
        ("bridge harbour", HitSelection(behind=(NOW_MS - 365 * DAY_MS) // 1000 << 22), 1),
        ("bridge harbour after:2030", HitSelection(), 0),
        ("bridge harbour after:2026", HitSelection(), None),
        ("bridge harbour", HitSelection(), None),
    ],
)
def test_a_search_within_a_part_of_the_store_names_its_periods(
    query: str, selection: HitSelection, periods: int | None
) -> None:
    """Otherwise the whole lists of both words are compared where no post has them."""
    kept = IdBounds((NOW_MS - 370 * DAY_MS) // 1000 << 22, NOW_MS // 1000 << 22)
    for expression in asked_of_the_index(query, selection, StoreExtent(kept, ["en"])):
        assert expression.count("§t") == (periods or 0)
        assert ('"§"' in expression) == (periods == 0)


@pytest.mark.parametrize(
    ("query", "lists"),
    [
        ("bridge", ["en", "ru", "uk"]),
        ("bridge lang:uk", ["uk"]),
        ("bridge harbour lang:ru,uk", ["ru", "uk"]),
        ("bridge lang:de", []),
        ("bridge lang:ru lang:uk", []),
        ("bridge NOT lang:ru", ["en", "ru", "uk"]),
        ("bridge (harbour OR lang:ru)", ["en", "ru", "uk"]),
    ],
)
def test_a_search_reads_the_lists_of_the_languages_that_a_hit_can_have(query: str, lists: list[str]) -> None:
    """A word of one language among posts in another had its whole list compared with theirs."""
    extent = StoreExtent(IdBounds(0, NOW_MS // 1000 << 22), ["en", "ru", "uk"])
    for expression in asked_of_the_index(query, HitSelection(), extent):
        assert [code for code in ("de", *extent.languages) if f'"{language_letter(code)}bridge"' in expression] == lists
        assert ('"§§bridge"' in expression) == (not lists)
