"""One Delta table that takes batches exactly once.

Each commit carries, as the protocol's transaction ids, the offset that a partition has reached. A commit that was
prepared while another process wrote the same partition fails, so that nobody writes twice or over another.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import orjson
import pyarrow as pa
import structlog
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from runtime.atomic_file import sync
from sinks.contract import Partition
from sinks.errors import SinkPlaceError, SinkUnavailableError
from sinks.parquet.tables import DAY

STORAGE = {"timeout": "30s", "retry_timeout": "60s", "max_retries": "4"}
"""Of requests to a bucket; beyond that the runner tries again."""
CONFIGURATION: Mapping[str, str | None] = {
    "delta.checkpointInterval": "50",
    "delta.logRetentionDuration": "interval 7 days",
}
TARGET_BYTES = 128 << 20
"""Size up to which compaction joins files."""

_LOST_FOR_GOOD = (
    *("AccessDenied", "Access Denied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket"),
    *("PermissionDenied", "os error 13", "os error 30", "InvalidBucketName", "Unauthorized", "Unauthenticated"),
)
_NO_WORDS = (
    (re.compile(r"\x1b\[[\d;]*m"), ""),
    (re.compile(r" ?↳ ?"), ": "),
    (re.compile(r"<\?xml.*?<Code>(\w+)</Code>.*</Error>"), r"\1"),
)
"""In the library's errors: colours, and what a bucket answers."""
_log = structlog.stdlib.get_logger(__name__)


class PassedOverError(Exception):
    """Another process has written the partition meanwhile."""


class ChangeTable:
    """A table at a place: a folder, or an address of a bucket."""

    def __init__(self, place: str, schema: pa.Schema) -> None:
        """Makes the table where there is none; raises SinkPlaceError, SinkUnavailableError."""
        self._place, self._schema = place, schema
        self._folder = None if "://" in place else Path(place)
        with delta_errors(place):
            self._table = DeltaTable.create(
                place,
                schema,
                mode="ignore",
                partition_by=[DAY],
                storage_options=STORAGE,
                configuration=CONFIGURATION,
            )
            self._is_dirty = self._add_columns()

    def _add_columns(self) -> bool:
        """Whether the table has fewer columns than this version writes: the next write adds them."""
        return {field.name for field in self._table.schema().fields} != set(self._schema.names)

    def refresh(self) -> None:
        """Look at what others have written."""
        with delta_errors(self._place):
            self._table.update_incremental()

    def offset(self, partition: Partition) -> int | None:
        """The offset that the table has reached of a partition; None when it was never written."""
        with delta_errors(self._place):
            return self._table.transaction_version(_application(partition))

    def written_ms(self, partition: Partition) -> int | None:
        """When that was, in milliseconds since 1970."""
        with delta_errors(self._place):
            return self._table.transaction_version(_application(partition) + ":written_ms")

    def append(self, partition: Partition, rows: pa.Table, next_offset: int, now_ms: int) -> None:
        """Write rows, and with them the offset that the partition has reached; raises PassedOverError, and both of
        ``delta_errors``.
        """
        name, before = _application(partition), self.offset(partition)
        transactions = [Transaction(name, next_offset, now_ms), Transaction(name + ":written_ms", now_ms, now_ms)]
        with delta_errors(self._place):
            try:
                write_deltalake(
                    self._table,
                    rows,
                    mode="append",
                    schema_mode="merge" if self._is_dirty else None,
                    commit_properties=CommitProperties(app_transactions=transactions),
                )
            except CommitFailedError as error:
                self._table.update_incremental()
                if self.offset(partition) == before:
                    raise  # nobody has: it failed by itself
                raise PassedOverError from error
        self._is_dirty = False
        self._sync()

    def compact(self, keep_replaced_h: float) -> None:
        """Join the small files of each day, and remove files that were replaced longer ago than that."""
        with delta_errors(self._place):
            joined = self._table.optimize.compact(target_size=TARGET_BYTES, max_concurrent_tasks=1)
            self._sync()
            removed = self._table.vacuum(
                retention_hours=int(keep_replaced_h), dry_run=False, enforce_retention_duration=False
            )
            self._table.update_incremental()
        _log.info(
            "parquet compacted",
            table=self._place.rpartition("/")[2],
            joined=joined["numFilesRemoved"],
            into=joined["numFilesAdded"],
            deleted=len(removed),
        )

    def _sync(self) -> None:
        """Bring the last commit to the disk: the library leaves that to the system."""
        if self._folder is None:
            return
        log = self._folder / "_delta_log" / f"{self._table.version():020}.json"
        with delta_errors(self._place):
            actions = [orjson.loads(line) for line in log.read_bytes().splitlines()]
            added = [self._folder / unquote(action["add"]["path"]) for action in actions if "add" in action]
            for path in (*added, log):
                sync(path)
            for folder in {path.parent for path in added} | {log.parent, self._folder}:
                sync(folder)


@contextmanager
def delta_errors(place: str) -> Iterator[None]:
    """Errors of the library in words: SinkPlaceError where only an operator can help, else SinkUnavailableError."""
    try:
        yield
    except (DeltaError, OSError) as error:
        text = " ".join(str(error).split())
        for found, words in _NO_WORDS:
            text = found.sub(words, text)
        if any(sign in text for sign in _LOST_FOR_GOOD):
            raise SinkPlaceError(f"sink.parquet.place {place}: {text}: give this user the right to write") from error
        raise SinkUnavailableError(f"{place}: {text}") from error


def _application(partition: Partition) -> str:
    return f"tgwire:{partition.topic}:{partition.number}:{partition.topic_id}"
