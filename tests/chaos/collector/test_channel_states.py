"""The states of channels and the times of deletions, over real Telethon clients, kills and restarts."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from schemas import ChannelCondition, ChannelState, RawPost
from tests.chaos.collector.harness import SWEEP_S, Harness
from tests.chaos.collector.process import shortened_waits
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.waiting import until


@pytest.fixture(autouse=True)
def _surroundings() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    with shortened_waits(), structlog.testing.capture_logs():
        yield
    logging.disable(logging.NOTSET)


def state_of(harness: Harness, channel: Channel) -> ChannelState | None:
    return harness.broker.states().get(str(channel.id).encode())


def last_id(harness: Harness, channel: Channel) -> int | None:
    state = state_of(harness, channel)
    return None if state is None or state.last_post is None else state.last_post.message_id


def is_live(state: ChannelState | None, last: int, username: str) -> bool:
    """With this last post, and without a gap: on a busy machine a connection may have to be made again first."""
    if state is None or state.last_post is None or state.last_post.message_id != last:
        return False
    return (state.condition, state.channel.username, state.gap) == (ChannelCondition.LIVE, username, None)


async def test_the_states_follow_what_happens_in_the_channels(tmp_path: Path) -> None:
    async with Harness(tmp_path) as harness:
        news, second = (harness.add_channel(name, f"example_{name.lower()}") for name in ("News", "Second"))
        for channel in (news, second):
            channel.post("before")
        harness.list_channels([news, second])
        await harness.open()
        for number in range(5):
            news.post(f"{number}")
        await until(lambda: is_live(state_of(harness, news), 6, "example_news"), "the last of the posts")
        await until(lambda: last_id(harness, second) == 1, "what was posted before")
        second.ban(harness.people[0])
        await until(
            lambda: (
                (each := state_of(harness, second))
                and each.condition is ChannelCondition.PRIVATE
                and "join" in (each.reason or "").lower()
            ),
            "the ban, and what to do",
        )
        await harness.kill()
        last = news.post("after a kill")
        await until(lambda: last_id(harness, news) == last.id, "the post after the kill")
        final = news.post("and at the very end")
        await until(lambda: any(post.message_id == final.id for _, post in harness.broker.posts()), "the last post")
        await harness.restart()
        assert last_id(harness, news) == final.id, "the process has ended with its newest state"
        harness.collect.channels.write_text('[[channel]]\nname = "@example_news"\n')
        await until(lambda: state_of(harness, second) is None, "the state of a channel that is watched no more")
        assert state_of(harness, news) is not None


async def test_a_channel_that_was_taken_out_while_nothing_ran_has_no_state(tmp_path: Path) -> None:
    async with Harness(tmp_path) as harness:
        news, second = (harness.add_channel(name, f"example_{name.lower()}") for name in ("News", "Second"))
        harness.list_channels([news, second])
        await harness.open()
        await until(lambda: len(harness.broker.states()) == 2, "both states")
        async with harness.is_changing:
            await harness.process.stop()
            harness.collect.channels.write_text('[[channel]]\nname = "@example_news"\n')
            harness._begin()
        await until(lambda: state_of(harness, second) is None, "the state to be withdrawn")
        assert state_of(harness, news) is not None


async def test_a_deletion_lies_between_the_last_look_and_the_report(tmp_path: Path) -> None:
    async with Harness(tmp_path) as harness:
        news = harness.add_channel("News", "example_news")
        harness.list_channel(news)
        await harness.open()
        pushed, found = news.post("one").id, news.post("two").id

        def tombstone(message_id: int) -> RawPost | None:
            posts = (post for _, post in harness.broker.posts() if post.is_deleted and post.message_id == message_id)
            return next(posts, None)

        await until(lambda: len(harness.broker.posts()) == 2, "both posts")
        begun = time.time()
        sweeps = harness.process.registry.get_sample_value

        def count() -> float:
            return sweeps("tgwire_collect_sweeps_total") or 0.0

        before = count()
        await until(lambda: count() >= before + 2, "two looks at the channel")
        looked = time.time()
        news.delete(pushed)
        await until(lambda: tombstone(pushed), "the tombstone of a deletion that is pushed")
        await harness.kill()
        news.delete(found)
        await until(lambda: tombstone(found), "the tombstone of a deletion that is found")
        first, last = (interval(tombstone(message_id)) for message_id in (pushed, found))
        assert begun - SWEEP_S <= first[0] <= looked <= first[1]
        assert begun - SWEEP_S <= last[0] <= last[1]


def interval(post: RawPost | None) -> tuple[float, float]:
    """Within which a post was deleted, by its tombstone."""
    assert post is not None
    assert post.last_seen_at is not None
    assert post.collected_at is not None
    return post.last_seen_at.timestamp(), post.collected_at.timestamp()
