"""Checking a store, repairing it, taking posts out for good, reading everything again, copying it."""

from pathlib import Path

import pytest

from schemas.query.tokens import post_tokens
from schemas.times import DAY_MS
from schemas.topics import DUPLICATES, NORMALIZED
from sinks.store.database import Database, closing
from sinks.store.errors import StoreError
from sinks.store.index_tokens import language_letter
from sinks.store.postgres.database import PostgresDatabase
from sinks.store.postgres.transaction import tsvector
from sinks.store.reading.posts import post_by_key
from sinks.store.upkeep.copying import copy_store
from sinks.store.upkeep.erasure import erase_channel, erase_posts
from sinks.store.upkeep.resync import begin_resync
from sinks.store.upkeep.retention import retain
from sinks.store.upkeep.transactions import upkeep
from sinks.store.upkeep.verification import repair, verify
from sinks.store.upkeep.word_index import index_again, is_outdated
from tests.support.search.corpus import Corpus, Post
from tests.support.store.feed import Feed
from tests.support.store.records import START, State, channel_of, key_of
from tests.support.store.stores import OpenStore, check_words, hits, postgres_store, sqlite_store

NOW_MS = round(START.timestamp() * 1000)


def filled(open_store: OpenStore) -> Feed:
    """Six posts: 2 and 3 repeat 1, 4 was edited, 5 deleted, 6 is a day later."""
    store = Feed(open_store)
    store.posts(*(State(number, (1, 0), text=number % 3, quotes=1, views=number) for number in range(1, 6)))
    store.posts(State(4, (2, 0), text=2), State(6, (1, 0), hours=24)).delete(5, (3, 1))
    return store.link((2, 1), (3, 1), (4, None), rank=(1, 0))


@pytest.mark.parametrize(
    ("table", "damage"),
    [
        ("hourly", "UPDATE hourly SET posts = posts + 1"),
        ("daily", "DELETE FROM daily"),
        ("copies_daily", "UPDATE copies_daily SET copies = 9"),
        ("clusters", "UPDATE links SET cluster = cluster + 1 WHERE target IS NULL"),
        ("clusters", "UPDATE clusters SET size = 7"),
        ("words", None),
    ],
)
def test_what_differs_is_found_and_repaired(open_store: OpenStore, table: str, damage: str | None) -> None:
    with filled(open_store) as store:
        assert verify(store.database) == []
        with store.database.writing() as writer:
            if damage is not None:
                writer.execute(damage)
            else:
                ((number, tokens),) = writer.rows("SELECT id, text FROM posts JOIN bodies ON seq = body LIMIT 1")
                writer.unindex([(number, tokens)])

        findings = verify(store.database)
        assert [each.table for each in findings] == [table]
        repair(store.database, findings)
        assert verify(store.database) == []
        with store.database.reading() as reader:
            assert hits(reader, store.database.dialect, "boats") == {key_of(2), key_of(4), key_of(5)}


def test_a_word_index_of_an_older_version_is_made_again(tmp_path: Path) -> None:
    """Otherwise searches would find nothing of it."""
    path = tmp_path / "store.db"
    with filled(sqlite_store(path)) as store, store.database.writing() as writer:
        writer.execute("DROP VIEW search")
        writer.execute("CREATE VIEW search AS SELECT p.id, b.tokens FROM posts p JOIN bodies b ON b.seq = p.body")
        writer.execute("INSERT INTO words(words) VALUES('rebuild')")
        writer.execute("DROP INDEX posts_undated")
        writer.execute("ALTER TABLE counters DROP COLUMN is_exact")
        writer.execute("ALTER TABLE counter_history DROP COLUMN is_exact")
        writer.execute("PRAGMA user_version = 4")

    with Feed(sqlite_store(path)) as store:
        assert verify(store.database) == []
        words = f'"§t{NOW_MS // 1000 >> 20}" "{language_letter("en")}boats"'
        found = store.rows(f"SELECT count(*) FROM words WHERE words MATCH '{words}'")
        assert found == store.rows("SELECT count(*) FROM bodies WHERE text LIKE '%boats%'") == [(3,)]


