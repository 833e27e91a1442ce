"""A server of pages lets its readers of the store go on soon."""

import sys
from pathlib import Path

import pytest

from tests.support.pages.served import filled
from web.server import serve_store
from web.serving.access import Access


def test_a_reader_of_the_store_does_not_wait_long_for_other_threads(tmp_path: Path) -> None:
    filled(tmp_path / "tgwire.db").close()
    before, served = sys.getswitchinterval(), list[float]()
    serve_store(
        f"sqlite:{tmp_path / 'tgwire.db'}",
        Access("127.0.0.1"),
        port=0,
        on_start=lambda _: served.append(sys.getswitchinterval()),
        is_over=lambda: True,
    )
    assert served == [pytest.approx(0.001)]
    assert sys.getswitchinterval() == before
