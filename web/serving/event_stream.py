"""Server-sent events to one page: bounded in what waits for it, and in how long it may not read."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

from starlette.types import Receive, Scope, Send

STALLED_S: Final = 20.0
"""A client that takes nothing for this long is let go."""
BEAT_S: Final = 15.0
"""A message is sent this often: proxies keep the connection, and pages notice one that is lost."""

HEADERS: Final = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
}


class EventStream:
    """An ASGI response. ``messages`` yields HTML fragments; None is a sign of life."""

    def __init__(self, messages: Callable[[], AsyncIterator[str | None]]) -> None:
        self._messages = messages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the page goes, stalls, or nothing more comes."""
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
                with suppress(asyncio.CancelledError, TimeoutError, OSError):
                    await task

    async def _send_all(self, send: Send) -> None:
        headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async for message in self._messages():
            data = b": alive\n\n" if message is None else f"data: {' '.join(message.split())}\n\n".encode()
            async with asyncio.timeout(STALLED_S):
                await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
