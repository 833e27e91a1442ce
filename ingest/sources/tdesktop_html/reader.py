"""The pages of a chat: the head of each with the chat's title, and its messages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.byte_window import ByteWindow
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.html_splitter import BlockState, HtmlBlock, error_of, split_blocks
from ingest.sources.tdesktop_html.chat import kinds_of_chats, read_head
from ingest.sources.tdesktop_html.fields import post_of
from ingest.sources.text_encoding import utf8
from schemas import Channel, RawPost

_MARK = re.compile(rb'class\s*=\s*"message[ "]')
_END_OF_LIST = re.compile(rb"</(?:div|body|html)\b", re.IGNORECASE)
_DAY_LINE = re.compile(rb"\sid\s*=\s*[\"']?message-[0-9]")
_FORWARDED = re.compile(rb"class=\"forwarded body\"")


class _Message(NamedTuple):
    channel: Channel | None
    leader: bytes | None


class DesktopHtmlReader:
    """Messages of the pages of one chat, or of several whose pages are named alike."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        self._files, self._context = files, context
        self._count = 0

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        kinds = kinds_of_chats(self._files[0]) if self._context.options.chats == "channels" else {}
        for file in self._files:
            yield from self._page(file, kinds, is_last=file is self._files[-1])

    def _page(self, file: ArchiveFile, kinds: Mapping[str, str], *, is_last: bool) -> Iterator[ArchiveRecord | Filler]:
        with file.open() as stream:
            window = ByteWindow(utf8(stream))
            blocks = split_blocks(window, _MARK, _END_OF_LIST)
            head = next(blocks)
            yield Filler(head.raw)
            channel = read_head(head.raw, kinds, file, self._context)
            number, leader = 0, None
            for block in blocks:
                tag = block.raw[: block.raw.find(b">") + 1]
                if b"service" in tag and _DAY_LINE.search(tag):
                    continue  # the line between two days is no message
                number += 1
                is_headed = b" joined" not in tag or b'"from_name"' in block.raw
                leader = block.raw if is_headed else leader
                shares = not is_headed and _FORWARDED.search(block.raw)
                value = _Message(channel, leader if shares else None)
                yield self._record(block, file, number, value, is_last=is_last)

    def _record(
        self, block: HtmlBlock, file: ArchiveFile, number: int, value: _Message, *, is_last: bool
    ) -> ArchiveRecord:
        self._count += 1
        return ArchiveRecord(
            block.raw,
            end=self._count,
            offset=block.offset,
            number=number,
            value=value,
            error=error_of(block),
            is_open=is_last and block.state is BlockState.CUT,
            file_name=file.name,
        )

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        assert isinstance(record.value, _Message)
        channel, leader = record.value
        if channel is None:
            return NoPost(NoPostKind.OTHER_CHAT)
        return post_of(record, channel, self._context, leader)
