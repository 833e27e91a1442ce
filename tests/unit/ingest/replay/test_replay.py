"""The replay engine over a publisher in memory."""

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from ingest.errors import DeliveryRefusedError, DeliveryTimeoutError, SourceChangedError
from ingest.publish import MemoryPublisher
from ingest.replay.cursors import Cursors
from ingest.replay.engine import MAX_REJECTIONS_KEPT, ReplayProgress
from ingest.sources import Rejected, json_lines_source
from runtime.kafka.errors import BrokerUnavailableError
from schemas import Lane, RejectReason
from schemas.topics import MAX_RAW_BYTES
from tests.support.patience import DEADLINE_S
from tests.support.replay_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def cursors(bench: Bench) -> Iterator[Cursors]:
    with Cursors(bench.state) as cursors:
        yield cursors


def test_a_second_replay_has_nothing_to_do(bench: Bench, cursors: Cursors) -> None:
    bench.write_lines("a", "b")
    (bench.seeds / "c.txt").write_text("c")
    first = bench.replay(cursors).run(bench.sources())
    assert (first.read, first.published, first.skipped, first.is_complete) == (3, 3, 0, True)
    second = bench.replay(cursors).run(bench.sources())
    assert (second.read, second.published, second.skipped, second.is_complete) == (0, 0, 3, True)
    assert bench.texts == ["a", "b", "c"]


def test_what_is_new_is_published_wherever_it_is_in_the_file(bench: Bench, cursors: Cursors) -> None:
    path = bench.write_lines("a")
    bench.replay(cursors).run(bench.sources())
    path.write_bytes(path.read_bytes() + b'{"text": "b"}\n')
    (bench.seeds / "0.txt").write_text("new")
    bench.replay(cursors).run(bench.sources())
    assert bench.texts == ["a", "new", "b"]


def test_an_edited_seed_goes_out_again_under_its_key(bench: Bench, cursors: Cursors) -> None:
    seed = bench.seeds / "a.txt"
    for text in ("first", "second", "second"):
        seed.write_text(text)
        bench.replay(cursors).run(bench.sources())
    assert bench.texts == ["first", "second"]
    assert len({orjson.loads(value)["message_id"] for _, value in bench.publisher.records}) == 1


def test_another_destination_has_cursors_of_its_own(bench: Bench, cursors: Cursors) -> None:
    bench.write_lines("a")
    bench.replay(cursors).run(bench.sources())
    bench.publisher = MemoryPublisher("another cluster")
    assert bench.replay(cursors).run(bench.sources()).published == 1


def test_from_start_and_without_cursors_everything_is_read(bench: Bench, cursors: Cursors) -> None:
    bench.write_lines("a")
    bench.replay(cursors).run(bench.sources())
    assert bench.replay(cursors, from_start=True).run(bench.sources()).published == 1
    assert bench.replay(None).run(bench.sources()).published == 1
    assert bench.replay(cursors).run(bench.sources()).published == 0


def test_paths_that_overlap_are_replayed_once(bench: Bench, cursors: Cursors) -> None:
    path = bench.write_lines("a")
    for state in (cursors, None):
        assert bench.replay(state, from_start=True).run(bench.sources(path, bench.seeds, path)).published == 1


def test_bad_input_is_counted_reported_and_skipped(bench: Bench, cursors: Cursors) -> None:
    path = bench.write_lines("a")
    path.write_bytes(b"{broken\n" + path.read_bytes() + b"\xff\n" + b'{"text": 1}\n' + path.read_bytes())
    rejections: list[Rejected] = []
    summary = bench.replay(cursors, on_rejected=rejections.append).run(bench.sources())
    assert (summary.read, summary.published, summary.rejected) == (5, 2, 3)
    assert summary.rejections == rejections
    assert [rejected.line for rejected in rejections] == [1, 3, 4]
    assert bench.sample("source_posts_total", source="jsonl", outcome="read") == 5
    assert bench.sample("source_posts_total", source="jsonl", outcome="rejected") == 3
    again = bench.replay(cursors).run(bench.sources())
    assert (again.read, again.skipped) == (0, 5)


