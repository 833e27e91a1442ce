"""A number is followed by a noun in its right form."""

import pytest

from schemas.plurals import counted


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1_204, "1,204 files"), (1_000_001, "1,000,001 files")],
)
def test_a_number_and_its_noun(number: int, shown: str) -> None:
    assert counted(number, "file") == shown


def test_a_plural_of_its_own() -> None:
    assert [counted(n, "source that broke off", "sources that broke off") for n in (1, 2)] == [
        "1 source that broke off",
        "2 sources that broke off",
    ]
