"""What went wrong, as a page or, where a page was not requested, as JSON."""

from time import monotonic

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sinks.store.errors import NewerStoreError, QueryTimeoutError, StoreError, StoreUnavailableError
from web.errors import RefusedRequestError
from web.pages import Pages


async def refused(request: Request, error: Exception) -> Response:
    """A request that is not understood, or for what is not there."""
    assert isinstance(error, RefusedRequestError)
    if not _wants_page(request):
        return JSONResponse({"error": error.title, "hint": error.hint, "pointed": error.pointed}, error.status)
    return _page(request, error.status, error.title, error.hint, error.pointed, "warn")


async def unknown(request: Request, error: Exception) -> Response:
    """An address that is none of ours."""
    assert isinstance(error, HTTPException)
    title = "There is no such page" if error.status_code == 404 else error.detail
    if not _wants_page(request):
        return JSONResponse({"error": title}, error.status_code, error.headers)
    return _page(request, error.status_code, title, "The address may be cut, or of another version.", None, "warn")


async def unavailable(request: Request, error: Exception) -> Response:
    """The store is away, or a question took too long."""
    pages: Pages = request.app.state.pages
    assert isinstance(error, StoreUnavailableError | StoreError)
    if isinstance(error, QueryTimeoutError):
        title = f"This took longer than {pages.readers.timeout_s:g} s and was stopped"
        hint = "Narrow it: a shorter time (after:2026-11-01), a language (lang:en) or a rarer word."
        if not _wants_page(request):
            return JSONResponse({"error": title, "hint": hint}, 503)
        return _page(request, 503, title, hint, None, "warn")
    title = "A newer tgwire wrote this store" if isinstance(error, NewerStoreError) else "The store does not answer"
    if not _wants_page(request):
        return JSONResponse({"error": title, "hint": str(error)}, 503, {"Retry-After": "5"})
    since = pages.readers.failed_since
    since_ms = None if since is None else pages.now_ms() - round((monotonic() - since) * 1000)
    return pages.html(
        request,
        "error.html",
        status=503,
        title=title,
        hint=str(error),
        pointed=None,
        css="del",
        retries=True,
        since_ms=since_ms,
    )


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api") and request.query_params.get("format", "html") == "html"


def _page(request: Request, status: int, title: str, hint: str, pointed: str | None, css: str) -> Response:
    pages: Pages = request.app.state.pages
    return pages.html(
        request,
        "error.html",
        status=status,
        title=title,
        hint=hint,
        pointed=pointed,
        css=css,
        retries=False,
        since_ms=None,
    )