def test_a_post_too_large_is_rejected_by_file_line_and_key(bench: Bench, cursors: Cursors) -> None:
    bench.write_lines("a", "x" * MAX_RAW_BYTES, "b")
    summary = bench.replay(cursors).run(bench.sources())
    assert bench.texts == ["a", "b"]
    (rejected,) = summary.rejections
    assert (rejected.source, rejected.line, rejected.reason) == ("seeds/a.jsonl", 2, RejectReason.TOO_LARGE)
    assert "tg:" in rejected.message
    assert "at most 1000000 are published" in rejected.message


def test_an_id_that_cannot_be_is_rejected_by_file_line_and_field(bench: Bench, cursors: Cursors) -> None:
    lines = (b'{"text": "a"}', b'{"text": "b", "channel_id": 9223372036854775808}', b'{"text": "c"}')
    (bench.seeds / "a.jsonl").write_bytes(b"\n".join(lines))
    (bench.seeds / "b.txt").write_text("---\ntitle: T\nmessage_id: 9223372036854775808\n---\nbody")
    summary = bench.replay(cursors).run(bench.sources())
    assert bench.texts == ["a", "c"]
    assert [(rejected.source, rejected.line, rejected.field) for rejected in summary.rejections] == [
        ("seeds/a.jsonl", 2, "channel_id"),
        ("seeds/b.txt", 3, "message_id"),
    ]
    assert all("less than 9007199254740992" in rejected.message for rejected in summary.rejections)


def test_rejections_are_kept_up_to_a_bound(bench: Bench, cursors: Cursors) -> None:
    (bench.seeds / "a.jsonl").write_bytes(b"{\n" * (MAX_REJECTIONS_KEPT + 5))
    summary = bench.replay(cursors).run(bench.sources())
    assert (summary.rejected, len(summary.rejections)) == (MAX_REJECTIONS_KEPT + 5, MAX_REJECTIONS_KEPT)


def test_a_source_that_changed_or_is_gone_stops_no_other(bench: Bench, cursors: Cursors) -> None:
    path = bench.write_lines("a", "b")
    bench.replay(cursors).run(bench.sources())
    path.write_bytes(b'{"text": "rewritten, and longer than it was"}\n')
    (bench.seeds / "b.txt").symlink_to("gone")
    (bench.seeds / "c.txt").write_text("c")
    summary = bench.replay(cursors).run(bench.sources())
    assert bench.texts == ["a", "b", "c"]
    assert summary.is_complete
    assert [str(error)[:15] for error in summary.failed_sources] == ["seeds/a.jsonl: ", "seeds/b.txt: ca"]
    assert isinstance(summary.failed_sources[0], SourceChangedError)


def test_a_stop_stores_everything_and_nothing_is_repeated(bench: Bench, cursors: Cursors) -> None:
    bench.write_lines("a", "b", "c", "d")
    bench.publisher = MemoryPublisher(holds_back=True)

    def stop_at_two(progress: ReplayProgress) -> None:
        if progress.summary.read == 2:
            replay.stop()

    replay = bench.replay(cursors, on_progress=stop_at_two)
    summary = replay.run(bench.sources())
    assert (summary.published, summary.is_complete) == (2, False)
    assert bench.replay(cursors).run(bench.sources()).is_complete
    assert bench.texts == ["a", "b", "c", "d"]


def test_a_keyboard_interrupt_stores_everything_and_passes(bench: Bench, cursors: Cursors) -> None:
    bench.write_lines("a", "b", "c")
    bench.publisher = MemoryPublisher(holds_back=True)

    def interrupt(progress: ReplayProgress) -> None:
        if progress.summary.read == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.replay(cursors, on_progress=interrupt).run(bench.sources())
    bench.replay(cursors).run(bench.sources())
    assert bench.texts == ["a", "b", "c"]


