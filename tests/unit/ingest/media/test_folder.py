"""Files on disk: by content, once, under names of ours."""

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from ingest.errors import MediaFolderError, MediaFolderLockedError, ReaderLostError
from ingest.media.folder import FileTooLargeError, MediaFolder
from schemas import Media, MediaKind
from tests.support.patience import DEADLINE_S

POST = "tg:1234567890:42"


def photo(
    media_id: str = "7", mime_type: str = "image/jpeg", file_name: str | None = None, size_bytes: int | None = None
) -> Media:
    return Media(kind=MediaKind.PHOTO, id=media_id, mime_type=mime_type, file_name=file_name, size_bytes=size_bytes)


Chunks = Callable[[int], AsyncGenerator[bytes, None]]


def chunks(*parts: bytes, error: Exception | None = None) -> Chunks:
    async def from_offset(offset: int) -> AsyncGenerator[bytes, None]:
        yield b"".join(parts)[offset:]
        if error is not None:
            raise error

    return from_offset


def files(folder: Path) -> list[str]:
    found = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != ".lock")


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()]


async def test_a_file_is_named_by_its_content(tmp_path: Path) -> None:
    store = MediaFolder(tmp_path, 100)
    sha256 = hashlib.sha256(b"one two").hexdigest()

    assert await store.put(photo(file_name="../../evil.sh"), POST, chunks(b"one ", b"two")) == 7
    store.close()
    name = f"{sha256[:2]}/{sha256}.jpg"
    assert files(tmp_path) == sorted([name, "index.jsonl"])
    assert (tmp_path / name).read_bytes() == b"one two"
    assert lines(tmp_path) == [
        {"media_id": "7", "post": POST, "sha256": sha256, "size_bytes": 7, "mime_type": "image/jpeg"}
    ]


@pytest.mark.parametrize(
    ("mime_type", "extension"),
    [("image/PNG", ".png"), ("video/mp4", ".mp4"), ("image/../../x", ".bin"), ("text/html", ".bin"), ("", ".bin")],
)
async def test_the_extension_comes_from_a_fixed_table(tmp_path: Path, mime_type: str, extension: str) -> None:
    store = MediaFolder(tmp_path, 100)
    await store.put(photo(mime_type=mime_type), POST, chunks(b"x"))
    store.close()

    assert [Path(name).suffix for name in files(tmp_path) if name != "index.jsonl"] == [extension]


async def test_equal_files_are_kept_once(tmp_path: Path) -> None:
    store = MediaFolder(tmp_path, 100)
    await store.put(photo("7"), POST, chunks(b"same"))
    await store.put(photo("8"), POST, chunks(b"same"))
    store.close()

    assert len(files(tmp_path)) == 2
    assert [line["media_id"] for line in lines(tmp_path)] == ["7", "8"]


async def test_what_is_stored_is_known_after_a_restart(tmp_path: Path) -> None:
    store = MediaFolder(tmp_path, 100)
    await store.put(photo("7"), POST, chunks(b"x"))
    assert store.has("7")
    store.close()

    again = MediaFolder(tmp_path, 100)
    assert again.has("7")
    assert not again.has("8")
    again.close()


async def test_a_line_cut_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    store = MediaFolder(tmp_path, 100)
    await store.put(photo("7"), POST, chunks(b"x"))
    store.close()
    index = tmp_path / "index.jsonl"
    index.write_bytes(index.read_bytes() + b'{"media_id":"8","po')

    again = MediaFolder(tmp_path, 100)
    await again.put(photo("9"), POST, chunks(b"y"))
    again.close()
    last = MediaFolder(tmp_path, 100)
    assert [last.has(media_id) for media_id in ("7", "8", "9")] == [True, False, True]
    last.close()


async def test_a_file_that_grows_too_large_leaves_nothing(tmp_path: Path) -> None:
    store = MediaFolder(tmp_path, 3)

    with pytest.raises(FileTooLargeError):
        await store.put(photo(), POST, chunks(b"ab", b"cd"))
    store.close()
    assert files(tmp_path) == ["index.jsonl"]
    assert not store.has("7")


async def test_a_file_that_breaks_off_goes_on_where_it_was(tmp_path: Path) -> None:
    store = MediaFolder(tmp_path, 100)
    with pytest.raises(ConnectionError):
        await store.put(photo(), POST, chunks(b"abc", error=ConnectionError()))
    store.close()
    again, offsets = MediaFolder(tmp_path, 100), list[int]()

    async def rest(offset: int) -> AsyncGenerator[bytes, None]:
        offsets.append(offset)
        yield b"abcdef"[offset:]

    assert again.received(photo()) == 3
    assert await again.put(photo(), POST, rest, step=2) == 6
    again.close()
    assert offsets == [2]
    sha256 = hashlib.sha256(b"abcdef").hexdigest()
    assert files(tmp_path) == sorted([f"{sha256[:2]}/{sha256}.jpg", "index.jsonl"])


async def test_a_file_of_another_size_is_another_file(tmp_path: Path) -> None:
    store = MediaFolder(tmp_path, 100)
    with pytest.raises(ConnectionError):
        await store.put(photo(size_bytes=9), POST, chunks(b"abc", error=ConnectionError()))

    assert store.received(photo(size_bytes=4)) == 0
    assert await store.put(photo(size_bytes=4), POST, chunks(b"wxyz")) == 4
    store.close()


@pytest.mark.parametrize("content", [b"ab", b"abcdef"])
async def test_a_file_of_more_or_fewer_bytes_than_announced_is_not_stored(tmp_path: Path, content: bytes) -> None:
    store = MediaFolder(tmp_path, 100)
    for _ in range(2):
        with pytest.raises(ReaderLostError, match=r"announced|instead of"):
            await store.put(photo(size_bytes=4), POST, chunks(content))
    assert store.received(photo(size_bytes=4)) == 0
    store.close()
    assert files(tmp_path) == ["index.jsonl"]


async def test_a_cancelled_file_keeps_what_came(tmp_path: Path) -> None:
    store = MediaFolder(tmp_path, 100)
    begun = asyncio.Event()

    async def endless(_: int) -> AsyncGenerator[bytes, None]:
        yield b"x"
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(store.put(photo(), POST, endless))
    await asyncio.wait_for(begun.wait(), DEADLINE_S)
    task.cancel()
    await asyncio.wait([task], timeout=DEADLINE_S)
    assert store.received(photo()) == 1
    store.close()


def test_what_nobody_waits_for_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".incoming").mkdir()
    (tmp_path / ".incoming" / "half").write_bytes(b"x")
    store = MediaFolder(tmp_path, 100)
    store.keep_parts_of([photo()])
    store.close()

    assert files(tmp_path) == ["index.jsonl"]


def test_a_folder_belongs_to_one_process(tmp_path: Path) -> None:
    store = MediaFolder(tmp_path, 100)
    with pytest.raises(MediaFolderLockedError, match=rf"pid {os.getpid()}\) stores files there"):
        MediaFolder(tmp_path, 100)
    store.close()
    MediaFolder(tmp_path, 100).close()


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file")

    with pytest.raises(MediaFolderError, match=r"collect\.media_dir"):
        MediaFolder(tmp_path / "media", 100)
