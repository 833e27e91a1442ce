"""A process takes as many connections as it has files for, and asks for more of them."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.pages.served import filled, pages_over
from web.serving.connections import OTHERS, connections_for


@pytest.fixture
def limits() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_limit_of_open_files_is_raised_for_all_pages_and_their_other_connections(limits: tuple[int, int]) -> None:
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, hard))
    pages = min(1_000, (hard - 500 - OTHERS) // 2)
    assert connections_for(pages) == 2 * pages + 500
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (max(1_024, 2 * pages + 500 + OTHERS), hard)


def test_a_limit_that_is_enough_is_left(limits: tuple[int, int]) -> None:
    assert connections_for(10) == 520
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == limits


def test_what_the_system_allows_at_most_is_used_and_said(
    limits: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = list[tuple[int, int]]()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, 1_024))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limit: given.append(limit))
    with capture_logs() as logs:
        assert connections_for(1_000) == 1_024 - OTHERS
    assert given == [(1_024, 1_024)]
    assert [(entry["log_level"], entry["room"]) for entry in logs] == [("warning", 824)]
    with capture_logs() as logs:
        assert connections_for(500) == 824
    assert logs == []


async def test_the_readers_of_a_server_keep_little_of_the_store_in_memory(tmp_path: Path) -> None:
    filled(tmp_path / "tgwire.db").close()
    pages = pages_over(tmp_path / "tgwire.db")
    ((kept,),) = await pages.read(lambda rows, _: rows.rows("PRAGMA cache_size"))  # negative: in units of 1,024 bytes
    assert 0 < -kept * 1_024 * pages.readers.size <= 10_000_000
    pages.readers.close()
