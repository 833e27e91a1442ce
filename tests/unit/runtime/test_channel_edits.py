"""Changes to the file of channels by several at a time: none of them is lost."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime import atomic_file
from runtime.file_lock import FileLock
from runtime.settings import channel_edits
from runtime.settings.channel_edits import add_channels, remove_channels, set_channels
from runtime.settings.channel_list import ChannelFileError, parse_entry, read_channels
from tests.support.patience import DEADLINE_S

HELD_BACK_S = 0.3
"""How long a change that comes between is given to get ahead: without a lock it does."""


def add(path: Path) -> None:
    add_channels(path, [parse_entry("@wirenews", "here")])


def remove(path: Path) -> None:
    remove_channels(path, [parse_entry("@tide_table", "here")])


def change(path: Path) -> None:
    set_channels(path, [parse_entry("@harbour_wire", "here")], {"tier": "high"})


@pytest.mark.parametrize(("first", "second"), [(add, remove), (remove, change), (change, add)])
def test_a_change_that_comes_between_reading_and_writing_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: Callable[[Path], None], second: Callable[[Path], None]
) -> None:
    path = tmp_path / "channels.toml"
    path.write_text('[[channel]]\nname = "@harbour_wire"\n\n[[channel]]\nname = "@tide_table"\n')
    other = threading.Thread(target=second, args=(path,))

    def write_later(path: Path, content: bytes) -> None:
        if not other.ident:
            other.start()
            other.join(HELD_BACK_S)
        atomic_file.replace_file(path, content)

    monkeypatch.setattr(channel_edits, "replace_file", write_later)
    first(path)
    other.join(DEADLINE_S)
    found = {entry.name: entry.tier for entry in read_channels(path)}
    done = {first, second}
    assert ("@wirenews" in found) == (add in done)
    assert ("@tide_table" not in found) == (remove in done)
    assert (found["@harbour_wire"] == "high") == (change in done)
    assert [each.name for each in tmp_path.iterdir()] == ["channels.toml"]


def test_a_process_that_holds_the_list_for_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "channels.toml"
    monkeypatch.setattr(channel_edits, "LOCK_WAIT_S", 0.05)
    lock = FileLock(tmp_path)
    with pytest.raises(ChannelFileError, match="another process has been changing it"):
        add(path)
    lock.close()
    add(path)
    assert [entry.name for entry in read_channels(path)] == ["@wirenews"]
