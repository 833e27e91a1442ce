"""Whose messages a page holds. A page names a chat by its title alone."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.html_splitter import check_shape
from ingest.sources.tdesktop_html.nodes import first, words
from schemas import Channel

_CHATS_LIST = ("lists", "chats.html")
_NAMELESS = frozenset(("Deleted Account", "Deleted Channel", "Deleted Group"))
"""Titles that any number of chats have."""
_MAX_LIST_BYTES = 16 << 20
_MAX_HEAD_BYTES = 256 << 10
_CHAT_FOLDER = re.compile(r"(?:.*/)?([^/]+)/messages[0-9]*\.html", re.IGNORECASE | re.DOTALL)
_NO_LIST = (
    "the export's list of chats cannot be read: a chat all of whose first messages bear its own name is taken for a "
    "channel; --chats all reads the others, too"
)


@dataclass(frozen=True, slots=True)
class HtmlChat:
    """The chat of a page."""

    channel: Channel
    is_read: bool = True
    """False: a chat of a full export that is no channel, and was not asked for."""


def read_head(head: bytes, following: bytes, file: ArchiveFile, context: ReadContext) -> HtmlChat:
    """The chat, from what a page has before its first message; ``following`` are the first messages."""
    header = next(iter(_found(head[-_MAX_HEAD_BYTES:], ".page_header")), None)
    title = "" if header is None else first(header, ".text.bold") or words(header)
    is_known = title and title not in _NAMELESS
    channel = context.channel(title=title if is_known else None, fallback=file.folder or file.base_name)
    is_within_export = header is not None and header.css_first('a.content[href*="chats.html"]') is not None
    if context.options.chats == "all" or not is_within_export:
        return HtmlChat(channel)
    kind = _kinds(file).get(PurePosixPath(file.folder).name)
    if kind is not None:
        return HtmlChat(channel, is_read=kind == "channel")
    context.warn(_NO_LIST)
    return HtmlChat(channel, is_read=_senders(following) <= {title})


def _kinds(file: ArchiveFile) -> dict[str, str]:
    """Kind of each chat of a full export by its folder, as ``lists/chats.html`` at its root has them."""
    if file.path is None or file.path.name != file.base_name:
        return {}
    try:
        with file.path.parents[2].joinpath(*_CHATS_LIST).open("rb") as stream:
            entries = _found(stream.read(_MAX_LIST_BYTES), "a.entry[href]")
    except (OSError, IndexError):
        return {}
    named = ((_CHAT_FOLDER.match(entry.attributes["href"] or ""), entry) for entry in entries)
    return {match[1]: first(entry, ".info") for match, entry in named if match}


def _senders(page: bytes) -> set[str]:
    """Names in the headers of messages."""
    return {words(name) for name in _found(page, ".message.default > .body > .from_name")}


def _found(html: bytes, selector: str) -> list[LexborNode]:
    """Elements; none where the page would keep a parser busy."""
    try:
        check_shape(html)
    except InvalidRecordError:
        return []
    return LexborHTMLParser(html).css(selector)
