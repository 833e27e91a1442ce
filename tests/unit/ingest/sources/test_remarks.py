"""What a user is informed of beside the posts of an archive."""

import io
import json
from pathlib import Path
from typing import Any

from ingest.sources import Discovery, open_sources
from ingest.sources.options import ReadOptions


def _found(path: Path, **options: Any) -> Discovery:
    return open_sources(path, ReadOptions(**options), io.BytesIO())


def _warnings(folder: Path, records: list[dict[str, object]], **options: Any) -> list[str]:
    path = folder / "dump.json"
    path.write_text(json.dumps(records))
    (source,) = _found(path, **options).sources
    list(source.read())
    return [each.partition("dump.json: ")[2] for each in source.warnings if "columns are guessed" not in each]


def _row(channel: str) -> dict[str, object]:
    return {"id": 1, "channel": channel, "date": "2024-05-01T12:00:00Z", "text": "Ferries are late."}


def test_a_few_channels_whose_id_is_derived_are_named_and_many_are_counted(tmp_path: Path) -> None:
    assert _warnings(tmp_path, [_row("@ferries"), _row("Port News")]) == [
        "the id of channel @ferries is unknown, and one is derived from its name; --channel ID gives it",
        "the id of channel Port News is unknown, and one is derived from its name; --channel ID gives it",
    ]
    many = [_row(f"Port {number}") for number in range(137)]
    assert _warnings(tmp_path, many) == [
        "the ids of Port 0, Port 1, Port 2 and 134 others are unknown, and are derived from their names; "
        "channels.toml can give them"
    ]


def test_messages_of_other_chats_are_said_to_be_left_out(tmp_path: Path) -> None:
    peer = {"_": "PeerUser", "user_id": 5}
    message: dict[str, object] = {"_": "Message", "peer_id": peer, "date": "2024-05-01", "message": "x"}
    dump = [message | {"id": number} for number in (1, 2)]
    left_out = "messages of chats that are no channels are left out; --chats all reads them (2 times)"
    assert _warnings(tmp_path, dump) == [left_out]
    assert left_out not in _warnings(tmp_path, dump, chats="all")


def test_a_readme_beside_an_archive_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "posts.json").write_text(json.dumps([_row("@ferries")]))
    (tmp_path / "README.md").write_text("# Ferries")
    (tmp_path / "blob.bin").write_bytes(bytes(range(200, 256)))
    skipped = {each.name.rpartition("/")[2]: each.is_expected for each in _found(tmp_path).skipped}
    assert skipped == {"README.md": True, "blob.bin": False}
