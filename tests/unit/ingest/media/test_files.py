"""Files fetched in the background: which are wanted, and what becomes of each."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ingest.errors import AccountError, FileUnavailableError, ReaderBusyError, ReaderLostError
from ingest.media import downloader as media_files
from ingest.media.downloader import MediaDownloader
from ingest.testing import ScriptedFile
from runtime.errors import TgwireError
from runtime.settings.collect import CollectSettings
from tests.support.mtproto_server.waiting import until
from tests.support.patience import DEADLINE_S


class Bench:
    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder, self.registry, self.now = folder, CollectorRegistry(), 1e9
        given = CollectSettings.model_validate({"media_dir": folder, **settings})
        self.files = MediaDownloader(given, self.registry, retry_s=0, clock=lambda: self.now)

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


async def outcome_of(bench: Bench, file: ScriptedFile) -> str:
    async with running(bench):
        bench.files.offer(file)
        await bench.settled(1)
    names = ("stored", "known", "type", "too_large", "failed", "put_off", "dropped")
    (found,) = [name for name in names if bench.outcome(name)]
    return found


async def test_a_file_is_stored_and_counted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    assert await outcome_of(bench, ScriptedFile("7")) == "stored"
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

    assert await outcome_of(bench, ScriptedFile("7", mime_type=mime_type)) == outcome


async def test_a_file_announced_as_too_large_is_not_begun(tmp_path: Path) -> None:
    file = ScriptedFile("7", size_bytes=101)

    assert await outcome_of(Bench(tmp_path, media_max_bytes=100), file) == "too_large"
    assert file.calls == 0


async def test_a_file_that_turns_out_too_large_is_broken_off(tmp_path: Path) -> None:
    assert await outcome_of(Bench(tmp_path, media_max_bytes=8), ScriptedFile("7")) == "too_large"


async def test_a_file_is_fetched_once_over_restarts(tmp_path: Path) -> None:
    assert await outcome_of(Bench(tmp_path), ScriptedFile("7")) == "stored"
    again = ScriptedFile("7")

    assert await outcome_of(Bench(tmp_path), again) == "known"
    assert again.calls == 0


async def test_a_file_of_two_posts_is_fetched_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    files = [ScriptedFile("7"), ScriptedFile("7")]
    for file in files:
        bench.files.offer(file)
    async with running(bench):
        await bench.settled(2)

    assert [file.calls for file in files] == [1, 0]


@pytest.mark.parametrize("first", [ReaderLostError("no answer"), ReaderBusyError("flood", 0.0), 4])
async def test_a_failure_that_passes_is_tried_again(tmp_path: Path, first: int | TgwireError) -> None:
    file = ScriptedFile("7", first, None, size_bytes=9)

    assert await outcome_of(Bench(tmp_path), file) == "stored"
    assert file.offsets == [0, 4 if first == 4 else 0]


@pytest.mark.parametrize(
    ("error", "calls", "outcome"),
    [
        (ReaderLostError("no answer"), 3, "put_off"),
        (FileUnavailableError("gone"), 1, "failed"),
        (AccountError("signed out", "signed_out"), 1, "put_off"),
        (EOFError("a library's own"), 1, "put_off"),
        (ReaderBusyError("flood", 7200.0), 1, "put_off"),
    ],
)
async def test_a_failure_that_stays_costs_one_file(tmp_path: Path, error: Exception, calls: int, outcome: str) -> None:
    file = ScriptedFile("7", error)

    assert await outcome_of(Bench(tmp_path), file) == outcome
    assert file.calls == calls


async def test_a_file_goes_on_behind_what_came_however_often_it_breaks_off(tmp_path: Path) -> None:
    file = ScriptedFile("7", *[2] * 9, None, content=b"twenty bytes of it!!", size_bytes=20)

    assert await outcome_of(Bench(tmp_path), file) == "stored"
    assert file.offsets == [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]


async def test_only_attempts_without_a_new_byte_are_counted(tmp_path: Path) -> None:
    lost = ReaderLostError("no answer")
    file = ScriptedFile("7", 2, lost, lost, 2, lost, lost, 2, None, size_bytes=9)

    assert await outcome_of(Bench(tmp_path), file) == "stored"
    assert file.offsets == [0, 2, 2, 2, 4, 4, 4, 6]


async def test_a_file_that_was_put_off_is_tried_again_later(tmp_path: Path) -> None:
    lost = ReaderLostError("no answer")
    file = ScriptedFile("7", 4, lost, lost, lost)
    bench = Bench(tmp_path)
    asked: list[tuple[int, int, str]] = []

    async def find(channel_id: int, message_id: int, media_id: str) -> ScriptedFile:
        asked.append((channel_id, message_id, media_id))
        return ScriptedFile("7")

    bench.files.find_with("main", find)
    bench.files.offer(file)
    await bench.files.run_due()
    assert bench.outcome("put_off") == 1
    (left,) = bench.files.left()
    assert (left.received, left.reason, left.due) == (4, "no answer", bench.now + 300)
    await bench.files.run_due()
    assert asked == []

    bench.now += 301
    await bench.files.run_due()
    bench.files.close()
    assert asked == [(1234567890, 7, "7")]
    assert bench.outcome("stored") == 1
    assert [path.read_bytes() for path in tmp_path.glob("*/*.jpg")] == [b"begin end"]


async def test_what_waits_at_a_stop_is_fetched_by_the_next_start(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    first.files.offer(ScriptedFile("7"))
    first.files.close()
    second, found = Bench(tmp_path), ScriptedFile("7")

    async def find(*_: object) -> ScriptedFile:
        return found

    second.files.find_with("main", find)
    async with running(second):
        await second.settled(1)
    assert second.outcome("stored") == 1


async def test_a_file_that_breaks_off_goes_on_after_a_restart(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    hangs = asyncio.Event()

    class Hanging(ScriptedFile):
        async def chunks(self, offset: int = 0) -> AsyncGenerator[bytes, None]:
            yield b"begin "
            hangs.set()
            await asyncio.Event().wait()

    async with running(first):
        first.files.offer(Hanging("7", size_bytes=9))
        await asyncio.wait_for(hangs.wait(), DEADLINE_S)
    second, found = Bench(tmp_path), ScriptedFile("7", size_bytes=9)

    async def find(*_: object) -> ScriptedFile:
        return found

    second.files.find_with("main", find)
    await second.files.run_due()
    second.files.close()
    assert found.offsets == [6]
    assert second.outcome("stored") == 1


async def test_a_file_of_an_account_that_is_not_used_waits(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    first.files.offer(ScriptedFile("7"))
    first.files.close()
    second = Bench(tmp_path)
    await second.files.run_due()

    (left,) = second.files.left()
    assert left.reason == "account main, through which it was seen, is not used at present"
    second.files.close()


async def test_a_file_that_cannot_be_had_for_long_is_given_up(tmp_path: Path) -> None:
    bench = Bench(tmp_path, keep_days=2)
    bench.files.offer(ScriptedFile("7", AccountError("signed out", "signed_out")))
    await bench.files.run_due()
    bench.now += 2 * 86_400 + 1
    await bench.files.run_due()

    assert (bench.outcome("put_off"), bench.outcome("failed"), bench.files.left()) == (1, 1, [])
    bench.files.close()


async def test_a_clock_that_was_ahead_holds_no_file_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.now += 120 * 86_400
    bench.files.offer(ScriptedFile("7"))
    bench.now -= 120 * 86_400
    await bench.files.run_due()

    assert bench.outcome("stored") == 1
    bench.files.close()


async def test_a_full_disk_costs_files_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    bench = Bench(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", full)
        bench.files.offer(ScriptedFile("7"))
        await bench.files.run_due()
    assert bench.outcome("put_off") == 1
    assert bench.files.problem is not None
    assert bench.files.problem.startswith("files cannot be stored in ")
    assert bench.files.problem.endswith("No space left on device")

    bench.files.offer(ScriptedFile("8"))
    await bench.files.run_due()
    assert bench.files.problem is None
    bench.files.close()


@pytest.fixture
def small_queue(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Bench]:
    monkeypatch.setattr(media_files, "MAX_WAITING", 4)
    return Bench


async def test_what_does_not_fit_into_memory_is_listed(tmp_path: Path, small_queue: Callable[[Path], Bench]) -> None:
    bench = small_queue(tmp_path)
    files = {str(number): ScriptedFile(str(number), content=b"%d" % number) for number in range(6)}
    for file in files.values():
        bench.files.offer(file)
    assert bench.registry.get_sample_value("tgwire_media_queue_depth") == 6

    async def find(_channel_id: int, _message_id: int, media_id: str) -> ScriptedFile:
        return files[media_id]

    bench.files.find_with("main", find)
    await bench.files.run_due()
    bench.files.close()
    assert bench.outcome("stored") == 6


async def test_what_does_not_fit_the_list_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_files, "MAX_LISTED", 4)
    bench = Bench(tmp_path)
    for number in range(6):
        bench.files.offer(ScriptedFile(str(number)))
    bench.files.close()

    assert bench.outcome("dropped") == 2


async def test_who_can_wait_waits_for_room(tmp_path: Path, small_queue: Callable[[Path], Bench]) -> None:
    bench = small_queue(tmp_path)
    await asyncio.wait_for(bench.files.wait_for_room(), DEADLINE_S)
    for number in range(4):
        bench.files.offer(ScriptedFile(str(number)))
    waiting = asyncio.create_task(bench.files.wait_for_room())
    await asyncio.sleep(0)

    assert not waiting.done()
    async with running(bench):
        await asyncio.wait_for(waiting, DEADLINE_S)


async def test_a_folder_that_is_gone_for_a_while_ends_no_fetching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when what it lies on is not mounted."""
    monkeypatch.setattr(media_files, "_POLL_S", 0.01)
    bench = Bench(tmp_path)
    incoming = tmp_path / ".incoming"
    incoming.rmdir()
    incoming.write_text("in its place")
    async with running(bench):
        bench.files.offer(ScriptedFile("a"))
        await until(lambda: bench.files.problem is not None, "the problem")
        assert "Not a directory" in (bench.files.problem or "")
        incoming.unlink()
        incoming.mkdir()
        await until(lambda: bench.outcome("stored") == 1, "the file")
        assert bench.files.problem is None


async def test_an_index_that_a_full_disk_does_not_take_ends_no_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.files._store._index.close()
    bench.files._store._index = Path("/dev/full").open("ab")  # noqa: SIM115 - the store closes it
    async with running(bench):
        bench.files.offer(ScriptedFile("a"))
        await until(lambda: bench.outcome("put_off") == 1, "the delay")
    Bench(tmp_path).files.close()
