"""What may be committed, and which partition is stalled."""

import asyncio
from collections.abc import Mapping

from processors.stream.monitoring.stall_watchdogs import STUCK_FACTOR, StallWatch
from processors.stream.offsets.commit_marker import CommitMarker
from processors.stream.offsets.commits import Commits
from processors.stream.offsets.committer import Committer
from processors.testing import MemoryGroup
from runtime.kafka.types import TopicPartition

A, B = ("posts.raw.live", 0), ("posts.raw.live", 1)


def test_only_what_changed_and_is_ours_is_due() -> None:
    commits = Commits()
    commits.delivered({A: 5, B: 7}, {})
    assert commits.due({A}) == {A: 5}
    commits.confirm({A: 5})
    assert commits.due({A, B}) == {B: 7}
    commits.delivered({A: 6}, {})
    assert commits.due({A, B}) == {A: 6, B: 7}


def test_a_rebalance_leaves_nothing_to_commit() -> None:
    commits = Commits()
    commits.delivered({A: 5}, {})
    commits.clear()
    assert commits.due({A}) == {}
    assert commits.done(A) is None


def test_an_offset_that_was_committed_before_a_rebalance_is_committed_again_after_it() -> None:
    """Another worker may have set the group's commit back meanwhile, since a log was cut short."""
    commits = Commits()
    commits.delivered({A: 5}, {})
    commits.confirm({A: 5})
    assert commits.due({A}) == {}
    commits.clear()
    commits.delivered({A: 5}, {})
    assert commits.due({A}) == {A: 5}
    assert commits.confirmed(A) == 5


def test_the_digest_of_a_record_does_not_outlive_a_rebalance() -> None:
    commits = Commits()
    commits.delivered({A: 5, B: 7}, {A: CommitMarker(4, "old"), B: CommitMarker(6, "old")})
    commits.clear()
    commits.delivered({A: 3}, {A: CommitMarker(2, "new")})
    assert commits.markers == {A: CommitMarker(2, "new")}


def test_a_partition_is_suspect_after_the_timeout() -> None:
    watch = StallWatch(60.0)
    assert not watch.is_suspect(A, 100.0)
    assert not watch.is_suspect(A, 160.0)
    assert watch.is_suspect(A, 161.0)
    watch.moved([A], 161.0)
    assert not watch.is_suspect(A, 200.0)


def test_records_that_wait_to_be_fetched_are_given_longer() -> None:
    watch = StallWatch(60.0)
    watch.moved([A], 0.0)
    assert watch.is_stalled(A, 61.0, is_fetched=True)
    assert not watch.is_stalled(A, 61.0, is_fetched=False)
    assert watch.is_stalled(A, 60.0 * STUCK_FACTOR + 1, is_fetched=False)


def test_a_partition_that_comes_back_starts_again() -> None:
    watch = StallWatch(60.0)
    watch.moved([A, B], 0.0)
    watch.retain({B})
    assert not watch.is_suspect(A, 1000.0)
    assert watch.is_suspect(B, 1000.0)


async def test_a_reset_comes_after_the_commit_that_is_on_its_way() -> None:
    answer = asyncio.Event()

    async def wait(offsets: Mapping[TopicPartition, int]) -> None:
        if offsets != {A: 0}:
            await answer.wait()

    group, commits, results = MemoryGroup({A}, before_commit=wait), Commits(), list[bool]()
    committer = Committer(group, commits, results.append)
    commits.delivered({A: 5}, {})
    under_way = asyncio.ensure_future(committer.commit())
    reset = asyncio.ensure_future(committer.reset(A))
    await asyncio.sleep(0)
    answer.set()
    await asyncio.gather(under_way, reset)
    await committer.commit()
    assert group.commits == [{A: 5}, {A: 0}], "the reset is last, and nothing is committed after it"
    assert results == [True]
