"""News of the pages while a test looks on."""

import asyncio
from collections.abc import Awaitable, Callable

from sinks.store.search.changes import ChangeCursor, last_place
from tests.support.patience import DEADLINE_S
from web.pages import Pages
from web.serving.tasks import ended


async def until(condition: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(deadline_s):
        while not condition():
            await asyncio.sleep(0.01)


async def place_of(pages: Pages) -> ChangeCursor:
    """How far the changes go."""
    return await pages.read(last_place)


async def following(pages: Pages, use: Callable[[], Awaitable[None]]) -> None:
    """Follow the store while something is tried."""
    task = asyncio.create_task(pages.news.run())
    try:
        await use()
    finally:
        await ended(task)
        pages.readers.close()


def is_lost(pages: Pages) -> bool:
    """Whether the news miss a store that was renamed. Ask until it is so: a reader that was out reads on."""
    pages.readers._idle.clear()
    return not pages.news.is_reachable
