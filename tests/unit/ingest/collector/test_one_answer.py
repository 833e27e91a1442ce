"""What the collector makes of an answer that leaves something out, and of a wait in the middle of its work."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from ingest.collector.channel.collector_deps import CollectorDeps
from ingest.collector.channel.tracked_channel import TrackedChannel
from ingest.collector.recovery.refetch import MessagesOfPost, RefetchRunner
from ingest.errors import ReaderBusyError
from ingest.live_reader import Page, PostOrAbsence, RequestPriority
from runtime.settings.collect import CollectSettings
from schemas import Channel as Named
from schemas import Lane, PostSource, RawPost
from tests.support.collector_sim.bench import Bench, pause
from tests.support.collector_sim.virtual_time import EPOCH, run_virtual


def test_a_newest_page_that_leaves_out_a_post_loses_none(tmp_path: Path) -> None:
    bench = Bench(tmp_path, settings=CollectSettings(sweep_normal_s=60, recheck_h=(1,)))
    whole = bench.reader.newest

    async def with_a_hole(channel_id: int, priority: RequestPriority) -> Page:
        page = await whole(channel_id, priority)
        return Page(tuple(entry for entry in page.entries if entry.message_id != 3), page.first, page.last)

    async def work() -> None:
        async with bench.collecting():
            await pause(5)
            for _ in range(5):
                bench.world[1].post(5)
            bench.reader.newest = with_a_hole  # type: ignore[method-assign]
            await pause(70)

    run_virtual(work())
    assert [post.message_id for post in bench.posts] == [1, 2, 3, 4, 5]


class Mates:
    """Answers one question for album parts in each round, and then wants a rest."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.is_tired = False

    async def get(
        self, _channel: TrackedChannel, ids: Sequence[int], _urgency: RequestPriority
    ) -> Sequence[PostOrAbsence]:
        if self.is_tired:
            raise ReaderBusyError("flood wait", 7.0)
        self.is_tired = True
        self.asked.append(ids[len(ids) // 2])
        return [part(one, one // 100) for one in ids if one % 100 in (0, 1)]


def part(message_id: int, album_id: int) -> RawPost:
    return RawPost(
        channel=Named(id=1),
        message_id=message_id,
        album_id=album_id,
        posted_at=EPOCH,
        collected_at=EPOCH,
        text="a part",
        source=PostSource(kind="test"),
        lane=Lane.LIVE,
    )


async def test_a_wait_between_albums_keeps_those_that_were_read() -> None:
    mates = Mates()
    refetches = RefetchRunner(cast(CollectorDeps, SimpleNamespace(readers=mates)))
    channel = cast(
        TrackedChannel, SimpleNamespace(messages=SimpleNamespace(anchor_of=lambda _: None), is_covered=lambda _: True)
    )
    groups: dict[int, MessagesOfPost] = {anchor: {anchor: None} for anchor in (100, 200, 300)}
    entries: dict[int, PostOrAbsence] = {anchor: part(anchor, anchor // 100) for anchor in groups}

    assert await refetches._read_album_mates(channel, groups, entries) == 7.0
    assert {anchor: sorted(group) for anchor, group in groups.items()} == {100: [100, 101]}
