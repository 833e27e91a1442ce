"""The judge itself: what it must find, and what it must let pass."""

from dataclasses import replace

import pytest

from ingest.collector.channel.comparison import digest
from ingest.collector.channel.derived_records import tombstone
from ingest.ledger.records import ChannelProgress, PublishedMessage
from ingest.live_reader import AbsenceReason, AbsentRange
from schemas import Channel, Counters, CounterUpdate, Lane, PostSource, RawPost
from schemas.raw import Media, MediaKind
from tests.chaos.collector.oracle import Collected, Recorded, judge
from tests.chaos.collector.truth import ChannelTruth, Message, Version
from tests.chaos.worker.findings import Findings
from tests.support.collector_sim.virtual_time import moment

CHANNEL = 1_000_001


def text(message_id: int, version: int = 0) -> str:
    return f"{message_id} in version {version}"


def world() -> ChannelTruth:
    """Ids: 1 before the start, 2 plain, 3 edited, 4 deleted, 5 a pin, 6 to 8 an album, 9 deleted before it was read."""
    truth = ChannelTruth(CHANNEL, from_id=1, names={"news"})
    for message_id in (1, 2, 4, 9):
        truth.messages[message_id] = Message(message_id, [Version(text(message_id))])
    truth.messages[3] = Message(3, [Version(text(3)), Version(text(3, 1))])
    truth.messages[4].is_deleted = truth.messages[9].is_deleted = True
    truth.messages[5] = Message(5, [Version("")], is_post=False)
    for part in (6, 7, 8):
        version = Version(text(part) if part != 7 else "", (), (f"m{part}",))
        truth.messages[part] = Message(part, [version], album=77)
    return truth


def post(message_id: int, version: int = 0, lane: Lane = Lane.LIVE) -> RawPost:
    return RawPost(
        channel=Channel(id=CHANNEL, username="news"),
        message_id=message_id,
        text=text(message_id, version),
        source=PostSource(kind="telethon"),
        lane=lane,
    )


def album(anchor: int = 6, *, parts: tuple[int, ...] = (6, 7, 8)) -> RawPost:
    media = tuple(Media(kind=MediaKind.PHOTO, id=f"m{part}", message_id=part) for part in parts)
    captions = "\n\n".join(text(part) for part in parts if part != 7)
    return post(anchor).model_copy(update={"text": captions, "media": media, "album_id": 77})


def gone(message_id: int) -> RawPost:
    return tombstone(CHANNEL, message_id, Lane.LIVE, moment(0.0))


POSTS = (post(2), post(3), post(4), post(3, 1), album(), gone(4))
ABSENT = (AbsentRange(5, 5, AbsenceReason.SERVICE), AbsentRange(9, 9, AbsenceReason.NOT_RETURNED))


def row(published: RawPost, message_id: int | None = None) -> PublishedMessage:
    own = published.message_id if message_id is None else message_id
    return PublishedMessage(
        own, published.message_id, published.album_id, digest(published), 0.0, None, published.is_deleted
    )


ROWS = {2: row(post(2)), 3: row(post(3, 1)), 4: row(gone(4)), **{part: row(album(), part) for part in (6, 7, 8)}}
LEDGER = Recorded(ChannelProgress(started_at=1, frontier=9, backfilled=0), ABSENT, ROWS)


def judged(
    posts: tuple[RawPost, ...] = POSTS, ledger: Recorded = LEDGER, truth: ChannelTruth | None = None
) -> Findings:
    ordered = (
        each.model_copy(update={"order": place}) if each.order is None else each for place, each in enumerate(posts)
    )
    keyed = [(str(each.channel.id).encode(), each) for each in ordered]
    return judge({CHANNEL: truth or world()}, Collected(keyed, (), {CHANNEL: ledger}))


def without(*taken: RawPost) -> tuple[RawPost, ...]:
    return tuple(each for each in POSTS if each not in taken)


def test_all_is_well() -> None:
    assert judged().counts() == {}


def test_repeats_are_counted_and_harmless() -> None:
    found = judged((*POSTS[:4], post(3), post(3, 1), *POSTS[4:]))
    assert found.counts() == {}
    assert found.repeats == 2


