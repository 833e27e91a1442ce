"""The cursor law: whatever the order of acknowledgements, and wherever a replay is cut off, nothing is lost."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from ingest.errors import UnexpectedDeliveryError
from ingest.publish import MemoryDelivery, MemoryPublisher
from ingest.publish.metrics import IngestMetrics
from ingest.replay import engine as replay_module
from ingest.replay.acknowledgements import Acknowledgements
from ingest.replay.cursors import Cursors
from ingest.replay.engine import Replay
from ingest.sources import Position, Rejected, SourceItem
from runtime.kafka.errors import PublishError
from schemas import Channel, Lane, PostSource, RawPost, RejectReason

BAD = Rejected("memory", RejectReason.INVALID_JSON, "bad")


def _post(number: int) -> RawPost:
    return RawPost(channel=Channel(id=1), message_id=number, source=PostSource(kind="memory"))


class CutOffError(Exception):
    """Ends a replay in the middle."""


@dataclass
class Script:
    """What happens to a replay before each of its items."""

    publisher: MemoryPublisher
    steps: list[list[int]]
    """Before each item: which of the posts in flight are acknowledged."""
    cut_at: int | None
    """Item before which the replay is cut off, with the broker gone."""
    state: Path
    snapshot: Path
    """Copy of the state folder as a kill at this moment would leave it."""

    def play(self, number: int) -> None:
        for choice in self.steps[number % len(self.steps)]:
            if self.publisher.in_flight:
                self.publisher.acknowledge(choice % len(self.publisher.in_flight))
        if number == self.cut_at:
            shutil.copytree(self.state, self.snapshot)
            self.publisher.is_down = True
            raise CutOffError


@dataclass
class ScriptedSource:
    """Items in memory; a position is their number."""

    items: list[bool]
    """True is a post, False is bad input."""
    script: Script | None = None
    kind: str = "memory"
    name: str = "memory"
    identity: str | None = "memory"
    path: Path | None = None
    total_bytes: int | None = None
    bytes_read: int = 0
    warnings: list[str] = field(default_factory=list)
    given: list[int] = field(default_factory=list)

    def read(self, after: Position | None = None) -> Iterator[SourceItem]:
        for number in range(after.offset if after else 0, len(self.items)):
            if self.script is not None:
                self.script.play(number)
            self.given.append(number)
            yield SourceItem(_post(number + 1) if self.items[number] else BAD, Position(number + 1, "x"))


def _replay(publisher: MemoryPublisher, state: Path, source: ScriptedSource) -> Replay:
    with Cursors(state) as cursors:
        replay = Replay(publisher, cursors, IngestMetrics(CollectorRegistry()), Lane.BACKFILL)
        with suppress(CutOffError):
            replay.run([source])
        return replay


def _offset(state: Path, publisher: MemoryPublisher) -> int:
    with Cursors(state) as cursors:
        cursor = cursors.get("memory", publisher.destination(Lane.BACKFILL))
        return 0 if cursor is None else cursor.position.offset


def _prefix(items: list[bool], acknowledged: set[int], end: int) -> int:
    """Number of items at the head that are all acknowledged or bad, among those that were given."""
    return next((n for n in range(end) if items[n] and n + 1 not in acknowledged), end)


@settings(max_examples=50, deadline=None)
@given(
    items=st.lists(st.booleans(), min_size=1, max_size=12),
    steps=st.lists(st.lists(st.integers(0, 11), max_size=3), min_size=1, max_size=12),
    cut=st.integers(0, 11),
    commit_interval_s=st.sampled_from([0.0, 1e9]),
    is_killed=st.booleans(),
)
def test_cut_off_anywhere_and_resumed_nothing_is_lost(
    items: list[bool], steps: list[list[int]], cut: int, commit_interval_s: float, is_killed: bool
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(replay_module, "_COMMIT_INTERVAL_S", commit_interval_s),
    ):
        state, snapshot = Path(folder, "state"), Path(folder, "snapshot")
        publisher = MemoryPublisher(holds_back=True)
        script = Script(publisher, steps, cut % len(items), state, snapshot)
        first = ScriptedSource(items, script)
        _replay(publisher, state, first)
        acknowledged = {RawPost.model_validate_json(value).message_id for _, value in publisher.records}
        state = snapshot if is_killed else state
        prefix = _prefix(items, acknowledged, len(first.given))
        offset = _offset(state, publisher)
        assert offset <= prefix if is_killed else offset == prefix

        publisher.close()
        publisher.is_down = False
        second = ScriptedSource(items)
        replay = _replay(publisher, state, second)
        assert replay.summary.is_complete
        assert second.given == list(range(offset, len(items)))
        numbers = [RawPost.model_validate_json(value).message_id for _, value in publisher.records]
        assert set(numbers) == {n + 1 for n, is_post in enumerate(items) if is_post}
        repeats = {number for number in numbers if numbers.count(number) > 1}
        assert all(number > offset for number in repeats)
        assert _offset(state, publisher) == len(items)


@given(data=st.data(), entries=st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=30))
def test_only_a_contiguous_part_is_released_and_all_of_it(data: st.DataObject, entries: list[tuple[str, bool]]) -> None:
    acknowledgements = Acknowledgements()
    deliveries: list[MemoryDelivery | None] = []
    for number, (identity, is_post) in enumerate(entries, 1):
        if is_post:
            delivery = MemoryDelivery(b"", b"", lambda: None)
            acknowledgements.sent(identity, Position(number, ""), delivery)
            deliveries.append(delivery)
        else:
            acknowledgements.rejected(identity, Position(number, ""))
            deliveries.append(None)
    released = 0
    for delivery in data.draw(st.permutations([delivery for delivery in deliveries if delivery])):
        error: PublishError | None = UnexpectedDeliveryError("no") if data.draw(st.integers(0, 9)) == 0 else None
        delivery.complete(error)
        for advance in acknowledgements.release():
            assert advance.position is not None
            assert advance.position.offset > released
            released = advance.position.offset
            assert entries[released - 1][0] == advance.identity
        done = next(
            (n for n, d in enumerate(deliveries) if d is not None and (not d.is_settled or d.error)), len(deliveries)
        )
        # Bad input right behind a post of its own source waits for that post, and for nothing else.
        assert released <= done
        assert all(entries[n][0] == entries[released][0] and not entries[n][1] for n in range(released, done))
        head = deliveries[done] if done < len(deliveries) else None
        assert acknowledgements.failure is (head.error if head is not None else None)
