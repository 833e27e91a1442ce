"""The pages as an ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sinks.store.errors import StoreError, StoreUnavailableError
from web.errors import RefusedRequestError
from web.pages import STATIC, Pages
from web.serving.request_guard import AccessGuard
from web.serving.tasks import ended
from web.views import (
    access,
    channel,
    channel_changes,
    channel_overview,
    errors,
    feed,
    live,
    pictures,
    post,
    quotes,
    search,
    spread,
    stories,
)
from web.views.api import openapi, records

_GZIP_LEVEL: Final = 4
"""A page is 5 % larger than at the highest level, and compressed in half of the time."""


def application(pages: Pages) -> Starlette:
    """Routes, and what comes before them."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(pages.news.run())
        try:
            yield
        finally:
            pages.news.close()
            await ended(following)
            pages.readers.close()

    app = Starlette(
        routes=_routes(),
        lifespan=lifespan,
        middleware=[
            Middleware(AccessGuard, access=pages.access),
            Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=_GZIP_LEVEL),
        ],
        exception_handlers={
            RefusedRequestError: errors.refused,
            StoreUnavailableError: errors.unavailable,
            StoreError: errors.unavailable,
            HTTPException: errors.unknown,
        },
    )
    app.state.pages = pages
    return app


def _routes() -> list[Route | Mount]:
    return [
        Route("/", feed.feed),
        Route("/live", live.live),
        Route("/search", search.search),
        Route("/post/{key}", post.post),
        Route("/stories", stories.stories),
        Route("/story/{number:int}", stories.story),
        Route("/quotes", quotes.quotes),
        Route("/spread", spread.spread),
        Route("/channels", channel_overview.channels, methods=["GET"]),
        Route("/channels", channel_changes.change, methods=["POST"]),
        Route("/channels/{channel}", channel.channel),
        Route("/media/{name}", pictures.picture),
        Route("/login", access.login, methods=["GET", "POST"]),
        Route("/healthz", access.alive),
        Route("/readyz", access.ready),
        Route("/api", openapi.openapi),
        Route("/api/openapi.json", openapi.openapi),
        openapi.described("/api/posts", records.posts),
        openapi.described("/api/posts/{key}", records.post),
        openapi.described("/api/stories", records.stories),
        openapi.described("/api/stories/{number}", records.story),
        openapi.described("/api/quotes", records.quotes),
        openapi.described("/api/spread", records.spread),
        openapi.described("/api/channels", records.channels),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
