"""A preview page: whose it is, and the blocks on it."""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from ingest.errors import ReaderLostError
from ingest.live_reader import PostOrAbsence
from ingest.preview.messages.data_view import read_data_view
from ingest.preview.messages.media import text_of
from ingest.preview.messages.parser import PageContext, read_block
from ingest.preview.nesting_limit import is_nested_too_deeply
from schemas import Channel, synthetic_id

MAX_BLOCKS = 100
"""Message blocks that are read of a page; t.me/s shows 20."""
_BLOCK = ".tgme_widget_message[data-post]"
_POST = re.compile(r"[A-Za-z0-9_]+/([1-9][0-9]{0,14})")
_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class MessageBlock:
    """What one block holds; never empty."""

    entries: tuple[PostOrAbsence, ...]

    @property
    def first(self) -> int:
        """Lowest message id of the block."""
        return self.entries[0].message_id

    @property
    def last(self) -> int:
        """Highest message id of the block."""
        return self.entries[-1].message_id

    @property
    def is_album(self) -> bool:
        """Whether the block shows several messages."""
        return len(self.entries) > 1


class PreviewPage:
    """A page of the site as it was fetched, cut into messages."""

    def __init__(self, html: bytes, address: str) -> None:
        """Raises ReaderLostError when it is a page of another kind."""
        if is_nested_too_deeply(html):
            raise ReaderLostError(f"{address}: elements are nested more deeply than on any preview page.")
        self._tree, self._address = LexborHTMLParser(html), address
        if self._tree.css_first(".tgme_channel_history") is None:
            raise ReaderLostError(
                f"{address}: the answer is no preview page. If this persists, look at it in a browser: a proxy may "
                "be in between, or the layout may have changed."
            )

    @property
    def channel_id(self) -> int | None:
        """Bare id of the channel, which every message but a service message has; None when there is none."""
        for node in self._tree.css(".tgme_widget_message[data-view]"):
            if channel_id := read_data_view(node.attributes["data-view"] or "").channel_id:
                return channel_id
        return None

    def channel(self, username: str) -> Channel:
        """The channel that was requested under a name. Without a post on the page its id is derived from the name."""
        head = self._tree.css_first(".tgme_channel_info_header")
        shown = None if head is None else text_of(head, ".tgme_channel_info_header_username a")
        title = None if head is None else text_of(head, ".tgme_channel_info_header_title")
        name = (shown or "").removeprefix("@")
        if not _NAME.fullmatch(name):  # it becomes a part of addresses
            name = username
        return Channel(id=self.channel_id or synthetic_id(f"@{name.lower()}"), username=name, title=title or None)

    @property
    def has_older(self) -> bool:
        """Whether the page links to older posts than its first one."""
        return self._tree.css_first(".tgme_channel_history [data-before]") is not None

    @property
    def has_newer(self) -> bool:
        """Whether the page links to newer posts than its last one."""
        return self._tree.css_first(".tgme_channel_history [data-after]") is not None

    def blocks(self, reading: PageContext) -> list[MessageBlock]:
        """The blocks in ascending order of id; raises ReaderLostError when there are more than a page can have."""
        found: dict[int, MessageBlock] = {}
        nodes = self._tree.css(_BLOCK)
        if len(nodes) > MAX_BLOCKS:
            raise ReaderLostError(f"{self._address}: {len(nodes)} posts on a page; no preview page has so many.")
        within = {node.mem_id for node in self._tree.css(f"{_BLOCK} {_BLOCK}")}
        for node in nodes:
            if node.mem_id in within:
                continue  # a part of the text of another one
            if match := _POST.fullmatch(node.attributes["data-post"] or ""):
                block = MessageBlock(read_block(node, int(match[1]), reading))
                found[block.first] = block
        return [block for _, block in sorted(found.items())]
