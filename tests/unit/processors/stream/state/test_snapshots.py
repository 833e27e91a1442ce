"""The duplicate index in files: what is saved folds like what never was, takes little room, and is shared."""

import os
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from structlog.testing import capture_logs

from processors.core.dedup import DedupIndex
from processors.core.dedup import segment_image as image
from processors.core.outcomes import DedupOutcome
from processors.errors import SnapshotSettingError
from processors.stream.state import snapshots as snapshots_module
from processors.stream.state.mapped_files import map_file, map_with_room, release
from processors.stream.state.resident_memory import resident_bytes
from processors.stream.state.snapshot_files import LAYOUT
from processors.stream.state.snapshot_store import FolderStore, open_store
from processors.stream.state.snapshots import Snapshots
from runtime.settings.worker import WorkerSettings
from schemas import ChannelName
from schemas.fingerprints import NamedOrigin
from schemas.times import DAY_MS
from tests.support.fingerprints import START_MS, batch, fold, links
from tests.support.snapshots import LOG, add, filled, opened, post


@pytest.fixture
def small_large_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days of some dozens of posts have a file of their own."""
    monkeypatch.setattr(image, "LARGE", 60_000)


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


posts = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.sampled_from([0, 0, 1, 5, 30, 4000, None]),
        st.one_of(st.integers(0, 90), st.integers(0, 90), st.none()),
        st.integers(0, 3),
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=25)
@given(posts, st.lists(st.integers(0, 60), max_size=4), st.sampled_from([1000, 60_000, 4 << 20]))
def test_an_index_that_is_saved_and_opened_on_the_way_folds_like_one_that_never_was(
    tmp_path_factory: pytest.TempPathFactory,
    stream: list[tuple[int, int | None, int | None, int]],
    stops: list[int],
    large: int,
) -> None:
    folder, values = tmp_path_factory.mktemp("snapshots"), [post(*each) for each in stream]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(image, "LARGE", large)
        patched.setattr(snapshots_module, "PACKS", 2)
        never, index, snapshots = DedupIndex(keep_days=9), DedupIndex(keep_days=9), Snapshots(folder, LOG)
        for number, value in enumerate(values):
            arrived_ms = START_MS + number * DAY_MS // 4
            assert fold(index, value, arrived_ms=arrived_ms) == fold(never, value, arrived_ms=arrived_ms)
            snapshots.release(index)
            if number in stops:
                snapshots.save(index, number + 1)
                if number % 2:
                    snapshots = Snapshots(folder, LOG)
                    index = opened(snapshots.open(), keep_days=9)
        assert (len(index), index.last) == (len(never), never.last)


def test_days_put_to_rest_in_memory_fold_like_those_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [post(number, 50 * (number % 11) + number % 3, number % 45) for number in range(150)]
    values += [post(number, None, None if number % 2 else 200, moment=1) for number in range(0, 150, 7)]
    changes = []
    for at_work in (3, 10_000):
        monkeypatch.setattr("processors.core.dedup.day_segments.MAX_LOADED", at_work)
        index = DedupIndex()
        changes.append([fold(index, value) for value in values])
    assert changes[0] == changes[1]


def test_a_day_of_one_post_takes_less_than_a_kilobyte_of_files_and_no_descriptor(tmp_path: Path) -> None:
    days, index = 3000, DedupIndex()
    for start in range(0, days, 100):
        add(index, *(post(number, number, number) for number in range(start, start + 100)))
    snapshots, open_before = Snapshots(tmp_path, LOG), descriptors()
    snapshots.save(index, days)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) / days <= 1000
    again = opened(Snapshots(tmp_path, LOG).open())
    assert descriptors() - open_before <= 2
    assert len(list(tmp_path.iterdir())) <= 4
    assert len(again) == days
    assert fold(again, post(17, 17, 17)) == fold(index, post(17, 17, 17))


def test_a_day_of_one_post_takes_less_than_a_kilobyte_of_memory() -> None:
    days = 700
    filled(10, days=10)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    index = DedupIndex()
    for start in range(0, days, 100):
        add(index, *(post(number, number, number) for number in range(start, start + 100)))
    index.days.unload_idle(all_days=True)
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert held / days <= 1000


def test_files_stay_few_however_often_old_days_change(tmp_path: Path) -> None:
    snapshots, index = Snapshots(tmp_path, LOG), filled(300, days=100)
    for turn in range(40):
        snapshots.save(index, turn + 1)
        assert len(list(tmp_path.iterdir())) <= 8 + 1 + 1 + 6
        add(index, post(1000 + turn, turn, turn))
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    fresh = tmp_path / "fresh"
    Snapshots(fresh, LOG).save(index, 41)
    assert size <= 2.5 * sum(path.stat().st_size for path in fresh.iterdir())


def test_a_mapped_file_needs_no_descriptor_and_outlives_its_name(tmp_path: Path) -> None:
    path, before = tmp_path / "file", descriptors()
    path.write_bytes(bytes(range(256)) * 1024)
    plain = [map_file(path) for _ in range(50)]
    with_room = [map_with_room(path, [(0, 1000, 5000), (65_536, 70_000, 140_000)]) for _ in range(50)]
    path.unlink()
    assert descriptors() == before
    assert (plain[7][255], with_room[7][1][69_999]) == (255, 69_999 % 256)


def test_memory_is_let_go_without_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 300_000)
    first, second = map_with_room(path, [(0, 200_000, 400_000), (262_144, 10, 100)])
    first[100_000], first[350_000], second[99] = 7, 8, 9
    before = bytes(first), bytes(second)
    release(first)
    assert (bytes(first), bytes(second)) == before
    assert first[100_001] == ord("x")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say which pages were written to")
def test_pages_between_written_ones_are_let_go(tmp_path: Path) -> None:
    path, size = tmp_path / "file", 16 << 20
    path.write_bytes(b"x" * size)
    (data,) = map_with_room(path, [(0, size, size)])
    data[size // 2] = 7
    assert bytes(data).count(b"x") == size - 1
    before = resident_bytes()
    release(data)
    assert before - resident_bytes() > size * 3 // 4
    assert data[size // 2] == 7


def test_a_change_of_a_large_day_is_kept_to_this_process(tmp_path: Path, small_large_days: None) -> None:
    Snapshots(tmp_path, LOG).save(filled(200), 200)
    changed, same = (opened(Snapshots(tmp_path, LOG).open()) for _ in range(2))
    for number in range(200, 700):
        add(changed, post(number, 0, number))
    add(changed, post(3, 0, 900, moment=1))
    assert (len(changed), len(same)) == (700, 200)
    assert fold(same, post(3, 0, 3)) == fold(filled(200), post(3, 0, 3))


def test_a_crash_between_the_files_and_the_manifest_leaves_the_snapshot_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots, index = Snapshots(tmp_path, LOG), filled(20, days=3)
    snapshots.save(index, 20)
    add(index, post(50, 1, 50))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(snapshots_module, "write_manifest", crash)
        with pytest.raises(KeyboardInterrupt):
            snapshots.save(index, 21)
    after = Snapshots(tmp_path, LOG)
    saved = after.open()
    assert saved is not None
    assert (saved.offset, len(opened(saved))) == (20, 20)
    kept = {path.name for path in tmp_path.iterdir()}
    after.save(opened(saved), 20)
    assert {path.name for path in tmp_path.iterdir()} == kept, "what the crash left behind is removed"


def test_what_a_full_disk_did_not_take_is_saved_with_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots, index = Snapshots(tmp_path, LOG), filled(20, days=3)

    def full(*_: object) -> tuple[str, int]:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, capture_logs() as said:
        patched.setattr(snapshots_module, "write_file", full)
        snapshots.save(index, 20)
    assert [line["problem"] for line in said] == ["No space left on device"]
    assert Snapshots(tmp_path, LOG).open() is None
    snapshots.save(index, 20)
    assert len(opened(Snapshots(tmp_path, LOG).open())) == 20


def test_saves_that_a_full_disk_breaks_off_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each of them takes more of the room that is left."""
    snapshots, index = Snapshots(tmp_path, LOG), filled(20, days=3)
    snapshots.save(index, 20)
    kept = {path.name for path in tmp_path.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, capture_logs() as said:
        patched.setattr(snapshots_module, "write_manifest", full)
        for number in (20, 21):
            add(index, post(number, 1, number))
            snapshots.save(index, number + 1)
    assert len(said) == 2
    assert {path.name for path in tmp_path.iterdir()} == kept
    snapshots.save(index, 22)
    assert len(opened(Snapshots(tmp_path, LOG).open())) == 22


def test_a_folder_that_was_emptied_is_written_again(tmp_path: Path) -> None:
    snapshots, index = Snapshots(tmp_path, LOG), filled(20, days=3)
    snapshots.save(index, 20)
    for path in tmp_path.iterdir():
        path.unlink()
    snapshots.save(index, 21)
    assert len(opened(Snapshots(tmp_path, LOG).open())) == 20


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a bit": _flip,
    "the end": lambda path: os.truncate(path, path.stat().st_size - 1),
    "all": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("kind", [".days", ".posts"])
def test_a_damaged_snapshot_is_named_and_passed_over(
    tmp_path: Path, kind: str, damage: Callable[[Path], object], small_large_days: None
) -> None:
    Snapshots(tmp_path, LOG).save(filled(200), 200)
    (path,) = (path for path in tmp_path.iterdir() if path.suffix == kind)
    damage(path)
    with capture_logs() as said:
        assert Snapshots(tmp_path, LOG).open() is None
    assert [(line["event"], path.name in line["problem"]) for line in said] == [
        ("snapshot is not usable, skipped", True)
    ]


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (LOG, "topic-id:2", f"it is of another log (topic-id:2, not {LOG})"),
        (LAYOUT, "0" * 16, f"it is of another version of tgwire (format 4, layout {'0' * 16})"),
        ('"format":4', '"format":5', f"it is of another version of tgwire (format 5, layout {LAYOUT})"),
    ],
)
def test_a_foreign_snapshot_is_named_and_passed_over(tmp_path: Path, before: str, after: str, problem: str) -> None:
    Snapshots(tmp_path, LOG).save(filled(3), 3)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace(before, after))
    with capture_logs() as said:
        assert Snapshots(tmp_path, LOG).open() is None
    assert [(line["snapshot"], line["problem"]) for line in said] == [(str(manifest), problem)]


