"""Stories equal an oracle after each batch: rings, links to oneself, absent posts, links that are taken back."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from schemas.topics import DUPLICATES
from sinks.store.database import DbRow
from tests.support.store.feed import Feed
from tests.support.store.oracle import Arrived, Oracle
from tests.support.store.records import key_of, verdict_value
from tests.support.store.stores import OpenStore, clusters, names_of_stories, sqlite_store

BATCHES = 30


@pytest.mark.parametrize("posts", [3, 5, 12, 40])
@pytest.mark.parametrize("seed", range(5))
def test_random_links(tmp_path: Path, seed: int, posts: int) -> None:
    walk(sqlite_store(tmp_path / "store.db"), Random(f"{seed} {posts}"), posts)


def test_random_links_on_both_databases(open_store: OpenStore) -> None:
    walk(open_store, Random(1), 12)


def test_a_large_story_falls_apart(open_store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a part gets its name by one statement: one by one PostgreSQL takes longer than for all else together."""
    one_by_one = list[int]()
    with Feed(open_store) as store:
        half = 150
        store.link(*((number, 1) for number in range(2, half)))
        store.link((half, 1), *((number, half) for number in range(half + 1, 2 * half)))
        with store.database.writing() as writer:
            kind = type(writer)
        update = kind.update

        def watched(self: Any, table: str, columns: Sequence[str], rows: Sequence[DbRow], *, keys: int) -> None:
            one_by_one.append(len(rows))
            update(self, table, columns, rows, keys=keys)

        monkeypatch.setattr(kind, "update", watched)
        store.link((half, None))
        with store.database.reading() as reader:
            sizes = sorted(map(len, names_of_stories(reader).values()))
            assert sizes == [half - 1, half]
            assert reader.rows("SELECT size FROM clusters ORDER BY size") == [(half - 1,), (half,)]
    assert max(one_by_one) < half // 2


def walk(open_store: OpenStore, random: Random, posts: int) -> None:
    oracle, stories = Oracle(keeps_deleted=True), dict[int, frozenset[str]]()
    with Feed(open_store) as store:
        for _ in range(BATCHES):
            size = random.choice((1, 2, 5, posts))
            batch = [link(random, posts) for _ in range(size)]
            for place, (key, value) in enumerate(batch):
                oracle.take_verdict(Arrived(1, 0, store.ends[DUPLICATES.name] + place, 0, key, value))
            store.send(DUPLICATES.name, batch)
            with store.database.reading() as reader:
                assert clusters(reader) == oracle.clusters()
                now = names_of_stories(reader)
            keep_their_names(stories, now)
            stories = now


def link(random: Random, posts: int) -> tuple[str, bytes | None]:
    number = random.randint(1, posts)
    if random.random() < 0.1:
        return key_of(number), None
    target = None if random.random() < 0.25 else random.randint(1, posts)
    return key_of(number), verdict_value(number, target, None)


def keep_their_names(before: dict[int, frozenset[str]], now: dict[int, frozenset[str]]) -> None:
    """A story keeps its name while most of its posts stay together, and are most of the story that they are in."""
    for number, members in before.items():
        for other, found in now.items():
            if 2 * len(members & found) > max(len(members), len(found)):
                assert number == other


def test_a_copy_that_nothing_repeats_leaves_without_the_story_being_read(tmp_path: Path) -> None:
    """A story of many copies: what one of them changes must not cost the whole story."""
    with Feed(sqlite_store(tmp_path / "store.db")) as store:
        store.link(*((number, 1) for number in range(2, 400)))
        read: list[str] = []
        connection = store.database._connection  # type: ignore[attr-defined]
        connection.set_trace_callback(read.append)
        store.link((200, None))
        connection.set_trace_callback(None)

        assert not [statement for statement in read if "FROM links WHERE cluster" in statement]
        assert store.rows("SELECT root, size FROM clusters") == [(key_of(1), 398)]


def test_the_order_of_a_batch_decides(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.link((3, 1), (3, 2), (2, 3), (3, None))
        assert orjson.dumps(store.rows("SELECT key, target FROM links ORDER BY key")) == orjson.dumps(
            sorted([[key_of(2), key_of(3)], [key_of(3), None]])
        )


def test_most_of_a_story_goes_to_another_post_and_takes_the_name_along(tmp_path: Path) -> None:
    with Feed(sqlite_store(tmp_path / "store.db")) as store:
        store.link(*((number, 1) for number in range(2, 12)))
        ((name, _, _),) = store.rows("SELECT id, root, size FROM clusters")
        store.link(*((number, 20) for number in range(4, 12)))

        assert store.rows("SELECT root, size, id = ? FROM clusters ORDER BY size", (name,)) == [
            (key_of(1), 3, 0),
            (key_of(20), 9, 1),
        ]
        members = {len(keys) for keys in names_of_stories_of(store)}
        assert members == {3, 9}


def names_of_stories_of(store: Feed) -> list[frozenset[str]]:
    with store.database.reading() as reader:
        return list(names_of_stories(reader).values())
