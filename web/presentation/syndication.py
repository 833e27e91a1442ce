"""Posts as RSS 2.0 and Atom."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from sinks.store.reading.post_json import iso
from web.presentation.moments import utc

_ATOM: Final = "http://www.w3.org/2005/Atom"
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
register_namespace("atom", _ATOM)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A post as an entry of a feed."""

    url: str
    title: str
    text: str
    author: str
    posted_ms: int
    edited_ms: int | None


def rss(title: str, url: str, site: str, entries: Sequence[FeedEntry]) -> bytes:
    """An RSS feed; texts are escaped twice, since readers take a description for HTML."""
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    _add(channel, "title", title)
    _add(channel, "link", site)
    _add(channel, "description", f"{title}, from tgwire")
    SubElement(channel, f"{{{_ATOM}}}link", href=_fit(url), rel="self", type="application/rss+xml")
    for entry in entries:
        item = SubElement(channel, "item")
        _add(item, "title", entry.title)
        _add(item, "link", entry.url)
        _add(item, "guid", entry.url, isPermaLink="true")
        _add(item, "pubDate", format_datetime(utc(entry.posted_ms)))
        _add(item, "description", _html(entry.text))
    return _written(root)


def atom(title: str, url: str, site: str, entries: Sequence[FeedEntry]) -> bytes:
    """The text of an Atom feed."""
    root = Element("feed", xmlns=_ATOM)
    _add(root, "title", title)
    _add(root, "id", url)
    SubElement(root, "link", href=_fit(url), rel="self")
    SubElement(root, "link", href=_fit(site))
    newest = max((entry.edited_ms or entry.posted_ms for entry in entries), default=0)
    _add(root, "updated", iso(newest) or "")
    for entry in entries:
        item = SubElement(root, "entry")
        _add(item, "title", entry.title)
        _add(item, "id", entry.url)
        SubElement(item, "link", href=_fit(entry.url))
        _add(item, "published", iso(entry.posted_ms) or "")
        _add(item, "updated", iso(entry.edited_ms or entry.posted_ms) or "")
        _add(SubElement(item, "author"), "name", entry.author)
        _add(item, "content", entry.text, type="text")
    return _written(root)


def _add(parent: Element, tag: str, text: str, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = _fit(text)


def _fit(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)


def _html(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\n", "<br>")


def _written(root: Element) -> bytes:
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode").encode(errors="replace")