def test_a_damaged_file_of_a_worker_comes_back_from_where_it_is_shared(tmp_path: Path) -> None:
    shared = FolderStore(tmp_path / "shared"), "dedup/0"
    snapshots = Snapshots(tmp_path / "first", LOG, shared)
    snapshots.save(filled(40), 40)
    assert snapshots.publish()
    for path in (tmp_path / "first").glob("*.days"):
        _flip(path)
    assert len(opened(Snapshots(tmp_path / "first", LOG, shared).open())) == 40


def test_a_store_that_fails_is_named_and_holds_nothing_up(tmp_path: Path) -> None:
    (tmp_path / "shared").write_text("no folder")
    snapshots = Snapshots(tmp_path / "own", LOG, (FolderStore(tmp_path / "shared"), "dedup/0"))
    snapshots.save(filled(3), 3)
    with capture_logs() as said:
        assert not snapshots.publish()
        assert len(opened(snapshots.open())) == 3
    assert [line["event"] for line in said] == ["snapshot not shared", "shared snapshots cannot be listed"]


def test_a_day_is_forgotten_by_its_last_arrival_after_a_restart_too(tmp_path: Path) -> None:
    index = DedupIndex(7, keep_days=8)
    for number, (day, arrived) in enumerate(((0, 0), (2, 1), (None, 2), (1, 3))):
        add(index, post(number, day, 1), arrived_ms=START_MS + arrived * DAY_MS)
    Snapshots(tmp_path, LOG).save(index, 4)
    again = opened(Snapshots(tmp_path, LOG).open(), keep_days=8)
    add(again, arrived_ms=START_MS + 8 * DAY_MS)
    assert len(again) == 4
    add(again, arrived_ms=START_MS + 11 * DAY_MS)
    assert len(again) == 1, "the day of which something arrived last, though it is not the latest"
    (change,) = fold(again, post(0, 0, 1, moment=1), arrived_ms=START_MS + 11 * DAY_MS)
    assert (change.change, links(change.verdicts)) == (DedupOutcome.EMIT, {"tg:1:1": None}), (
        "news; what is left links to it"
    )


