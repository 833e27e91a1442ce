"""Live collection into a store without Kafka: from a data centre to rows, through a kill, and with the pages."""

import asyncio
import re
import signal
import sqlite3
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ingest.ledger.ledger import FILE_NAME
from runtime.settings.kafka import KafkaSettings
from tests.chaos.collector.command import Collecting, Site
from tests.support.mtproto_server import accounts
from tests.support.mtproto_server.server import DataCentre
from tests.support.patience import DEADLINE_S

pytestmark = pytest.mark.integration

POLL_S = 0.2


@pytest.fixture
def site(tmp_path: Path, centre: DataCentre) -> Site:
    return Site(tmp_path / "site", centre, KafkaSettings(bootstrap_servers="127.0.0.1:1"))


def rows(site: Site, query: str) -> list[Any]:
    path = site.state / "tgwire.db"
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            return database.execute(query).fetchall()
        except sqlite3.OperationalError:  # it is being made
            return []


def texts(site: Site) -> dict[int, str | None]:
    """By message; None for a deleted one."""
    query = """SELECT message_id, CASE WHEN deleted_ms IS NULL THEN text END
        FROM posts p JOIN bodies b ON b.seq = p.body"""
    return dict(rows(site, query))


async def eventually(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(POLL_S)


async def test_posts_are_in_the_store_after_a_kill_and_on_the_pages(
    site: Site, centre: DataCentre, person: accounts.Account
) -> None:
    signed_in = await site.run("login", "--import", stdin=centre.session_string(person) + "\n")
    assert signed_in.code == 0, signed_in.err
    assert (await site.run("channels", "import", "-", stdin="@example_news")).code == 0
    news = centre.world.add_channel("News", "example_news", members=[person])
    news.post("before anybody looked")
    async with site.collecting(1, "--to", "store") as collecting:
        first = [news.post(f"{number} The ministers met in the harbour on Monday.").id for number in range(5)]
        news.edit(first[0], "The ministers did not meet.")
        news.delete(first[1])
        await eventually(lambda: texts(site).get(first[4]), "the first posts")
        await collecting.kill()
    with closing(sqlite3.connect(f"file:{site.state / FILE_NAME}?mode=ro", uri=True)) as ledger:
        ((reached,),) = ledger.execute("SELECT max(frontier) FROM channels").fetchall()
    assert int(reached) <= max(texts(site)), "the ledger is never ahead of the store"
    news.delete(first[2])
    news.edit(first[3], "Nobody met.")
    late = news.post("Nobody was at the quay.").id
    async with site.started("up", "--port", "0") as up:
        await Collecting(up, site.port).live(1)
        await eventually(lambda: re.search(r"Pages: (\S+)\n", up.err), "the address of the pages")
        found = re.search(r"Pages: (\S+)", up.err)
        assert found is not None
        last = news.post("The last word.").id
        expected = {
            first[0]: "The ministers did not meet.",
            first[1]: None,
            first[2]: None,
            first[3]: "Nobody met.",
            first[4]: "4 The ministers met in the harbour on Monday.",
            late: "Nobody was at the quay.",
            last: "The last word.",
        }
        await eventually(lambda: texts(site) == expected, "all that was posted, edited and deleted")
        with await asyncio.to_thread(urllib.request.urlopen, found[1]) as page:
            assert "The last word." in page.read().decode()
        up.send_signal(signal.SIGTERM)
        assert (await up.communicate()).code == 0
    assert rows(site, "SELECT username, state FROM channels") == [("example_news", "live")]
    assert rows(site, "SELECT sum(posts), sum(deleted) FROM hourly") == [(7, 2)]
