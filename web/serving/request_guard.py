"""In front of every page: host, origin, access, and headers that keep foreign text from doing anything."""

from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.serving.access import Access

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'none'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer browsers send forms of our own with "Origin: null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}
_OPEN: Final = ("/healthz", "/readyz", "/login")
_MOST_QUERY: Final = 8_192
"""Bytes of a query string."""
_SAFE: Final = ("GET", "HEAD")


class AccessGuard:
    """ASGI middleware that lets through requests which may read."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "private, no-cache")
            await send(message)

        await (refused or self._app)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if scope["path"] in ("/healthz", "/readyz"):
            return None  # probes ask by whatever name they have
        if not self._access.is_known_host(host):
            return _plain(HTTPStatus.MISDIRECTED_REQUEST, "this server does not go by that name: see --allow-host")
        origin = headers.get("origin")
        if origin is not None and not self._access.is_own_origin(origin, host):
            return _plain(HTTPStatus.FORBIDDEN, "pages of other sites may not read this one")
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") not in (None, "navigate"):
            return _plain(HTTPStatus.FORBIDDEN, "pages of other sites may not read this one")
        if scope["method"] not in _SAFE and origin is None and "sec-fetch-site" in headers:
            return _plain(HTTPStatus.FORBIDDEN, "where this form was filled in is not known")
        if len(scope["query_string"]) > _MOST_QUERY:
            return _plain(HTTPStatus.REQUEST_URI_TOO_LONG, f"an address has at most {_MOST_QUERY:,} bytes of filters")
        if scope["path"] in _OPEN or scope["path"].startswith("/static/"):
            return None
        peer = scope["client"][0] if scope.get("client") else ""
        if self._access.may_read(headers, peer):
            return None
        is_script = _is_of_script(headers)
        if "text/html" in headers.get("accept", "") and not is_script and self._access.token is not None:
            return RedirectResponse("/login", HTTPStatus.SEE_OTHER)
        return PlainTextResponse(
            "a token is needed: Authorization: Bearer TOKEN, or as the password of any user\n",
            HTTPStatus.UNAUTHORIZED,
            {"WWW-Authenticate": 'Bearer realm="tgwire"' if is_script else 'Basic realm="tgwire", charset="UTF-8"'},
        )


def _is_of_script(headers: Headers) -> bool:
    """Whether a page's script asks: it takes the form for its answer, and "Basic" opens a dialog over the page."""
    mode = headers.get("sec-fetch-mode")  # browsers leave it out over plain HTTP
    return mode != "navigate" if mode is not None else "text/event-stream" in headers.get("accept", "")


def _plain(status: HTTPStatus, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status)
