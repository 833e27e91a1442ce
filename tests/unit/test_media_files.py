"""Files fetched in the background: which are wanted, and what becomes of each."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ingest.errors import AccountError, FileUnavailableError, IngestError, ReaderBusyError, ReaderLostError
from ingest.live import media_files
from ingest.live.media_files import MediaFiles
from schemas import Media, MediaKind
from schemas.collecting import CollectSettings
from tests.mtproto.waiting import until


class InventedFile:
    """A file whose attempts end as told: with bytes, or with an error after a first chunk."""

    def __init__(self, media_id: str | None, *ends: bytes | Exception, **media: object) -> None:
        given = {"mime_type": "image/jpeg", "size_bytes": None, **media}
        self.media = Media.model_validate({"kind": MediaKind.PHOTO, "id": media_id, **given})
        self.post_key = f"tg:1234567890:{media_id}"
        self.calls = 0
        self._ends = ends

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        end = self._ends[min(self.calls, len(self._ends) - 1)]
        self.calls += 1
        yield b"begin "
        if isinstance(end, Exception):
            raise end
        yield end


class Bench:
    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder, self.registry = folder, CollectorRegistry()
        given = CollectSettings.model_validate({"media_dir": folder, **settings})
        self.files = MediaFiles(given, self.registry, retry_s=0)

    def outcome(self, name: str) -> float:
        return self.registry.get_sample_value("tgwire_media_files_total", {"outcome": name}) or 0

    async def settled(self, count: int) -> None:
        await until(lambda: self._settled() >= count, "all files to be settled")

    def _settled(self) -> float:
        samples = [sample for metric in self.registry.collect() for sample in metric.samples]
        return sum(sample.value for sample in samples if sample.name == "tgwire_media_files_total")


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[None]:
    task = asyncio.create_task(bench.files.run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait([task])
        bench.files.close()


async def outcome_of(bench: Bench, file: InventedFile) -> str:
    async with running(bench):
        bench.files.offer(file)
        await bench.settled(1)
    names = ("stored", "known", "type", "too_large", "failed", "dropped")
    (found,) = [name for name in names if bench.outcome(name)]
    return found


async def test_a_file_is_stored_and_counted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    assert await outcome_of(bench, InventedFile("7", b"end")) == "stored"
    assert bench.registry.get_sample_value("tgwire_media_bytes_total") == 9
    assert [path.read_bytes() for path in tmp_path.glob("*/*.jpg")] == [b"begin end"]


@pytest.mark.parametrize(
    ("types", "mime_type", "outcome"),
    [
        (("image/*",), "image/png", "stored"),
        (("image/*",), "video/mp4", "type"),
        (("image/*",), "imagery/png", "type"),
        (("image/*",), None, "type"),
        (("application/pdf",), "Application/PDF", "stored"),
        ((), "image/png", "type"),
    ],
)
async def test_wanted_types(tmp_path: Path, types: tuple[str, ...], mime_type: str | None, outcome: str) -> None:
    bench = Bench(tmp_path, media_types=types)

    assert await outcome_of(bench, InventedFile("7", b"end", mime_type=mime_type)) == outcome


async def test_a_file_that_says_that_it_is_too_large_is_not_begun(tmp_path: Path) -> None:
    file = InventedFile("7", b"end", size_bytes=101)

    assert await outcome_of(Bench(tmp_path, media_max_bytes=100), file) == "too_large"
    assert file.calls == 0


async def test_a_file_that_turns_out_too_large_is_broken_off(tmp_path: Path) -> None:
    assert await outcome_of(Bench(tmp_path, media_max_bytes=8), InventedFile("7", b"end")) == "too_large"


async def test_a_file_is_fetched_once_over_restarts(tmp_path: Path) -> None:
    assert await outcome_of(Bench(tmp_path), InventedFile("7", b"end")) == "stored"
    again = InventedFile("7", b"end")

    assert await outcome_of(Bench(tmp_path), again) == "known"
    assert again.calls == 0


async def test_a_file_of_two_posts_is_fetched_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    files = [InventedFile("7", b"end"), InventedFile("7", b"end")]
    for file in files:
        bench.files.offer(file)
    async with running(bench):
        await bench.settled(2)

    assert [file.calls for file in files] == [1, 0]


@pytest.mark.parametrize(
    "first",
    [ReaderLostError("no answer"), ReaderBusyError("flood", 0.0), b"cut short"],
)
async def test_a_failure_that_passes_is_tried_again(tmp_path: Path, first: bytes | IngestError) -> None:
    file = InventedFile("7", first, b"end", size_bytes=9)

    assert await outcome_of(Bench(tmp_path), file) == "stored"
    assert file.calls == 2


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (ReaderLostError("no answer"), 3),
        (FileUnavailableError("gone"), 1),
        (AccountError("signed out", "signed_out"), 1),
        (EOFError("a library's own"), 1),
    ],
)
async def test_a_failure_that_stays_costs_one_file(tmp_path: Path, error: Exception, calls: int) -> None:
    file = InventedFile("7", error)

    assert await outcome_of(Bench(tmp_path), file) == "failed"
    assert file.calls == calls


async def test_a_full_disk_costs_files_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    assert await outcome_of(Bench(tmp_path), InventedFile("7", b"end")) == "failed"


@pytest.fixture
def small_queue(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Bench]:
    monkeypatch.setattr(media_files, "MAX_WAITING", 4)
    return Bench


async def test_what_does_not_fit_the_queue_is_dropped(tmp_path: Path, small_queue: Callable[[Path], Bench]) -> None:
    bench = small_queue(tmp_path)
    for number in range(6):
        bench.files.offer(InventedFile(str(number), b"end"))

    assert bench.outcome("dropped") == 2
    assert bench.registry.get_sample_value("tgwire_media_queue_depth") == 4
    bench.files.close()
    assert bench.outcome("dropped") == 6


async def test_who_can_wait_waits_for_room(tmp_path: Path, small_queue: Callable[[Path], Bench]) -> None:
    bench = small_queue(tmp_path)
    await asyncio.wait_for(bench.files.room(), 5)
    for number in range(4):
        bench.files.offer(InventedFile(str(number), b"end"))
    waiting = asyncio.create_task(bench.files.room())
    await asyncio.sleep(0)

    assert not waiting.done()
    async with running(bench):
        await asyncio.wait_for(waiting, 5)
