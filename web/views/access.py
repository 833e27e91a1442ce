"""Signing in with the token, and probes."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from sinks.store.errors import StoreError, StoreUnavailableError
from web.pages import Pages
from web.serving.access import COOKIE
from web.views.forms import posted


async def login(request: Request) -> Response:
    """``/login``: a form for the token, which becomes a strict cookie."""
    pages: Pages = request.app.state.pages
    if request.method != "POST":
        return pages.html(request, "login.html", is_wrong=False)
    if not pages.access.is_token((await posted(request)).get("token", "")):
        return pages.html(request, "login.html", status=401, is_wrong=True)
    response = RedirectResponse("/", 303)
    is_secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, pages.access.session, httponly=True, samesite="strict", secure=is_secure)
    return response


async def alive(_: Request) -> Response:
    """``/healthz``"""
    return PlainTextResponse("running\n")


async def ready(request: Request) -> Response:
    """``/readyz``: whether the store answers."""
    pages: Pages = request.app.state.pages
    try:
        await pages.read(lambda rows, _: rows.rows("SELECT 1"))
    except (StoreError, StoreUnavailableError):
        return PlainTextResponse("the store does not answer\n", 503)
    return PlainTextResponse(f"ready, {pages.news.clients} pages follow\n")
