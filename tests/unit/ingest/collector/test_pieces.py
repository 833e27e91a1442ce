"""The pure pieces of live collection: albums, digests, pages, rechecks; and posts that are too large."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.collector.channel.albums import join
from ingest.collector.channel.comparison import LAG_S, differs, digest, row_of
from ingest.collector.channel.derived_records import counter_update, tombstone
from ingest.collector.channel.refetch_schedule import RefetchOrders, RefetchSchedule
from ingest.collector.pending_publish import PendingPublish
from ingest.ledger.ledger import Ledger
from ingest.ledger.records import LedgerUpdate
from ingest.live_reader import AbsenceReason, AbsentMessage, AbsentRange, Page
from runtime.errors import StateError
from schemas import Channel, Counters, Lane, PostSource, RawPost
from schemas.raw import EntityKind, Media, MediaKind, Poll, PollAnswer, TextEntity

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _post(message_id: int = 1, **fields: Any) -> RawPost:
    base = {"channel": Channel(id=1), "message_id": message_id, "text": "text", "source": PostSource(kind="test")}
    return RawPost.model_validate(base | fields)


def test_captions_follow_each_other_and_entities_move_along() -> None:
    bold = TextEntity(kind=EntityKind.BOLD, start=0, end=2)
    photo = Media(kind=MediaKind.PHOTO, id="p")
    parts = [
        _post(5, text="", media=(photo,), album_id=9, counters=Counters(views=3)),
        _post(6, text="👍 one", entities=(bold,), media=(photo,), album_id=9, edited_at=NOON),
        _post(7, text="two", entities=(bold,), media=(photo,), album_id=9),
    ]
    joined = join(parts, anchor=4)
    assert (joined.message_id, joined.text, joined.edited_at) == (4, "👍 one\n\ntwo", NOON)
    assert [joined.text[entity.start : entity.end] for entity in joined.entities] == ["👍 ", "tw"]
    assert [media.message_id for media in joined.media] == [5, 6, 7]
    assert joined.counters == Counters(views=3)


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "other"},
        {"entities": (TextEntity(kind=EntityKind.BOLD, start=0, end=2),)},
        {"media": (Media(kind=MediaKind.PHOTO, id="p"),)},
        {"media": (Media(kind=MediaKind.POLL, poll=Poll(question="Which?", answers=())),)},
    ],
)
def test_content_makes_a_revision(changed: dict[str, Any]) -> None:
    assert digest(_post()) != digest(_post(**changed))


def test_counts_votes_and_dates_make_none() -> None:
    def poll(voters: int) -> tuple[Media, ...]:
        answers = (PollAnswer(text="Yes", voters=voters),)
        return (Media(kind=MediaKind.POLL, poll=Poll(question="Which?", answers=answers, voters=voters)),)

    before = _post(media=poll(1), counters=Counters(views=1))
    after = _post(media=poll(2), counters=Counters(views=2, reactions={"👍": 1}), edited_at=NOON)
    assert digest(before) == digest(after)
    assert -(1 << 63) <= digest(before) < 1 << 63


def test_a_page_speaks_of_every_id_in_it() -> None:
    page = Page((_post(3), AbsentMessage(5, AbsenceReason.SERVICE), _post(6)), first=2, last=8)
    entries = [piece if isinstance(piece, AbsentRange) else piece.message_id for piece in page.entries_after(after=0)]
    assert entries == [
        AbsentRange(2, 2, AbsenceReason.NOT_RETURNED),
        3,
        AbsentRange(4, 4, AbsenceReason.NOT_RETURNED),
        AbsentRange(5, 5, AbsenceReason.SERVICE),
        6,
        AbsentRange(7, 8, AbsenceReason.NOT_RETURNED),
    ]
    assert list(page.entries_after(after=6)) == [AbsentRange(7, 8, AbsenceReason.NOT_RETURNED)]
    assert list(Page((), 1, 0).entries_after(0)) == []


def test_rechecks_fall_on_a_common_beat_and_end() -> None:
    now = 1_000_000.0
    refetch_schedule = RefetchSchedule((1.0, 6.0), lambda: now)
    row = row_of(_post(), seen_at=now)
    assert refetch_schedule.after(row) == (1, 1_004_400)  # the next quarter of an hour
    assert refetch_schedule.after(row._replace(posted_at=now - 3600)) == (1, 1_018_800)
    assert refetch_schedule.after(row._replace(posted_at=now - 7 * 3600)) is None
    assert RefetchSchedule((), lambda: now).after(row) is None


def test_an_order_that_could_not_be_written_is_committed_all_the_same(tmp_path: Path) -> None:
    """Which raises the error once more, where nobody survives it."""
    asked: list[str] = []
    ledger = Ledger(tmp_path, "topic:1")
    ledger.start(1, 0)
    ledger._file._database.execute("PRAGMA query_only = ON")
    orders = RefetchOrders(ledger, lambda: asked.append("commit"), lambda _: asked.append("turn"))
    with pytest.raises(StateError, match="readonly"):
        orders.order(1, 7)
    assert asked == ["commit"]
    with pytest.raises(StateError, match="readonly"):
        ledger.close()


def test_an_answer_older_than_what_was_published_is_no_news() -> None:
    row = row_of(_post(text="new", edited_at=NOON), seen_at=0.0)
    older = _post(text="old", edited_at=NOON.replace(hour=11))
    assert not differs(row, older, 0.0)
    assert differs(row, _post(text="newer", edited_at=NOON.replace(hour=13)), 0.0)
    assert differs(row._replace(is_deleted=True), older, 0.0)


def test_an_answer_that_goes_on_being_older_is_what_telegram_has() -> None:
    row = row_of(_post(text="new", edited_at=NOON), seen_at=50.0)
    older = _post(text="old", edited_at=NOON.replace(hour=11))
    assert not differs(row, older, 50.0 + LAG_S - 1)
    assert differs(row, older, 50.0 + LAG_S)
    assert differs(row._replace(seen_at=None), older, 50.0), "of a ledger of an older version"


@pytest.mark.parametrize(
    ("reason", "is_deletion"),
    [
        (AbsenceReason.DELETED, True),
        (AbsenceReason.NOT_RETURNED, True),
        (AbsenceReason.UNREADABLE, False),
        (AbsenceReason.SERVICE, False),
    ],
)
def test_what_cannot_be_read_does_not_count_as_deleted(reason: AbsenceReason, is_deletion: bool) -> None:
    row = row_of(_post(), seen_at=0.0)
    assert differs(row, AbsentMessage(1, reason), 0.0) == is_deletion
    assert not differs(row._replace(is_deleted=True), AbsentMessage(1, reason), 0.0)


def test_a_tombstone_repeats_nothing_of_its_post() -> None:
    post = tombstone(7, 8, Lane.LIVE, NOON)
    assert post.is_deleted
    assert post.channel == Channel(id=7)
    assert (post.message_id, post.text, post.lane) == (8, "", Lane.LIVE)


def test_missing_counts_are_not_sent() -> None:
    assert counter_update(_post(), 1) is None
    assert counter_update(_post(counters=Counters(observed_at=NOON)), 1) is None
    update = counter_update(_post(2, counters=Counters(views=0)), 1)
    assert update is not None
    assert update.key == "tg:1:1"


def test_a_first_version_too_large_leaves_its_id_without_a_post() -> None:
    row = row_of(_post(), seen_at=0.0)
    item = PendingPublish(LedgerUpdate(1, rows=(row,), frontier=1, next_refetch=(1, 9.0)), _post())
    item.refuse()
    assert item.ledger_update == LedgerUpdate(1, absent=(AbsentRange(1, 1, AbsenceReason.REFUSED),), frontier=1)
    assert item.post is None


def test_a_revision_too_large_is_not_tried_again() -> None:
    ledger_update = LedgerUpdate(1, rows=(row_of(_post(), seen_at=0.0),))
    item = PendingPublish(ledger_update, _post())
    item.refuse()
    assert item.ledger_update.rows
    assert not item.ledger_update.absent


def test_an_old_post_that_is_too_large_leaves_its_id_without_a_post() -> None:
    item = PendingPublish(LedgerUpdate(1, backfilled=7), _post(7))
    item.refuse()
    assert item.post is None
    assert item.ledger_update.absent == (AbsentRange(7, 7, AbsenceReason.REFUSED),)