def test_a_failed_delivery_ends_the_replay_and_is_sent_again(bench: Bench, cursors: Cursors) -> None:
    bench.write_lines("a", "b", "c")
    bench.publisher = MemoryPublisher(holds_back=True)
    failure = DeliveryRefusedError("no")

    def fail_b(progress: ReplayProgress) -> None:
        if progress.summary.read == 3:
            bench.publisher.acknowledge(2)
            bench.publisher.fail(failure, 1)

    with pytest.raises(DeliveryRefusedError):
        bench.replay(cursors, on_progress=fail_b).run(bench.sources())
    assert bench.texts == ["c", "a"]
    records = bench.publisher.records
    bench.publisher = MemoryPublisher()
    bench.publisher.records = records
    summary = bench.replay(cursors).run(bench.sources())
    assert (summary.skipped, summary.published) == (1, 2)
    assert bench.texts == ["c", "a", "b", "c"]


def test_a_broker_that_goes_away_loses_nothing(bench: Bench, cursors: Cursors) -> None:
    bench.write_lines("a", "b", "c")

    def down(progress: ReplayProgress) -> None:
        bench.publisher.is_down = progress.summary.read >= 1

    replay = bench.replay(cursors, on_progress=down)
    with pytest.raises(DeliveryTimeoutError):
        replay.run(bench.sources())
    assert not replay.summary.is_complete
    bench.publisher.close()
    bench.publisher.is_down = False
    bench.replay(cursors).run(bench.sources())
    assert bench.texts == ["a", "b", "c"]


def test_a_full_publisher_that_is_down_ends_the_replay(bench: Bench, cursors: Cursors) -> None:
    bench.write_lines("a", "b", "c")
    bench.publisher = MemoryPublisher(max_in_flight=2)
    bench.publisher.is_down = True
    with pytest.raises(BrokerUnavailableError):
        bench.replay(cursors).run(bench.sources())
    assert cursors.get(bench.sources()[0].identity or "", bench.publisher.destination(Lane.BACKFILL)) is None


def test_a_pipe_needs_no_cursor(bench: Bench, cursors: Cursors) -> None:
    for _ in range(2):
        pipe = json_lines_source(io.BytesIO(b'{"text": "a"}\n{\n'), "stdin", Lane.BACKFILL)
        summary = bench.replay(cursors).run([pipe])
        assert (summary.published, summary.rejected, summary.skipped) == (1, 1, 0)


def test_progress_counts_bytes_of_the_source_to_its_end(bench: Bench, cursors: Cursors) -> None:
    path = bench.write_lines("a", "b")
    seen: list[tuple[str, int]] = []

    def note(progress: ReplayProgress) -> None:
        seen.append((progress.source.name, progress.offset))

    bench.replay(cursors, on_progress=note).run(bench.sources())
    path.write_bytes(path.read_bytes() + b'{"text": "c"}\n')
    bench.replay(cursors, on_progress=note).run(bench.sources())
    offsets = [offset for _, offset in seen]
    assert (offsets[0], offsets[2], offsets[-1]) == (0, 28, 42)
    assert {name for name, _ in seen} == {"seeds/a.jsonl"}


def test_a_rate_is_kept_and_a_stop_does_not_wait_for_it(bench: Bench) -> None:
    bench.write_lines(*"abcdefghij")
    started = time.monotonic()
    bench.replay(None, posts_per_s=50).run(bench.sources())
    assert 0.17 <= time.monotonic() - started < DEADLINE_S

    replay = bench.replay(None, posts_per_s=0.001)
    timer = threading.Timer(0.1, replay.stop)
    timer.start()
    started = time.monotonic()
    assert not replay.run(bench.sources()).is_complete
    assert time.monotonic() - started < DEADLINE_S
    timer.join()
