"""A site on loopback that shows channels as t.me/s does: the same markup, paging and refusals, invented posts."""

import base64
import html
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby

import orjson
from aiohttp import web

PAGE_MESSAGES = 20
CHANNEL_ID = 1234567890


@dataclass(frozen=True)
class Message:
    """A message of the site's channel."""

    id: int
    text: str = ""
    album: int | None = None
    is_service: bool = False


@dataclass
class Site:
    """What the site shows, and what it was asked. Tests change it as they go."""

    messages: dict[int, Message] = field(default_factory=dict)
    channel_id: int = CHANNEL_ID
    etag: str | None = None
    answers: deque[web.Response] = field(default_factory=deque)
    """Given instead of a page, one for each request."""
    requests: list[web.Request] = field(default_factory=list)
    ignores_after: bool = False
    base_url: str = ""

    def post(self, *ids: int, album: int | None = None) -> None:
        """Post messages with their id as text."""
        for message_id in ids:
            self.messages[message_id] = Message(message_id, f"Post {message_id}", album)

    @property
    def queries(self) -> list[str]:
        """The query strings of all requests."""
        return [request.query_string for request in self.requests]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Handle ``/s/NAME``."""
        self.requests.append(request)
        if self.answers:
            return self.answers.popleft()
        if self.etag and request.headers.get("If-None-Match") == self.etag:
            return web.Response(status=304)
        headers = {"ETag": self.etag} if self.etag else {}
        body = self.page(request.match_info["name"], request.query)
        return web.Response(text=body, content_type="text/html", headers=headers)

    def page(self, name: str, query: Mapping[str, str]) -> str:
        """The page of a query."""
        ids = sorted(self.messages)
        if "before" in query:
            shown = [one for one in ids if one < int(query["before"])][-PAGE_MESSAGES:]
        elif int(query.get("after", 0)) > 0 and not self.ignores_after:
            shown = [one for one in ids if one > int(query["after"])][:PAGE_MESSAGES]
        else:
            shown = ids[-PAGE_MESSAGES:]
        older = shown and shown[0] > ids[0]
        newer = shown and shown[-1] < ids[-1]
        return render(name, [self.messages[one] for one in shown], self.channel_id, older=older, newer=newer)


def render(name: str, messages: list[Message], channel_id: int, *, older: object, newer: object) -> str:
    """A whole page."""
    parts = [
        "<!DOCTYPE html><html><body><header>",
        '<div class="tgme_channel_info"><div class="tgme_channel_info_header">',
        '<div class="tgme_channel_info_header_title"><span dir="auto">Wire News</span></div>',
        f'<div class="tgme_channel_info_header_username"><a href="https://t.me/{name}">@{name}</a></div></div></div>',
        '</header><section class="tgme_channel_history js-message_history">',
    ]
    if older:
        parts.append(_more("before", messages[0].id))
    for album, members in groupby(messages, key=lambda message: message.album or -message.id):
        parts.append(block(name, list(members), channel_id, is_album=album > 0))
    if newer:
        parts.append(_more("after", messages[-1].id))
    return "".join([*parts, "</section></body></html>"])


def _more(way: str, message_id: int) -> str:
    return (
        '<div class="tgme_widget_message_centered js-messages_more_wrap">'
        f'<a href="?{way}={message_id}" class="tme_messages_more js-messages_more" data-{way}="{message_id}"></a></div>'
    )


def data_view(channel_id: int, message_id: int) -> str:
    """The attribute that holds a channel's id."""
    view = {"c": -channel_id, "p": message_id, "t": 1714564800, "h": "0123456789abcdef"}
    return base64.urlsafe_b64encode(orjson.dumps(view)).decode().rstrip("=")


def block(name: str, members: list[Message], channel_id: int, *, is_album: bool) -> str:
    """What one message, or an album, looks like."""
    first = members[0]
    if first.is_service:
        body = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{html.escape(first.text)}</div>'
        return wrap(f"{name}/{first.id}", body, "service_message")
    text = "<br/>".join(html.escape(line) for line in first.text.split("\n"))
    body = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
    if is_album:
        photos = "".join(
            '<a class="tgme_widget_message_photo_wrap grouped_media_wrap blured js-message_photo" '
            f'href="https://t.me/{name}/{member.id}?single"></a>'
            for member in members
        )
        grouped = '<div class="tgme_widget_message_grouped_layer js-message_grouped_layer">'
        body = (
            f'<div class="tgme_widget_message_grouped_wrap js-message_grouped_wrap">{grouped}{photos}</div></div>{body}'
        )
    footer = (
        '<div class="tgme_widget_message_footer compact js-message_footer">'
        '<div class="tgme_widget_message_info short js-message_info">'
        '<span class="tgme_widget_message_views">1.2K</span>'
        f'<span class="tgme_widget_message_meta"><a class="tgme_widget_message_date" href="https://t.me/{name}/{first.id}">'
        '<time datetime="2024-05-01T12:00:00+00:00" class="time">12:00</time></a></span></div></div>'
    )
    return wrap(f"{name}/{first.id}", body + footer, "", data_view(channel_id, first.id))


def wrap(post: str, body: str, classes: str = "", view: str = "") -> str:
    """A block around the content of its bubble."""
    seen = f' data-view="{view}"' if view else ""
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message text_not_supported_wrap {classes} js-widget_message"'
        f' data-post="{post}"{seen}>'
        f'<div class="tgme_widget_message_bubble">{body}</div></div></div>'
    )


@asynccontextmanager
async def serve() -> AsyncIterator[Site]:
    """The site, on a port of its own."""
    site = Site()
    app = web.Application()
    app.router.add_get("/s/{name}", site.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        server = web.TCPSite(runner, "127.0.0.1", 0)
        await server.start()
        port = runner.addresses[0][1]
        site.base_url = f"http://127.0.0.1:{port}/s/"
        yield site
    finally:
        await runner.cleanup()
