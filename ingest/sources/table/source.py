"""A source over a table, which can say how it is going to be read before it is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from ingest.sources.context import ReadContext
from ingest.sources.format import RecordReader
from ingest.sources.record_source import RecordSource
from ingest.sources.table.columns import Layout, checked, with_map
from ingest.sources.table.guess import CellsByColumn, guess
from ingest.sources.tdlib.message_ids import STEP


@runtime_checkable
class HasLayout(Protocol):
    """A reader of tables."""

    def layout(self) -> Layout:
        """Which column is which; OSError, UnknownColumnsError."""


class TableSource(RecordSource):
    """As ``RecordSource``."""

    def layout(self) -> Layout | None:
        """Which column is read as which field, to be shown and confirmed; None where that needs the file twice (a pipe)
        or where the user has said it.

        Raises OSError and UnknownColumnsError.
        """
        if self.path is None or self._options.columns:
            return None
        reader: RecordReader = self._reader(self.files, ReadContext(self.kind, self.files[0], self._options))
        return reader.layout() if isinstance(reader, HasLayout) else None


def layout_of(
    columns: tuple[str, ...], rows: Sequence[CellsByColumn], context: ReadContext, unguessed: tuple[str, ...] = ()
) -> Layout:
    """The layout by ``--map`` and by a guess, of which the user is informed; UnknownColumnsError. ``unguessed`` are
    columns that ``--map`` alone can mean.
    """
    given, name = context.options.columns, context.file.name
    guessed = replace(guess([column for column in columns if column not in unguessed], rows), columns=columns)
    layout = checked(with_map(guessed, given, name), given, name)
    remark_on(layout, context)
    return layout


def remark_on(layout: Layout, context: ReadContext) -> None:
    """Say how columns are read, where nobody has said it."""
    if layout.has_tdlib_ids:
        context.warn(f"ids are those of TDLib, and are read as Telegram's: divided by {STEP:,}")
    if not context.options.columns:
        context.warn(f"columns are guessed: {layout}. --map '{layout.as_map()}' says it otherwise")
