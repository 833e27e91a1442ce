"""Whose messages a page holds. A page names a chat by its title alone."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from weakref import WeakKeyDictionary

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.html_splitter import check_shape
from ingest.sources.tdesktop_html.nodes import first, words
from schemas import Channel

_LISTS = ("../../lists/chats.html", "../../lists/left_chats.html")
"""Of a full export, from the folder of a chat."""
_NAMELESS = frozenset(("Deleted Account", "Deleted Channel", "Deleted Group"))
"""Titles that any number of chats have."""
_MAX_LIST_BYTES = 16 << 20
_MAX_HEAD_BYTES = 256 << 10
_LINK_TO_LIST = re.compile(rb"href\s*=\s*[\"'][^\"'<>]*chats\.html")
"""Back from the page of a chat: an export of one chat has none."""
_CHAT_FOLDER = re.compile(r"(?:.*/)?([^/]+)/messages[0-9]*\.html", re.IGNORECASE | re.DOTALL)
_NO_LIST = (
    "the page is of a full export, and nothing shows that its chat is a channel: lists/chats.html of the export is "
    "missing, damaged or does not have it"
)
_kinds_by_list: WeakKeyDictionary[ArchiveFile, Mapping[str, str]] = WeakKeyDictionary()
"""A list in a container is unpacked once for all chats of the export: of a .tar, all that is before it, too."""


def read_head(head: bytes, kinds: Mapping[str, str], file: ArchiveFile, context: ReadContext) -> Channel | None:
    """The chat, from what a page has before its first message. None: it is one of a full export, was not requested, and
    is no channel by ``kinds_of_chats``.
    """
    if context.options.chats != "all" and (kinds or _LINK_TO_LIST.search(head)):
        kind = kinds.get(PurePosixPath(file.folder).name)
        if kind is None:
            context.warn(_NO_LIST)
        if kind != "channel":
            return None
    header = next(iter(_found(head[-_MAX_HEAD_BYTES:], ".page_header")), None)
    title = "" if header is None else first(header, ".text.bold") or words(header)
    is_known = title and title not in _NAMELESS
    return context.channel(title=title if is_known else None, fallback=file.folder or file.base_name)


def kinds_of_chats(file: ArchiveFile) -> Mapping[str, str]:
    """Kind of each chat of the full export that a page lies in, by the chat's folder; empty where it lies in none.
    To be called before the page is opened (``ArchiveFile.sibling``).
    """
    found: dict[str, str] = {}
    for chats in (file.sibling(place) for place in _LISTS):
        if chats is not None:
            if chats not in _kinds_by_list:
                _kinds_by_list[chats] = _kinds(chats)
            found.update(_kinds_by_list[chats])
    return found


def _kinds(chats: ArchiveFile) -> dict[str, str]:
    try:
        with chats.open() as stream:
            entries = _found(stream.read(_MAX_LIST_BYTES), "a.entry[href]")
    except OSError:
        return {}
    named = ((_CHAT_FOLDER.match(entry.attributes["href"] or ""), entry) for entry in entries)
    return {match[1]: first(entry, ".info") for match, entry in named if match}


def _found(html: bytes, selector: str) -> list[LexborNode]:
    """Elements; none where the page would keep a parser busy."""
    try:
        check_shape(html)
    except InvalidRecordError:
        return []
    return LexborHTMLParser(html).css(selector)
