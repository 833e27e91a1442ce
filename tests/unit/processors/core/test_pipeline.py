from datetime import UTC, datetime

import pytest

from benchmarks.generator import generate
from processors.core.outcomes import Analyzed, Deleted
from processors.core.pipeline import PIPELINE_VERSION, Analyzer
from processors.loading import load_analyzer
from schemas import (
    Channel,
    Counters,
    EntityKind,
    ForwardOrigin,
    Lane,
    Media,
    MediaKind,
    NormalizedPost,
    PostSource,
    RawPost,
    Reply,
    TextEntity,
)


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return load_analyzer()


POST = RawPost(
    channel=Channel(id=12, username="wire", title="Wire"),
    message_id=34,
    posted_at=datetime(2024, 1, 1, tzinfo=UTC),
    edited_at=datetime(2024, 1, 2, tzinfo=UTC),
    collected_at=datetime(2024, 1, 3, tzinfo=UTC),
    text="\u200bFire in town.\r\n\r\n\r\nThe fire began at noon, says @wire. #fire https://example.org/a  ",
    entities=(TextEntity(kind=EntityKind.BOLD, start=1, end=14),),
    media=(Media(kind=MediaKind.PHOTO, id="5"),),
    forward=ForwardOrigin(name="Origin"),
    reply_to=Reply(message_id=33),
    album_id=99,
    counters=Counters(views=5),
    source=PostSource(kind="test", name="a.jsonl", position=7),
    lane=Lane.LIVE,
    original={"kept": "only in the raw post"},
)


def _analyzed(analyzer: Analyzer, post: RawPost) -> Analyzed:
    outcome = analyzer.analyze(post)
    assert isinstance(outcome, Analyzed)
    return outcome


def test_a_post_is_cleaned_understood_and_keeps_what_is_known_of_it(analyzer: Analyzer) -> None:
    post = _analyzed(analyzer, POST).post
    assert post.key == "tg:12:34"
    assert post.text == "Fire in town.\n\nThe fire began at noon, says @wire. #fire https://example.org/a"
    assert [(entity.start, entity.end) for entity in post.entities] == [(0, 13)]
    assert [block.kind for block in post.blocks] == ["headline", "paragraph"]
    assert [span.text for span in (*post.mentions, *post.hashtags, *post.links)] == [
        "@wire",
        "#fire",
        "https://example.org/a",
    ]
    assert post.language.code == "en"
    for field in ("channel", "message_id", "posted_at", "edited_at", "media", "forward", "reply_to", "album_id"):
        assert getattr(post, field) == getattr(POST, field)
    assert post.counters == POST.counters
    assert post.provenance.model_dump() == {
        "source": POST.source.model_dump(),
        "lane": "live",
        "collected_at": POST.collected_at,
        "rank": (1704153600000000, 0),
        "pipeline_version": PIPELINE_VERSION,
    }


def test_posts_together_give_the_records_of_each_alone(analyzer: Analyzer) -> None:
    deleted = POST.model_copy(update={"is_deleted": True, "message_id": 36})
    posts = [POST, deleted, *generate(20, seed=5), deleted]
    assert analyzer.analyze_all(posts) == [analyzer.analyze(post) for post in posts]
    assert analyzer.analyze_all([]) == []


def test_the_record_survives_its_topic(analyzer: Analyzer) -> None:
    post = _analyzed(analyzer, POST).post
    assert NormalizedPost.model_validate_json(post.to_json()) == post


def test_an_empty_post_is_a_post(analyzer: Analyzer) -> None:
    analyzed = _analyzed(analyzer, POST.model_copy(update={"text": "", "entities": ()}))
    assert analyzed.post.blocks == ()
    assert analyzed.post.language.code == "und"
    assert analyzed.fingerprint.exact is None
    assert not analyzed.has_home


@pytest.mark.parametrize(
    ("text", "forward", "has_home"),
    [
        ("Fire in town", None, False),
        ("Fire in the town", None, True),
        ("📷", ForwardOrigin(channel_id=5, message_id=6), True),
        ("📷", ForwardOrigin(channel_username="wire", message_id=6), True),
        ("📷", ForwardOrigin(name="Someone"), False),
    ],
)
def test_duplicate_detection_is_asked_for_texts_of_four_words_and_for_forwards(
    analyzer: Analyzer, text: str, forward: ForwardOrigin | None, *, has_home: bool
) -> None:
    post = POST.model_copy(update={"text": text, "entities": (), "forward": forward})
    assert _analyzed(analyzer, post).has_home is has_home


def test_a_deletion_becomes_a_tombstone(analyzer: Analyzer) -> None:
    outcome = analyzer.analyze(POST.model_copy(update={"is_deleted": True}))
    assert isinstance(outcome, Deleted)
    assert outcome.tombstone.key == "tg:12:34"
    assert outcome.tombstone.last_seen_at is None


def test_a_deletion_says_when_the_post_was_last_seen(analyzer: Analyzer) -> None:
    seen = datetime(2024, 1, 4, 5, 6, 7, 250_000, tzinfo=UTC)
    outcome = analyzer.analyze(POST.model_copy(update={"is_deleted": True, "last_seen_at": seen}))
    assert isinstance(outcome, Deleted)
    assert b'"last_seen_at":"2024-01-04T05:06:07.250000Z"' in outcome.tombstone.to_json()


def test_a_post_of_5_mb_is_a_post(analyzer: Analyzer) -> None:
    _analyzed(analyzer, POST.model_copy(update={"text": "A long line of the same words. " * 170_000}))


def _list_post(*items: str) -> RawPost:
    bullets = "\n".join(f"🔹 {item}" for item in items)
    return POST.model_copy(update={"text": f"Foreign press on the harbour:\n\n{bullets}", "entities": ()})


def test_a_quote_has_the_posts_language_or_in_a_mixed_post_its_own(analyzer: Analyzer) -> None:
    english = "The Financial Times notes that trade will need many weeks to recover from the storm."
    other = "The Guardian writes that the harbour was closed for nine days and nobody knows why."
    russian = "Коммерсантъ пишет, что порт закрыли на девять дней и никто не знает, почему это случилось."
    for items, languages in (((english, other), ["en", "en"]), ((english, other, russian), ["en", "en", "ru"])):
        post = _analyzed(analyzer, _list_post(*items)).post
        assert [item.language for quotes in post.quote_lists for item in quotes.items] == languages
        assert (post.language.code, bool(post.language.spans)) == ("en", len(set(languages)) > 1)
