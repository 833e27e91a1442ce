"""Messages of a dump in any layout: a list, lines, ``{channel: [...]}``, ``messages.Messages`` with its chats."""

import re
from collections.abc import Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.byte_window import ByteWindow
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_frames import JsonFrames
from ingest.sources.mapping import ids
from ingest.sources.sample import object_keys
from ingest.sources.telethon.fields import NamedAs, post_of
from ingest.sources.telethon.names import TelethonNames, of_frame
from schemas import RawPost

_OF_GRAMJS = rb'(?:"flags"\s*:\s*[0-9]+\s*,\s*)?"out"\s*:\s*(?:true|false)\s*,\s*"mentioned"\s*:'
_OF_CLASS = rb'"CONSTRUCTOR_ID"\s*:\s*[0-9]+\s*,\s*"SUBCLASS_OF_ID"\s*:\s*2030045667\b'
MESSAGE = re.compile(rb'\{\s*(?:"_"\s*:\s*"[Mm]essage(?:Service|Empty)?"|' + _OF_GRAMJS + b"|" + _OF_CLASS + rb")")
_PEERS = {"peer_id", "to_id", "peerId"}
_ID_IN_NAME = re.compile(r"(?<!\d)100(\d{9,11})(?!\d)")
"""``1001003921752_messages.json``: -1001003921752 without its sign."""


def has_peer(head: bytes) -> bool:
    """Whether an object without the mark of its class is a message."""
    keys = object_keys(head.decode(errors="replace"), 0)
    return bool(_PEERS & set(keys)) and "id" in keys


class TelethonReader:
    """Messages, newest or oldest first, of one channel or many."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._names = TelethonNames()
        self._named_as: NamedAs = (None, None, None)

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        self._learn_names()
        with self._file.open() as stream:
            frames = JsonFrames(ByteWindow(utf8_json(stream)), MESSAGE, has_peer, self._names.learn)
            path = None
            for each in frames.records():
                if frames.path != path:
                    path = frames.path
                    self._named_as = self._of_path(path)
                yield each

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        return post_of(record, self._names, self._named_as, self._context)

    def _learn_names(self) -> None:
        """Chats come behind the messages: of a file that has a frame for them, they are read first."""
        if self._file.identity is None:
            return
        with self._file.open() as stream:
            window = ByteWindow(utf8_json(stream))
            window.fill()
            if window.match_end(re.compile(rb"\s*\[?\s*" + MESSAGE.pattern)) is not None:
                return
            for _ in JsonFrames(window, MESSAGE, has_peer, self._names.learn).records():
                pass

    def _of_path(self, path: tuple[str, ...]) -> NamedAs:
        channel_id, username, title = of_frame(path)
        if channel_id is None and username is None and title is None:
            found = _ID_IN_NAME.search(self._file.base_name)
            channel_id = ids.optional_channel_id(int(found[1])) if found else None
        return channel_id, username, title