@pytest.mark.parametrize(
    ("posts", "kind"),
    [
        (without(post(2)), "lost"),
        (without(album()), "lost"),
        ((*POSTS, post(10)), "made up"),
        ((*POSTS, post(2, 7)), "made up"),
        ((*POSTS, post(5)), "made up"),
        ((*POSTS, gone(2)), "made up"),
        ((*POSTS, post(2).model_copy(update={"channel": Channel(id=5)})), "made up"),
        ((*POSTS, post(2).model_copy(update={"channel": Channel(id=CHANNEL, username="other")})), "made up"),
        ((*POSTS, post(1)), "not asked for"),
        ((*POSTS, album(7)), "double"),
        (without(post(3, 1)), "not the last revision"),
        ((post(2), post(3, 1), post(3), post(4), album(), gone(4)), "not the last revision"),
        ((post(2), post(3, 1), post(3), post(3, 1), post(4), album(), gone(4)), "out of order"),
        ((*POSTS[:4], album(), gone(4), post(4)), "tombstone missing"),
        ((post(2), post(3), post(3, 1), album(), gone(4), post(4), gone(4)), "out of order"),
        (without(gone(4)), "tombstone missing"),
        ((*POSTS[:4], album(parts=(6, 8)), gone(4)), "not the last revision"),
        ((*POSTS[:5], gone(4).model_copy(update={"text": "4"})), "tombstone with more than ids"),
        ((*POSTS[1:], post(2, lane=Lane.BACKFILL)), "on the wrong lane"),
        ((post(2), post(3).model_copy(update={"order": 50}), *POSTS[2:]), "order goes back"),
    ],
)
def test_faults_of_records(posts: tuple[RawPost, ...], kind: str) -> None:
    assert kind in judged(posts).counts()


@pytest.mark.parametrize(
    ("ledger", "kind"),
    [
        (replace(LEDGER, rows={each: ROWS[each] for each in ROWS if each != 2}), "unexplained"),
        (replace(LEDGER, absent=ABSENT[1:]), "unexplained"),
        (replace(LEDGER, progress=ChannelProgress(1, 7, 0)), "unexplained"),
        (Recorded(None), "unexplained"),
        (replace(LEDGER, progress=ChannelProgress(2, 9, 0)), "begun too late"),
        (replace(LEDGER, absent=(*ABSENT, AbsentRange(2, 2, AbsenceReason.NOT_RETURNED))), "explained twice"),
        (replace(LEDGER, absent=(*ABSENT, AbsentRange(10, 12, AbsenceReason.NOT_RETURNED))), "explained wrongly"),
        (replace(LEDGER, absent=(AbsentRange(5, 5, AbsenceReason.NOT_RETURNED), ABSENT[1])), "explained wrongly"),
        (replace(LEDGER, rows=ROWS | {3: row(post(3))}), "explained wrongly"),
        (replace(LEDGER, rows=ROWS | {4: row(post(4))}), "explained wrongly"),
        (replace(LEDGER, rows=ROWS | {2: row(post(2))._replace(anchor=1)}), "explained wrongly"),
    ],
)
def test_faults_of_the_ledger(ledger: Recorded, kind: str) -> None:
    assert kind in judged(ledger=ledger).counts()


def test_a_record_without_an_order() -> None:
    found = judge({CHANNEL: world()}, Collected([(str(CHANNEL).encode(), each) for each in POSTS]))
    assert found.counts() == {"without an order": len(POSTS)}


def test_what_is_deleted_beyond_the_frontier_needs_no_reason() -> None:
    ledger = replace(LEDGER, progress=ChannelProgress(1, 8, 0), absent=ABSENT[:1])
    assert judged(ledger=ledger).counts() == {}


def test_a_backfill_owes_what_lies_before_the_start() -> None:
    truth = world()
    truth.is_backfilled = True
    assert "lost" in judged(truth=truth).counts()
    earlier = post(1, lane=Lane.BACKFILL)
    ledger = replace(LEDGER, progress=ChannelProgress(1, 9, 1), rows=ROWS | {1: row(earlier)})
    assert judged((earlier, *POSTS), ledger, truth).counts() == {}
    edit = post(1, 1)
    truth.messages[1].versions.append(Version(text(1, 1)))
    ledger = replace(ledger, rows=ROWS | {1: row(edit)})
    assert judged((earlier, *POSTS, edit), ledger, truth).counts() == {}, "changes travel live"
    assert judged((edit, *POSTS), ledger, truth).counts() == {"on the wrong lane": 1}


def test_an_album_of_which_a_part_is_gone() -> None:
    truth = world()
    truth.messages[6].is_deleted = True
    left = album(parts=(7, 8))
    ledger = replace(LEDGER, rows=ROWS | {6: row(left, 6)._replace(is_deleted=True), 7: row(left, 7), 8: row(left, 8)})
    assert judged((*POSTS, left), ledger, truth).counts() == {}
    assert "not the last revision" in judged(POSTS, ledger, truth).counts()
    assert "taken for deleted" in judged((*POSTS, gone(6)), ledger, truth).counts()


def test_records_of_channels_that_nobody_watches_and_counts_of_nothing() -> None:
    known = (str(CHANNEL).encode(), post(2))
    found = judge({CHANNEL: world()}, Collected([(b"5", post(2)), known], (_counts(2), _counts(10)), {CHANNEL: LEDGER}))
    assert found.faults["made up"] == [f"tg:{CHANNEL}:2 under key b'5'", f"counts of tg:{CHANNEL}:10"]


def _counts(message_id: int) -> CounterUpdate:
    return CounterUpdate(key=f"tg:{CHANNEL}:{message_id}", counters=Counters(views=1))
