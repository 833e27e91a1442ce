"""Forwards whose origin is known by its channel's name: linked as soon as the name's id is known."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import xxhash

from processors.core.dedup import DedupIndex
from processors.core.dedup.channel_names import NewChannelNames
from processors.core.dedup.fingerprint import fingerprint
from processors.core.dedup.fingerprint_records import post_fingerprint
from processors.core.dedup.named_origins import BEARERS, WAITING
from processors.core.outcomes import DedupOutcome, Folded
from schemas import (
    Channel,
    ChannelName,
    DuplicateKind,
    DuplicateLink,
    ForwardOrigin,
    Lane,
    Language,
    NormalizedPost,
    PostFingerprint,
    PostSource,
    Provenance,
    synthetic_id,
)
from schemas.times import DAY_MS
from tests.support.fingerprints import DAY_US, START_MS, START_US, Reader, batch, succeeded

START = datetime.fromtimestamp(START_US // 1_000_000, UTC)
REPORT = "The harbour is open again, says its master."


def post(
    channel: int,
    message: int,
    *,
    name: str | None = None,
    forward: ForwardOrigin | None = None,
    text: str = "📷",
    day: float = 0,
    collected: float | None = None,
) -> NormalizedPost:
    provenance = Provenance(
        source=PostSource(kind="test"),
        lane=Lane.LIVE,
        collected_at=None if collected is None else START + timedelta(days=collected),
        pipeline_version="1",
    )
    return NormalizedPost(
        key=f"tg:{channel}:{message}",
        revision=xxhash.xxh3_64_hexdigest(text.encode()),
        channel=Channel(id=channel, username=name),
        message_id=message,
        posted_at=START + timedelta(days=day),
        text=text,
        language=Language(code="en"),
        forward=forward,
        provenance=provenance,
    )


def by_name(name: str, message: int = 5, **others: object) -> ForwardOrigin:
    return ForwardOrigin.model_validate({"channel_username": name, "message_id": message} | others)


def of(normalized: NormalizedPost) -> PostFingerprint:
    return post_fingerprint(normalized, fingerprint(normalized.text))


def links(posts: Sequence[NormalizedPost], index: DedupIndex | None = None) -> dict[str, DuplicateLink]:
    """What readers of posts.duplicates know at last, of posts that came one after the other."""
    index, news, reader = DedupIndex() if index is None else index, NewChannelNames(), Reader()
    for one in posts:
        reader.take(succeeded(index.fold(batch([of(one)], news.of(one)), START_MS)))
    return {key: record.duplicate for key, record in reader.verdicts.items() if record and record.duplicate}


def origin(known: dict[str, DuplicateLink], key: str) -> str | None:
    """The origin of a forward."""
    link = known.get(key)
    assert link is None or link.kind is DuplicateKind.FORWARD
    return None if link is None else link.of


ALPHA = post(501, 9, name="alpha")


@pytest.mark.parametrize("is_name_first", [True, False])
@pytest.mark.parametrize("text", ["📷", REPORT])
@pytest.mark.parametrize("name", ["alpha", "Alpha", "@alpha"])
def test_a_forward_by_name_goes_to_the_channel_that_bears_it(name: str, text: str, *, is_name_first: bool) -> None:
    forward = post(502, 1, forward=by_name(name), text=text)
    posts = [ALPHA, forward] if is_name_first else [forward, ALPHA]
    assert origin(links(posts), "tg:502:1") == "tg:501:5"


def test_the_id_may_come_from_another_forward_of_the_channel() -> None:
    other = post(503, 1, forward=by_name("ALPHA", message=2, channel_id=501))
    known = links([post(502, 1, forward=by_name("alpha")), other])
    assert (origin(known, "tg:502:1"), origin(known, "tg:503:1")) == ("tg:501:5", "tg:501:2")


def test_a_name_that_nobody_bears_gives_no_link() -> None:
    assert links([ALPHA, post(502, 1, forward=by_name("beta"))]) == {}


def test_a_hidden_sender_and_a_name_without_a_message_give_no_link() -> None:
    hidden, channel = ForwardOrigin(name="alpha"), ForwardOrigin(channel_username="alpha")
    assert links([ALPHA, post(502, 1, forward=hidden), post(503, 1, forward=channel)]) == {}


@pytest.mark.parametrize(("message", "expected"), [(5, "tg:501:5"), (21, None), (30, None)])
def test_a_channel_forwards_its_own_earlier_posts_alone(message: int, expected: str | None) -> None:
    for posts in ([ALPHA], [post(501, 9)]):
        forward = post(501, 21, name="alpha", forward=by_name("alpha", message))
        assert origin(links([*posts, forward]), "tg:501:21") == expected


def test_an_origin_that_is_later_than_the_forward_is_none() -> None:
    forward = by_name("alpha", posted_at=START + timedelta(days=1))
    assert links([ALPHA, post(502, 1, forward=forward)]) == {}


def test_a_renamed_channel_is_found_by_both_names() -> None:
    posts = [
        post(502, 1, forward=by_name("alpha"), day=1),
        post(502, 2, forward=by_name("alpha_news"), day=9),
        post(501, 90, name="alpha_news", day=8),
        ALPHA,
    ]
    known = links(posts)
    assert (origin(known, "tg:502:1"), origin(known, "tg:502:2")) == ("tg:501:5", "tg:501:5")


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 3, 1, 0), (2, 1, 0, 3)])
def test_a_name_that_moved_means_the_channel_that_had_it_when_the_forward_was_seen(order: tuple[int, ...]) -> None:
    posts = [
        ALPHA,
        post(777, 2, name="alpha", day=100),
        post(502, 1, forward=by_name("alpha"), day=50),
        post(502, 2, forward=by_name("alpha"), day=150),
    ]
    known = links([posts[number] for number in order])
    assert (origin(known, "tg:502:1"), origin(known, "tg:502:2")) == ("tg:501:5", "tg:777:5")


def test_what_counts_is_when_a_name_was_read_not_how_old_the_post_is() -> None:
    old = post(502, 1, forward=by_name("alpha"), day=-900, collected=150)
    known = links([ALPHA, post(777, 2, name="alpha", day=-800, collected=100), old])
    assert origin(known, "tg:502:1") == "tg:777:5"


def test_a_real_id_is_preferred_to_one_made_of_the_name() -> None:
    made = post(synthetic_id("@alpha"), 3, name="alpha", day=1)
    forward = post(502, 1, forward=by_name("alpha"), day=2)
    assert origin(links([made, forward]), "tg:502:1") == f"tg:{synthetic_id('@alpha')}:5"
    assert origin(links([made, forward, ALPHA]), "tg:502:1") == "tg:501:5"


def test_copies_of_a_forward_stay_joined_when_its_origin_becomes_known() -> None:
    forward = post(502, 1, forward=by_name("alpha"), text=REPORT)
    copies = [post(600 + number, 1, text=REPORT, day=number) for number in (1, 2)]
    known = links([copies[1], forward, copies[0], ALPHA])
    assert origin(known, "tg:502:1") == "tg:501:5"
    first, second = known["tg:601:1"], known["tg:602:1"]
    assert first is not None
    assert second is not None
    assert (first.of, second.of) == ("tg:502:1", "tg:502:1")


def test_a_forward_in_another_language_is_linked_though_its_origin_is_in_another_partition() -> None:
    """Each partition has an index of its own; the names go to all of them."""
    here, forward = DedupIndex(), post(502, 1, forward=by_name("alpha"))
    here.fold(batch([of(forward)]), START_MS)
    names = NewChannelNames().of(ALPHA)
    (named,) = succeeded(here.fold(batch(names=names), START_MS))
    (changed,) = named.verdicts
    assert (changed.key, changed.duplicate) == (
        "tg:502:1",
        DuplicateLink(of="tg:501:5", kind=DuplicateKind.FORWARD, similarity=1.0),
    )
    assert here.fold(batch(names=names), START_MS) == [Folded(DedupOutcome.NAMED)]


def test_a_name_is_sent_once_and_again_for_an_earlier_day() -> None:
    news = NewChannelNames()
    assert news.of(post(501, 9, name="Alpha", day=3)) == [ChannelName("alpha", 501, START_US + 3 * DAY_US)]
    assert news.of(post(501, 10, name="alpha", day=4)) == []
    assert [name.seen_us for name in news.of(post(501, 8, name="alpha", day=1))] == [START_US + DAY_US]
    news.forget()
    assert len(news.of(post(501, 11, name="alpha", day=5))) == 1


def test_forwards_and_channels_of_one_name_are_bounded_and_counted() -> None:
    index = DedupIndex()
    links([post(502, number, forward=by_name("alpha")) for number in range(1, WAITING + 3)], index)
    assert index.bound_hits == 2
    bearers = [post(1000 + number, 1, name="beta") for number in range(BEARERS + 1)]
    links(bearers, index)
    assert index.bound_hits == 3
    known = links([ALPHA], index)
    assert len(known) == WAITING
    assert origin(known, f"tg:502:{WAITING + 2}") == "tg:501:5"


def test_names_outlast_the_days_that_are_forgotten() -> None:
    index = DedupIndex()
    links([ALPHA, post(502, 1, forward=by_name("alpha"))], index)
    index.fold(batch(), START_MS + 40 * DAY_MS)
    assert len(index) == 0
    assert origin(links([post(502, 2, forward=by_name("alpha"), day=20)], index), "tg:502:2") == "tg:501:5"


def test_a_name_that_no_channel_can_have_is_none() -> None:
    assert NewChannelNames().of(post(501, 9, name="a" * 65)) == NewChannelNames().of(post(501, 9, name="@")) == []
    assert of(post(502, 1, forward=by_name("a" * 65))).named_origin is None
