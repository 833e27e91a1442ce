"""A batch of Arrow as rows of Python's values."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ingest.sources.format import InvalidRecordError

if TYPE_CHECKING:
    import pyarrow as pa


def rows_of(batch: "pa.RecordBatch") -> list[dict[str, Any] | InvalidRecordError]:
    """Rows of a batch; where a value cannot be one of Python's (a date of the year 30,000, text in another encoding),
    an error for that row alone.
    """
    batch = _in_microseconds(batch)
    try:
        return [_plain(row) for row in batch.to_pylist()]
    except (ValueError, OverflowError):
        return [_row(batch, number) for number in range(batch.num_rows)]


def _row(batch: "pa.RecordBatch", number: int) -> dict[str, Any] | InvalidRecordError:
    row: dict[str, Any] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            row[name] = column[number].as_py()
        except (ValueError, OverflowError) as error:
            what = "invalid UTF-8" if isinstance(error, UnicodeDecodeError) else "out of range"
            return InvalidRecordError(what, name)
    return _plain(row)


def _in_microseconds(batch: "pa.RecordBatch") -> "pa.RecordBatch":
    """Python's dates have no nanoseconds."""
    import pyarrow as pa

    for number, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            type_ = pa.timestamp("us", tz=field.type.tz)
            batch = batch.set_column(number, field.with_type(type_), batch.column(number).cast(type_, safe=False))
    return batch


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """The types that Parquet has and JSON has not, as tables read them."""
    for name, value in row.items():
        if isinstance(value, Decimal):
            row[name] = int(value) if value == value.to_integral_value() else float(value)
        elif isinstance(value, bytes):
            row[name] = value.decode("utf-8", "replace")
        elif isinstance(value, date) and not isinstance(value, datetime):
            row[name] = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day has no zone
    return row
