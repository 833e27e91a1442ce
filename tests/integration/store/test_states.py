"""What a store shows of posts that are edited, deleted, back again, or come in the wrong order."""

import pytest

from schemas.topics import DUPLICATES, NORMALIZED
from sinks.contract import Batch, Message
from sinks.store.reading.posts import feed, post_by_key, record, revisions, story
from sinks.store.sink import StoreSink
from tests.support.store.feed import Feed
from tests.support.store.records import TEXTS, State, channel_of, key_of, post_value
from tests.support.store.stores import OpenStore, hits


def test_an_edit_keeps_the_text_before_and_changes_the_words(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(1, (10, 0), text=0)).posts(State(1, (20, 0), text=2))

        with store.database.reading() as reader:
            post = post_by_key(reader, key_of(1))
            (before,) = revisions(reader, key_of(1))
            assert (post and (post.text, post.edits)) == ("Two boats collided near the pier", 1)
            assert (before.what, before.text) == ("text", "Bridge closed in Larnet")
            assert hits(reader, store.database.dialect, "boats") == {key_of(1)}
            assert hits(reader, store.database.dialect, "bridge") == set()


def test_of_three_states_in_one_batch_the_two_before_are_kept(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(1, (1, 0), text=0), State(1, (2, 0), text=1), State(1, (3, 0), text=2))

        with store.database.reading() as reader:
            assert [each.text for each in revisions(reader, key_of(1))] == [TEXTS[1], TEXTS[0]]


def test_an_older_state_that_comes_later_changes_nothing(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(1, (20, 0), text=2)).posts(State(1, (10, 0), text=0))

        with store.database.reading() as reader:
            post = post_by_key(reader, key_of(1))
            assert (post and (post.text, post.edits)) == (TEXTS[2], 0)
            assert revisions(reader, key_of(1)) == []


