"""The sink of Parquet files: for each topic a table by day, and one for what has no date."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from runtime.errors import TransientError
from runtime.settings.sink import ParquetSinkSettings
from sinks.contract import START, Batch, Guarantee, Partition, PartitionPosition, Written
from sinks.parquet.delta import ChangeTable, PassedOverError
from sinks.parquet.tables import TABLES, rows_of

UNDATED = "_undated"
_log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class _Pair:
    dated: ChangeTable
    """The table whose offsets are the sink's."""
    undated: ChangeTable
    """Written first, with offsets of its own: rows below them are there already."""


class ParquetSink:
    """``PLACE/<table>`` and ``PLACE/<table>_undated``, Delta tables of change rows; see ``docs/sinks.md``."""

    guarantee = Guarantee.EXACTLY_ONCE
    topics = tuple(TABLES)

    def __init__(self, settings: ParquetSinkSettings) -> None:
        self._settings = settings
        self._place = settings.place.rstrip("/")
        self._tables: dict[str, _Pair] = {}
        self._compacted = time.monotonic()

    def open(self, partitions: Sequence[Partition]) -> dict[Partition, PartitionPosition]:
        """See ``Sink``; raises SinkPlaceError, SinkUnavailableError."""
        for topic, table in TABLES.items():
            where = f"{self._place}/{table.name}"
            self._tables[topic] = _Pair(ChangeTable(where, table.schema), ChangeTable(where + UNDATED, table.schema))
        return {partition: self._position(partition) for partition in partitions}

    def move(self, partition: Partition, offset: int) -> None:
        """See ``Sink``."""
        pair = self._tables[partition.topic]
        empty = TABLES[partition.topic].schema.empty_table()
        if pair.dated.offset(partition) != offset:  # else what a crash has left in the undated table still counts
            _append(pair.undated, partition, empty, offset)
        _append(pair.dated, partition, empty, offset)

    def write(self, batch: Batch) -> Written:
        """See ``Sink``."""
        partition, pair = batch.partition, self._tables[batch.partition.topic]
        here = pair.dated.offset(partition)
        if here is not None and here != batch.start:
            return Written(here)
        rows = rows_of(TABLES[partition.topic], partition, batch.messages)
        if rows.refused:
            return Written(batch.start, rows.refused)
        try:
            if rows.undated.num_rows:
                self._write_undated(pair.undated, batch, rows.undated)
            pair.dated.append(partition, rows.dated, batch.end, _now_ms())
        except PassedOverError:
            pair.dated.refresh()
            here = pair.dated.offset(partition)
            return Written(batch.start if here is None else here)
        self._compact_when_due()
        return Written(batch.end)

    def close(self) -> None:
        """See ``Sink``."""
        self._tables.clear()

    def _position(self, partition: Partition) -> PartitionPosition:
        table = self._tables[partition.topic].dated
        offset = table.offset(partition)
        return START if offset is None else PartitionPosition(offset, table.written_ms(partition))

    def _write_undated(self, table: ChangeTable, batch: Batch, rows: pa.Table) -> None:
        known = table.offset(batch.partition) or 0
        new = rows.filter(pc.greater_equal(rows["offset"], known))
        if new.num_rows:
            table.append(batch.partition, new, batch.end, _now_ms())

    def _compact_when_due(self) -> None:
        """A failed round is logged, and tried again at the next time: nothing is lost by small files."""
        if time.monotonic() - self._compacted < self._settings.compact_interval_s:
            return
        self._compacted = time.monotonic()
        for pair in self._tables.values():
            for table in (pair.dated, pair.undated):
                try:
                    table.compact(self._settings.keep_replaced_h)
                except TransientError as error:
                    _log.warning("parquet not compacted", problem=str(error))


def _append(table: ChangeTable, partition: Partition, rows: pa.Table, offset: int) -> None:
    """Write, once more where another process came between."""
    try:
        table.append(partition, rows, offset, _now_ms())
    except PassedOverError:
        table.append(partition, rows, offset, _now_ms())


def _now_ms() -> int:
    return int(time.time() * 1000)
