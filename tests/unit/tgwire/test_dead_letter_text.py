"""Positions and bytes of dead letters as people read and write them."""

import pytest

from tgwire.dead_letters import DeadLetterPosition, Decoded, decode


@pytest.mark.parametrize(
    ("text", "position"),
    [("0:17", DeadLetterPosition(0, 17)), ("3:0", DeadLetterPosition(3, 0)), ("5", DeadLetterPosition(0, 5))],
)
def test_positions(text: str, position: DeadLetterPosition) -> None:
    assert DeadLetterPosition.parse(text) == position


@pytest.mark.parametrize("text", ["", ":", "a", "1:", ":1", "-1:2", "1:2:3", "0:x", "1.5"])
def test_what_is_no_position(text: str) -> None:
    with pytest.raises(ValueError, match="partition:offset"):
        DeadLetterPosition.parse(text)


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        (None, Decoded("nothing", "")),
        (b'{"a":"\xd0\x96"}', Decoded("json", '{\n  "a": "Ж"\n}')),
        ("Ж {".encode(), Decoded("text", "Ж {")),
        (b"a\xff\n", Decoded("binary", "a\\xff\n")),
        (b"[" * 100_000, Decoded("text", "[" * 100_000)),
    ],
)
def test_bytes_are_made_readable(data: bytes | None, decoded: Decoded) -> None:
    assert decode(data) == decoded