def test_a_forgotten_post_is_not_confused_with_the_one_that_has_its_row_now(tmp_path: Path) -> None:
    index, snapshots = DedupIndex(keep_days=1), Snapshots(tmp_path, LOG)
    add(index, *(post(number, 0, number) for number in range(10)))
    snapshots.save(index, 10)
    late = START_MS + 3 * DAY_MS
    add(index, *(post(50 + number, 0, 50 + number) for number in range(10)), arrived_ms=late)
    assert len(index) == 10
    (change,) = fold(index, post(3, 0, 80, moment=1), arrived_ms=late)
    assert change.change in (DedupOutcome.EMIT, DedupOutcome.DUPLICATE), "as a new post"
    assert len(index) == 11


def test_what_a_deletion_takes_back_is_known_after_a_restart(tmp_path: Path) -> None:
    """Former texts, the marks of deleted posts, and posts that are known by their deletion alone."""
    index = DedupIndex()
    add(index, post(1, 0, 7), post(2, 1, 7), post(1, 0, 30, moment=1), post(3, None, None, moment=5))
    Snapshots(tmp_path, LOG).save(index, 1)
    again = opened(Snapshots(tmp_path, LOG).open())
    (change,) = fold(again, post(1, 0, None, moment=2))
    assert links(change.verdicts) == {"tg:2:2": None, "tg:3:3": None}
    Snapshots(tmp_path, LOG).save(again, 2)
    again = opened(Snapshots(tmp_path, LOG).open())
    (stale,) = fold(again, post(3, 0, 7, moment=1))
    assert stale.change is DedupOutcome.STALE
    (back,) = fold(again, post(1, 0, 30, moment=9))
    assert links(back.verdicts) == {"tg:2:2": None, "tg:3:3": "tg:2:2"}, "it owns its former text again"


