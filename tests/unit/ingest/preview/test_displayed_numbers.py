"""Figures as a preview writes them."""

import pytest

from ingest.preview.messages.displayed_numbers import count, duration_s, size_bytes


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("532", 532),
        ("1.2K", 1200),
        ("12.3K", 12_300),
        ("5.46K", 5460),
        ("1M", 1_000_000),
        ("2.23M", 2_230_000),
        ("1.5B", 1_500_000_000),
        (" 1\u202f204 ", 1204),
        ("", None),
        (None, None),
        ("many", None),
        ("-5", None),
        ("1" * 100, None),
        ("2.1B", 2_100_000_000),
        ("2.2B", None),
        ("999999999999B", None),
    ],
)
def test_counts(text: str | None, value: int | None) -> None:
    assert count(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("512 B", 512),
        ("1.5 KB", 1536),
        ("2 MB", 2 << 20),
        ("1.2 MB", 1_258_291),
        ("999999999 TB", None),
        ("Performer", None),
        (None, None),
    ],
)
def test_sizes(text: str | None, value: int | None) -> None:
    assert size_bytes(text) == value


@pytest.mark.parametrize(
    ("text", "value"), [("0:42", 42.0), ("12:05", 725.0), ("1:02:03", 3723.0), ("soon", None), (None, None)]
)
def test_lengths(text: str | None, value: float | None) -> None:
    assert duration_s(text) == value
