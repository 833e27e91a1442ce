"""A ``Source`` over an archive: positions, resuming, rejecting; the format's reader only splits and maps."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import xxhash
from pydantic import ValidationError

from ingest.errors import SourceChangedError, SourceUnreadableError
from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost, NoPostKind, Position, Rejected, SourceItem
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, EmptyMessageError, Filler, InvalidRecordError, RecordReader
from ingest.sources.json_text import has_half_pair
from ingest.sources.options import ReadOptions
from ingest.sources.record_ids import message_id_of
from ingest.sources.seen_posts import SeenPosts
from schemas import RawPost, RejectReason
from schemas.field_path import field_path
from schemas.plurals import counted
from schemas.validation_messages import reason_of

_REPLACED = "\ufffd"
_OTHER_CHATS = "messages of chats that are no channels are left out; --chats all reads them"
ReaderFactory = Callable[[Sequence[ArchiveFile], ReadContext], RecordReader]


class RecordSource:
    """Items of one archive. The position is the end of a record with a digest of all records (and fillers) up to it,
    so that a file that has grown is read on and one that has changed is an error.

    A second record of a post is rejected, unless it is of another edit. What is before a position is mapped again for
    that: what was seen there is kept nowhere, so it cannot be out of step with the cursor.
    """

    def __init__(self, kind: str, files: Sequence[ArchiveFile], options: ReadOptions, reader: ReaderFactory) -> None:
        self.kind = kind
        self.files = tuple(files)
        self.name = self.files[0].name
        self._options, self._reader = options, reader
        self._context: ReadContext | None = None

    @property
    def path(self) -> Path | None:
        """See ``Source``."""
        return self.files[0].path

    @property
    def identity(self) -> str | None:
        """That of the first file."""
        return self.files[0].identity

    @property
    def total_bytes(self) -> int | None:
        """Of all its files."""
        sizes = [file.total_bytes for file in self.files]
        return None if None in sizes else sum(filter(None, sizes))

    @property
    def bytes_read(self) -> int:
        """See ``Source``."""
        return sum(file.bytes_read for file in self.files)

    @property
    def warnings(self) -> list[str]:
        """See ``Source``."""
        return [] if self._context is None else [f"{self.name}: {remark}" for remark in self._context.warnings]

    def read(self, after: Position | None = None) -> Iterator[SourceItem]:
        """See ``Source``."""
        self._context = ReadContext(self.kind, self.files[0], self._options)
        try:
            yield from self._items(self._reader(self.files, self._context), after)
        except OSError as error:
            raise SourceUnreadableError(f"{self.name}: cannot be read ({error.strerror or error}).") from error

    def splits(self) -> Iterator[ArchiveRecord | Filler]:
        """The records as they are split off, not mapped: for benchmarks."""
        context = ReadContext(self.kind, self.files[0], self._options)
        yield from self._reader(self.files, context).records()

    def _items(self, reader: RecordReader, after: Position | None) -> Iterator[SourceItem]:
        digest, seen = xxhash.xxh3_128(), SeenPosts()
        is_damage_said = False
        for record, is_behind in self._digested(reader, digest, after):
            damage = self._damage() if record.is_open else None
            if damage is not None:
                record = record._replace(error=InvalidRecordError(damage, reason=RejectReason.INVALID_JSON))
                is_damage_said = True
            entry = self._entry(reader, record)
            is_settled = not record.is_open or isinstance(entry, RawPost)
            if isinstance(entry, RawPost) and (repeat := seen.add(entry)) is not None:
                entry = replace(self._rejected(record, repeat), is_repeat=True)
            if is_behind:
                position = Position(record.end, digest.hexdigest()) if is_settled else None
                number = None if isinstance(entry, RawPost) else message_id_of(record)
                yield SourceItem(entry, position, record.line or record.number, number)
        damage = self._damage()
        if damage is not None and not is_damage_said:
            yield SourceItem(Rejected(self.name, RejectReason.INVALID_JSON, damage), None)

    def _digested(
        self, reader: RecordReader, digest: "xxhash.xxh3_128", after: Position | None
    ) -> Iterator[tuple[ArchiveRecord, bool]]:
        """Every record, digested, and whether it is behind a position."""
        goal, passed, is_counted_in_bytes = 0 if after is None else after.offset, 0, False
        for record in reader.records():
            digest.update(record.raw)
            if isinstance(record, Filler):
                continue
            is_behind = passed >= goal
            if after is not None and not is_behind:
                passed, is_counted_in_bytes = record.end, record.offset is not None
                if passed >= goal and (passed, digest.hexdigest()) != (goal, after.digest):
                    amount = _amount(goal, is_in_bytes=is_counted_in_bytes)
                    raise self._changed(f"it does not begin with the {amount} that were read before")
            yield record, is_behind
        if passed < goal:
            amount = _amount(passed, is_in_bytes=is_counted_in_bytes)
            raise self._changed(f"it has {amount}, fewer than the {goal:,} that were read before")

    def _damage(self) -> str | None:
        return next((file.damage for file in self.files if file.damage), None)

    def _changed(self, what: str) -> SourceChangedError:
        return SourceChangedError(
            f"{self.name}: the file has changed: {what}. Restore it, or replay it from its start with --from-start."
        )

    def _entry(self, reader: RecordReader, record: ArchiveRecord) -> RawPost | Rejected | NoPost:
        if record.error is not None:
            return self._rejected(record, record.error)
        context = self._context
        assert context is not None
        context.record = record
        try:
            entry = reader.post(record)
            if isinstance(entry, RawPost) and _REPLACED in entry.text and has_half_pair(record.raw):
                context.replaced_half_pair()
            if isinstance(entry, NoPost) and entry.kind is NoPostKind.OTHER_CHAT:
                context.warn(_OTHER_CHATS)
            return entry
        except EmptyMessageError:
            return NoPost(NoPostKind.EMPTY)
        except InvalidRecordError as error:
            return self._rejected(record, error)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            return self._rejected(record, InvalidRecordError(reason_of(first), field_path(first["loc"]) or None))
        except RecursionError:
            return self._rejected(record, InvalidRecordError("nested too deeply", reason=RejectReason.INVALID_JSON))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # An archive may hold any type anywhere; what a reader does not check itself ends here.
            what = f"a field has an unexpected type ({type(error).__name__})"
            return self._rejected(record, InvalidRecordError(what))
        finally:
            context.record = None

    def _rejected(self, record: ArchiveRecord, error: InvalidRecordError) -> Rejected:
        offset = record.offset
        return Rejected(
            record.file_name or self.name,
            error.reason,
            error.message,
            line=record.line,
            offset=offset if offset is None or error.at is None else offset + error.at,
            field=error.field,
            record=record.number,
        )


def _amount(number: int, *, is_in_bytes: bool) -> str:
    return counted(number, "byte" if is_in_bytes else "record")
