"""Messages of the Pushshift data set, named by the channels file beside them."""

from collections.abc import Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.byte_window import ByteWindow
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_records import object_sequence
from ingest.sources.mapping import moments
from ingest.sources.telethon.fields import post_of
from ingest.sources.telethon.names import TelethonNames
from schemas import RawPost

_CHANNELS = ("channels.ndjson", "channels.jsonl", "channels.json")


class PushshiftReader:
    """One message a line."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._names = TelethonNames()

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        self._learn_names()
        with self._file.open() as stream:
            yield from object_sequence(ByteWindow(utf8_json(stream)))

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        message = record.value if isinstance(record.value, dict) else {}
        seen = message.get("updated_utc") or message.get("retrieved_utc")
        observed_at = moments.optional_utc(self._context, seen, "retrieved_utc")
        return post_of(record, self._names, (None, None, None), self._context, observed_at)

    def _learn_names(self) -> None:
        channels = self._channels_file()
        if channels is None:
            self._context.warn("no channels file is beside the messages; names of channels are unknown")
            return
        with channels.open() as stream:
            for each in object_sequence(ByteWindow(utf8_json(stream))):
                if isinstance(each, ArchiveRecord) and each.error is None:
                    self._names.learn((), each.value)
                elif isinstance(each, ArchiveRecord):
                    self._context.warn(f"{channels.base_name} holds a line that cannot be read")
        if channels.damage:
            self._context.warn(f"{channels.base_name}: {channels.damage}")

    def _channels_file(self) -> ArchiveFile | None:
        # messages.ndjson, but also telegram_messages_2019.ndjson
        own = self._file.base_name.replace("messages", "channels")
        names = (own, *_CHANNELS) if own != self._file.base_name else _CHANNELS
        found = (self._file.sibling(name) for name in names)
        return next((file for file in found if file is not None), None)
