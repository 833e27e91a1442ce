"""Lines of the file of posts that could not be kept, after a kill or a full disk as well."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from processors.core.outcomes import Reject
from schemas import Channel, Lane, PostSource, RawPost, RejectReason
from tgwire.embedded import dead_letter_file
from tgwire.embedded.dead_letter_file import DeadLetterFile
from tgwire.embedded.processor import Refused


def letter(message: int) -> Refused:
    raw = RawPost(
        channel=Channel(id=1),
        message_id=message,
        posted_at=datetime(2026, 3, 1, tzinfo=UTC),
        text="The pier is closed.",
        lane=Lane.LIVE,
        source=PostSource(kind="test"),
    )
    return Refused(raw, Reject(RejectReason.FAILED, "unexpected ValueError"))


def keys(lines: list[bytes]) -> list[str]:
    return [orjson.loads(line)["key"] for line in lines]


def test_each_letter_is_one_line(tmp_path: Path) -> None:
    letters = DeadLetterFile(tmp_path)
    letters.add([letter(1), letter(2)])
    letters.add([letter(3)])
    assert keys(letters.path.read_bytes().splitlines()) == ["tg:1:1", "tg:1:2", "tg:1:3"]
    assert letters.written == 3


def test_a_letter_behind_one_that_was_cut_short_has_a_line_of_its_own(tmp_path: Path) -> None:
    DeadLetterFile(tmp_path).add([letter(1)])
    path = tmp_path / dead_letter_file.FILE_NAME
    with path.open("ab") as file:
        file.write(b'{"key":"tg:1:2","rea')  # killed here
    letters = DeadLetterFile(tmp_path)
    letters.add([letter(3)])
    letters.add([letter(4)])
    first, torn, *rest = path.read_bytes().splitlines()
    assert torn == b'{"key":"tg:1:2","rea'
    assert keys([first, *rest]) == ["tg:1:1", "tg:1:3", "tg:1:4"]


def test_the_name_of_the_file_is_on_the_disk_when_the_letter_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []

    def sync(folder: Path) -> None:
        synced.append(folder)
        if len(synced) == 1:
            raise OSError("the disk fails")

    monkeypatch.setattr(dead_letter_file, "sync", sync)
    letters = DeadLetterFile(tmp_path)
    with pytest.raises(OSError, match="the disk fails"):
        letters.add([letter(1)])
    assert letters.written == 0
    for message in (1, 2):
        letters.add([letter(message)])
    assert synced == [tmp_path, tmp_path]
