"""Archives that come in piece by piece: what has arrived is given before the rest is waited for."""

import gzip
import io
import json
from collections.abc import Callable

import pytest

from ingest.sources import open_sources
from ingest.sources.options import ReadOptions
from schemas import RawPost

TEXT = "Ferry {} left the harbour."


class _MoreWantedError(Exception):
    """A reader would have to wait."""


class _Pipe(io.RawIOBase):
    """Gives what has arrived; who reads on would wait."""

    def __init__(self, arrived: bytes) -> None:
        self._arrived = io.BytesIO(arrived)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        count = self._arrived.readinto(buffer)
        if not count:
            raise _MoreWantedError
        return count


def _telethon(number: int) -> str:
    peer = {"_": "PeerChannel", "channel_id": 77}
    message = {"_": "Message", "id": number, "peer_id": peer, "date": "2024-05-01T12:00:00Z"}
    return json.dumps({**message, "message": TEXT.format(number)})


def _desktop(number: int) -> str:
    return json.dumps({"id": number, "type": "message", "date_unixtime": "1714564800", "text": TEXT.format(number)})


def _own(number: int) -> str:
    return json.dumps({"channel_id": 77, "message_id": number, "text": TEXT.format(number)})


HEAD = '{\n "name": "Ferries",\n "type": "public_channel",\n "id": 77,\n "messages": [\n'
ARRIVED: dict[str, tuple[Callable[[int], str], str, str]] = {
    "JSON lines of Telethon": (_telethon, "", "\n"),
    "a list of Telethon": (_telethon, "[", ", "),
    "result.json": (_desktop, HEAD, ",\n"),
    "our JSON lines": (_own, "", "\n"),
}


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize(("record", "head", "between"), ARRIVED.values(), ids=ARRIVED)
def test_posts_are_given_before_the_end_of_a_pipe(
    record: Callable[[int], str], head: str, between: str, *, is_packed: bool
) -> None:
    content = (head + "".join(record(number) + between for number in range(1, 31))).encode()
    found = list[int]()
    (source,) = open_sources("-", ReadOptions(), _pipe(content, is_packed=is_packed)).sources
    with pytest.raises(_MoreWantedError):
        found.extend(item.entry.message_id for item in source.read() if isinstance(item.entry, RawPost))
    assert found in (list(range(1, 30)), list(range(1, 31)))


def _pipe(content: bytes, *, is_packed: bool) -> io.BufferedReader:
    return io.BufferedReader(_Pipe(_flushed(content) if is_packed else content))


def _flushed(content: bytes) -> bytes:
    """Packed, as a program writes it that is still at work: no end, but all bytes."""
    packed = io.BytesIO()
    writer = gzip.GzipFile(fileobj=packed, mode="wb")
    writer.write(content)
    writer.flush()
    return packed.getvalue()