def test_a_deletion_that_comes_before_its_post_holds(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.delete(1, (5_000_000, 1))
        assert store.rows("SELECT key, why FROM marks") == [(key_of(1), "deleted")]
        store.posts(State(1, (1_000_000, 1)))

        with store.database.reading() as reader:
            post = post_by_key(reader, key_of(1))
            assert post is not None
            assert post.deleted_ms == 5_000
            assert reader.rows("SELECT * FROM marks") == []
            assert reader.rows("SELECT posts, deleted FROM hourly") == [(1, 1)]


def test_a_post_that_is_back_is_shown_and_its_deletion_stays_in_the_history(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(1, (1, 1))).delete(1, (2, 1)).posts(State(1, (3, 1), text=2))

        with store.database.reading() as reader:
            post = post_by_key(reader, key_of(1))
            assert post is not None
            assert (post.deleted_ms, post.text, post.edits) == (None, TEXTS[2], 1)
            assert [(each.what, each.text) for each in revisions(reader, key_of(1))] == [
                ("deleted", None),
                ("text", TEXTS[0]),
            ]
            assert reader.rows("SELECT posts, edited, deleted FROM hourly") == [(1, 1, 0)]


def test_where_deleted_texts_are_not_kept_nothing_of_them_is_left(open_store: OpenStore) -> None:
    with Feed(open_store, keeps_deleted=False) as store:
        store.posts(State(1, (1, 1), text=1, quotes=2, views=7), State(1, (2, 1), text=0, quotes=2, views=8))
        store.delete(1, (3, 1)).count(1, 50, 90)

        with store.database.reading() as reader:
            post = post_by_key(reader, key_of(1))
            assert post is not None
            assert (post.text, post.quotes, post.views) == ("", 0, None)
            assert [each.what for each in revisions(reader, key_of(1))] == ["deleted"]
            assert record(reader, key_of(1)) is None
            for table in ("quotes", "citations", "counters", "counter_history"):
                assert reader.rows(f"SELECT * FROM {table}") == []
            for word in ("bridge", "мост", "§len"):
                assert hits(reader, store.database.dialect, word) == set()
            assert reader.rows("SELECT posts, deleted FROM hourly") == [(1, 1)]


def test_the_erasure_of_a_post_without_a_text_takes_it_out_of_the_word_index(open_store: OpenStore) -> None:
    with Feed(open_store, keeps_deleted=False) as store:
        store.posts(State(1, (1, 1), text=4)).delete(1, (2, 1))

        with store.database.reading() as reader:
            assert hits(reader, store.database.dialect, "§len") == set()


def test_a_post_without_a_text_that_is_back_after_its_erasure_is_found_by_its_language(open_store: OpenStore) -> None:
    with Feed(open_store, keeps_deleted=False) as store:
        store.posts(State(1, (1, 1), text=0)).delete(1, (2, 1)).posts(State(1, (3, 1), text=4))

        with store.database.reading() as reader:
            assert hits(reader, store.database.dialect, "§len") == {key_of(1)}


def test_of_archives_with_one_date_the_later_record_holds_also_when_it_is_the_known_one(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(1, (5, 0), text=0)).posts(State(1, (5, 0), text=2), State(1, (5, 0), text=0))

        with store.database.reading() as reader:
            assert getattr(post_by_key(reader, key_of(1)), "text", None) == TEXTS[0]


def test_a_record_that_comes_again_is_not_written_and_a_later_one_still_counts(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(1, (1, 0), text=0)).posts(State(1, (1, 0), text=0))
        assert store.rows("SELECT src_offset FROM posts") == [(0,)]

        store.posts(State(1, (1, 0), text=2))
        assert store.rows("SELECT src_offset, edits FROM posts") == [(2, 1)]


def test_the_known_record_after_its_deletion_brings_the_post_back(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(1, (5, 0))).delete(1, (5, 0)).posts(State(1, (5, 0)))

        with store.database.reading() as reader:
            post = post_by_key(reader, key_of(1))
            assert post is not None
            assert (post.deleted_ms, post.edits) == (None, 0)


def test_a_record_is_read_back_as_it_was_written(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(2, (1, 0), text=1, quotes=1))

        with store.database.reading() as reader:
            found = record(reader, key_of(2))
            assert found is not None
            assert found["text"] == "Мост закрыт, пишет Guardian"
            assert found["quote_lists"][0]["items"][0]["outlets"][0]["name"] == "The Guardian"


def test_nul_and_lone_surrogates_are_replaced(open_store: OpenStore) -> None:
    value = post_value(State(1, (1, 0))).replace(b"Bridge", rb"\u0000\ud83dBridge").replace(b'"News"', rb'"A\u0000B"')
    with Feed(open_store) as store:
        assert not store.send(NORMALIZED.name, [(key_of(1), value)]).refused

        with store.database.reading() as reader:
            post = post_by_key(reader, key_of(1))
            assert post is not None
            assert (post.text, post.title) == ("\ufffd\ufffdBridge closed in Larnet", "A\ufffdB")


def test_pages_of_the_feed_go_from_new_to_old_without_gap_or_repetition(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(*(State(number, (1, 0)) for number in (4, 1, 6, 3, 5, 2)))

        with store.database.reading() as reader:
            first = feed(reader, limit=4)
            second = feed(reader, limit=4, before=first[-1].id)
            assert [post.message_id for post in first + second] == [6, 5, 4, 3, 2, 1]
            assert [post.message_id for post in feed(reader, channels=[channel_of(2)])] == [6, 4, 2]


def test_counts_that_come_before_their_post_are_shown_with_it(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.count(1, 20, 200).count(1, 10, 100).posts(State(1, (1, 0)))

        with store.database.reading() as reader:
            post = post_by_key(reader, key_of(1))
            assert post is not None
            assert post.views == 200
            assert reader.rows("SELECT views FROM counter_history ORDER BY observed_ms") == [(100,), (200,)]


def test_of_many_counts_24_are_kept_the_first_and_the_last_among_them(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        for second in range(60):
            store.count(1, second * second, second)

        views = [row[0] for row in store.rows("SELECT views FROM counter_history ORDER BY observed_ms")]
        assert len(views) == 24
        assert (views[0], views[-1]) == (0, 59)


def test_a_story_without_its_origin_has_a_first_post(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(2, (1, 0)), State(3, (1, 0)), State(4, (1, 0)))
        store.link((3, 1), (2, 1), rank=(1, 0))  # 1 was never collected
        assert [row[0] for row in store.rows("SELECT key FROM first_posts")] == [key_of(4), key_of(2)]
        store.delete(2, (2, 0))
        assert [row[0] for row in store.rows("SELECT key FROM first_posts")] == [key_of(4), key_of(3)]

        with store.database.reading() as reader:
            post = post_by_key(reader, key_of(3))
            assert post is not None
            assert (post.copy_of, post.story_size, post.is_compared) == (key_of(1), 3, True)
            assert [each.key for each in story(reader, post.story or 0)] == [key_of(2), key_of(3)]


def test_a_late_original_leaves_the_story_its_name(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.link((3, 2), (4, 2), (5, 2))
        before = store.rows("SELECT id, root, size FROM clusters")
        store.link((2, 1))
        assert store.rows("SELECT id, root, size FROM clusters") == [(before[0][0], key_of(1), 5)]


def test_an_edited_post_is_being_compared_until_its_verdict_comes(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(1, (1, 0))).link((1, None), rank=(1, 0))
        with store.database.reading() as reader:
            assert getattr(post_by_key(reader, key_of(1)), "is_compared", None) is True
        store.posts(State(1, (2, 0), text=2))
        with store.database.reading() as reader:
            assert getattr(post_by_key(reader, key_of(1)), "is_compared", None) is False


def test_the_verdict_of_a_deleted_post_is_withdrawn(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.link((2, 1), rank=(1, 0))
        assert store.rows("SELECT day, copies FROM copies_daily") == [(20513, 1)]
        store.send(DUPLICATES.name, [(key_of(2), None)])
        assert store.rows("SELECT * FROM links") == []
        assert store.rows("SELECT * FROM clusters") == []
        assert store.rows("SELECT * FROM copies_daily") == []


def test_what_is_no_record_is_refused_alone_and_what_is_before_it_is_written(open_store: OpenStore) -> None:
    good, bad = post_value(State(1, (1, 0))), b'{"type": "post", "schema_version": 2}'
    with Feed(open_store) as store:
        written = store.send(
            NORMALIZED.name, [(key_of(1), good), (key_of(2), bad), (key_of(3), b"{"), (key_of(4), None)]
        )

        assert written.next_offset == 1
        assert [(each.message.offset, each.reason.value) for each in written.refused] == [
            (1, "unknown_schema_version"),
            (2, "invalid_json"),
            (3, "invalid_json"),
        ]
        assert [row[0] for row in store.rows("SELECT key FROM posts")] == [key_of(1)]


@pytest.mark.parametrize("field", ["key", "channel", "message_id", "provenance", "text", "posted_at"])
def test_a_refusal_names_the_field_and_holds_no_text(open_store: OpenStore, field: str) -> None:
    value = post_value(State(1, (1, 0))).replace(
        f'"{field}":'.encode(), f'"{field}":{{"secret words": 1}},"x":'.encode()
    )
    with Feed(open_store) as store:
        (refusal,) = store.send(NORMALIZED.name, [(key_of(1), value)]).refused

        assert (refusal.field or "").startswith(field)
        assert "secret" not in refusal.text


def test_a_process_that_wakes_from_a_freeze_writes_nothing(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(1, (1, 0)))
        batch = Batch(store.partition(NORMALIZED.name), 0, 1, [_message(0, State(1, (9, 0), text=2))])

        assert store.sink.write(batch).next_offset == 1
        with store.database.reading() as reader:
            assert getattr(post_by_key(reader, key_of(1)), "text", None) == TEXTS[0]


def test_records_of_a_topic_recreated_count_once(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(1, (1, 0)), State(2, (1, 0)))
    with Feed(open_store, generation="b") as store:
        assert store.ends[NORMALIZED.name] == 0
        store.posts(State(2, (1, 0)), State(1, (2, 0), text=2))

        assert store.rows("SELECT sum(posts) FROM hourly") == [(2,)]
        assert store.rows("SELECT key, src_epoch, src_offset FROM posts ORDER BY message_id") == [
            (key_of(1), 2, 1),
            (key_of(2), 2, 0),
        ]


def _message(offset: int, state: State) -> Message:
    return Message(offset, state.key.encode(), post_value(state), 0)


def test_a_sink_that_was_never_opened_can_be_closed(open_store: OpenStore) -> None:
    StoreSink(open_store).close()