def test_words_of_an_older_version_in_postgresql_get_their_letters(postgres_database: str) -> None:
    """In languages of all forms, and of an erased text; who could read them still can."""
    codes = ("ru", "und", "zh-Hant", "x", "", "EN")
    text = "Bridge, bridge Ёлка 桥!"
    posts = [Post(1_000, at, NOW_MS, text, code, id=at << 42) for at, code in enumerate((*codes, "fa"))]
    erased = posts[-1].id
    phrases = "{" + ",".join(f"'{each}bridge' <-> '{each}елка'" for each in map(language_letter, codes)) + "}"
    words = "SELECT id, strip(v)::text, v @@ ANY(?::tsquery[]) FROM words ORDER BY id"
    with closing(PostgresDatabase(postgres_database)) as database:
        Corpus(posts).load(database)
        with database.writing() as writer:
            writer.unindex([(erased, "")])
            writer.index([(erased, "")])
            made = writer.rows(words, (phrases,))
            for post in posts:
                tokens = "" if post.id == erased else " ".join(post_tokens(text, post.language, post.channel_id))
                writer.execute("UPDATE words SET v = ?::tsvector WHERE id = ?", (tsvector(tokens), post.id))
            writer.execute("DROP INDEX posts_undated")
            writer.execute("ALTER TABLE counters DROP COLUMN is_exact")
            writer.execute("ALTER TABLE counter_history DROP COLUMN is_exact")
            writer.execute("UPDATE meta SET value = '5' WHERE name = 'layout'")
            writer.execute("GRANT SELECT ON words TO pg_monitor")

    with closing(PostgresDatabase(postgres_database)) as database, database.reading() as reader:
        assert reader.rows(words, (phrases,)) == made
        assert [is_found for _, _, is_found in made] == [True] * len(codes) + [False]
        assert reader.rows("SELECT has_table_privilege('pg_monitor', 'words', 'SELECT')") == [(True,)]


def test_an_erased_post_leaves_no_trace_but_its_key_and_does_not_come_back(open_store: OpenStore) -> None:
    with filled(open_store) as store:
        assert erase_posts(store.database, [key_of(2), key_of(77)]) == 1
        store.posts(State(2, (9, 1), text=2), State(77, (9, 1))).link((2, 1), rank=(9, 1)).count(2, 70, 5)

        assert store.sink.passed_over.erased == 4
        assert verify(store.database) == []
        with store.database.reading() as reader:
            assert post_by_key(reader, key_of(2)) is None
            assert hits(reader, store.database.dialect, "boats") == {key_of(4), key_of(5)}
            for table in ("quotes", "citations", "counters", "counter_history", "revisions", "verdicts"):
                assert reader.rows(f"SELECT 1 FROM {table} WHERE key = ?", (key_of(2),)) == []
            assert {row[0] for row in reader.rows("SELECT key FROM links")} == {key_of(1), key_of(3)}
            assert reader.rows("SELECT sum(posts) FROM hourly") == [(5,)]