def test_names_and_posts_without_a_date_are_in_a_snapshot(tmp_path: Path) -> None:
    index = DedupIndex()
    index.fold_silently([(batch([post(1, None, 7)], [ChannelName("alpha", 501)]), START_MS)])
    Snapshots(tmp_path, LOG).save(index, 1)
    again = opened(Snapshots(tmp_path, LOG).open())
    forward = post(2, 3, 50)._replace(named_origin=NamedOrigin("alpha", 5))
    changes = fold(again, forward, post(3, 4000, 7))
    of = links(verdict for change in changes for verdict in change.verdicts)
    assert of == {"tg:3:3": "tg:501:5", "tg:4:4": None, "tg:2:2": "tg:4:4"}, "unknown dates are the latest"


def test_old_days_cost_nothing_to_look_at_when_there_are_many(tmp_path: Path) -> None:
    Snapshots(tmp_path, LOG).save(filled(2000, days=2000), 1)
    again = opened(Snapshots(tmp_path, LOG).open())
    add(again, post(5000, 1000, 5000))
    assert len(again.days.loaded) <= 15, "those of the window alone"


@pytest.mark.parametrize("place", ["http://host/path", "s3://", "s3://b", "s3:///prefix", "gs://bucket", ""])
def test_a_place_that_is_neither_a_folder_nor_a_bucket_is_refused(place: str) -> None:
    with pytest.raises(ValidationError, match=r"snapshots"):
        WorkerSettings(snapshots=place)


def test_a_bucket_without_its_extra_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(
        SnapshotSettingError, match=r"worker\.snapshots s3://bucket/x needs the extra 's3': pip install"
    ):
        open_store("s3://bucket/x")