def test_the_words_of_an_erased_post_are_not_in_the_file_any_more(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with filled(sqlite_store(path)) as store:
        erase_posts(store.database, [key_of(4), key_of(2), key_of(5)])
        assert b"collided" not in path.read_bytes() + path.with_name("store.db-wal").read_bytes()


def test_an_erased_channel_is_gone_and_stays_away(open_store: OpenStore) -> None:
    with filled(open_store) as store:
        assert erase_channel(store.database, channel_of(2)) == 3
        store.posts(State(8, (1, 0)), State(9, (1, 0))).delete(10, (5, 1))

        assert [row[0] for row in store.rows("SELECT message_id FROM posts ORDER BY 1")] == [1, 3, 5, 9]
        assert store.rows("SELECT * FROM marks") == []
        assert [row[0] for row in store.rows("SELECT id FROM channels")] == [channel_of(1)]


def test_posts_that_are_too_old_go_and_a_replay_does_not_bring_them_back(open_store: OpenStore) -> None:
    with filled(open_store) as store:
        assert retain(store.database, 1, NOW_MS + 2 * DAY_MS) == 5
        store.posts(*(State(number, (9, 1), text=1) for number in range(1, 6)))
        store.posts(State(6, (9, 1), text=1, hours=24))

        assert store.rows("SELECT message_id, edits FROM posts") == [(6, 1)]
        assert store.sink.passed_over.retired == 5
        assert store.rows("SELECT * FROM links") == []
        assert verify(store.database) == []


def test_the_border_of_what_is_kept_only_moves_forward(open_store: OpenStore) -> None:
    with filled(open_store) as store:
        retain(store.database, 1, NOW_MS + 2 * DAY_MS)
        before = store.rows("SELECT value FROM meta WHERE name = 'horizon_ms'")
        assert retain(store.database, 30, NOW_MS + 2 * DAY_MS) == 0
        assert store.rows("SELECT value FROM meta WHERE name = 'horizon_ms'") == before


def test_reading_again_takes_out_what_the_topics_have_no_more(open_store: OpenStore) -> None:
    with filled(open_store) as store:
        begin_resync(store.database, {NORMALIZED.name: {0: 4}, DUPLICATES.name: {0: 2}})
    with Feed(open_store) as store:
        assert (store.ends[NORMALIZED.name], store.ends[DUPLICATES.name]) == (0, 0)
        # 3 was withdrawn; 4 comes as it was before, since the topic lost its newest record.
        store.posts(*(State(number, (1, 0), text=number % 3, quotes=1) for number in (1, 2, 4)))
        store.posts(State(6, (1, 0), hours=24)).link((2, 1), (4, None), rank=(1, 0))

        assert [row[0] for row in store.rows("SELECT message_id FROM posts ORDER BY 1")] == [1, 2, 4, 6]
        assert {row[0] for row in store.rows("SELECT key FROM links")} == {key_of(1), key_of(2)}
        assert store.rows("SELECT size FROM clusters") == [(2,)]
        assert store.rows("SELECT text FROM posts JOIN bodies ON seq = body WHERE message_id = 4") == [
            ("Two boats collided near the pier",)
        ]
        assert verify(store.database) == []


def test_a_new_tokeniser_indexes_all_texts_again(open_store: OpenStore) -> None:
    with filled(open_store) as store:
        with upkeep(store.database) as writer:
            writer.execute("UPDATE meta SET value = '0' WHERE name = 'tokeniser'")
        assert is_outdated(store.database)
        assert [each.table for each in verify(store.database)] == ["words"]
        index_again(store.database)
        assert verify(store.database) == []


def test_a_batch_that_was_planned_before_an_erasure_is_planned_again(open_store: OpenStore) -> None:
    """A sink reads what is known before its transaction: between the two the post was erased."""
    with filled(open_store) as store:
        plan = store.sink._plan
        erased: list[int] = []

        def erase_once(*arguments: object) -> object:
            planned = plan(*arguments)  # type: ignore[arg-type]
            if not erased:
                other = open_store()
                erased.append(erase_posts(other, [key_of(4)]))
                other.close()
            return planned

        store.sink._plan = erase_once  # type: ignore[assignment,method-assign]
        store.posts(State(4, (7, 1), text=0))

        assert erased == [1]
        assert store.rows("SELECT 1 FROM posts WHERE key = ?", (key_of(4),)) == []
        assert verify(store.database) == []


def test_a_store_is_copied_to_the_other_database_and_back(tmp_path: Path, postgres_database: str) -> None:
    first, second = sqlite_store(tmp_path / "a.db"), sqlite_store(tmp_path / "b.db")
    between = postgres_store(postgres_database)
    with filled(first) as store:
        offsets = store.rows("SELECT topic, part, topic_id, epoch, next_offset FROM sink_offsets")
    copied(first, between)
    copied(between, second)
    with Feed(second) as store:
        assert store.rows("SELECT topic, part, topic_id, epoch, next_offset FROM sink_offsets") == offsets
        assert verify(store.database) == []
        check_words(store.database)
        store.posts(State(7, (1, 0)), State(4, (8, 1), text=1)).link((7, 1), rank=(1, 0))
        assert verify(store.database) == []
        assert store.rows("SELECT size FROM clusters") == [(4,)]


def copied(source: OpenStore, target: OpenStore) -> None:
    one, other = source(), target()
    copy_store(one, other)
    one.close()
    other.close()


def test_a_copy_that_was_interrupted_goes_on(
    open_store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.store.upkeep.copying._CHUNK", 2)
    with filled(open_store) as store:
        target: Database = sqlite_store(tmp_path / "copy.db")()
        steps: list[str] = []

        def stop(name: str, rows: int) -> None:
            steps.append(name)
            if len(steps) == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            copy_store(store.database, target, stop)
        copy_store(store.database, target)
        assert verify(target) == []
        with target.reading() as reader:
            assert reader.rows("SELECT count(*) FROM posts") == [(6,)]
            assert reader.rows("SELECT name FROM meta WHERE name LIKE 'copied%'") == []
        target.close()


def test_a_store_that_holds_something_is_no_target_of_a_copy(open_store: OpenStore, tmp_path: Path) -> None:
    other = sqlite_store(tmp_path / "other.db")
    filled(other).close()
    with filled(open_store) as store:
        target = other()
        with pytest.raises(StoreError, match="holds a store already"):
            copy_store(store.database, target)
        target.close()
