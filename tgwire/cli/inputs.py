"""Paths on the command line: the sources behind them, with what is left out named."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.errors import NothingToReadError, SourceUnreadableError
from ingest.sources.base import Source
from ingest.sources.detect import open_sources
from ingest.sources.format import Format
from ingest.sources.options import ReadOptions
from ingest.sources.selection import PostLimit, SelectedSource, Selection
from ingest.sources.table.source import TableSource
from runtime.errors import TgwireError
from runtime.settings.tree import Settings
from schemas import Lane
from tgwire.cli.options.archives import ArchiveOptions
from tgwire.cli.output.complaints import Complaints
from tgwire.cli.output.console import remark
from tgwire.cli.output.layouts import confirm_layouts
from tgwire.cli.piped_lines import PipedStdin, lines_of_stdin


@dataclass(frozen=True, slots=True)
class Inputs:
    """The sources that the paths of a command name, and how many files were left out."""

    sources: list[Source]
    left_out: int
    """Files and folders that could have held posts; those that hold none by nature are named, but not counted."""
    is_next_there: Callable[[Source], bool]
    """Whether a source that is being read need not be waited for: a file, or stdin with a line at hand."""


def open_inputs(
    paths: Iterable[str | Path],
    options: ReadOptions,
    complaints: Complaints,
    format_: Format | None = None,
    stdin: PipedStdin | None = None,
) -> Inputs:
    """Open the paths, and complain of what is no source. A path that is not there raises SourceNotFoundError before
    anything is read; where none holds anything readable the error of the last is raised.

    On a terminal, columns of tables that are guessed are confirmed first. ``stdin`` is given where it was looked at.
    """
    sources: list[Source] = []
    left_out, unreadable = 0, list[TgwireError]()
    stream, has_line = stdin or lines_of_stdin()
    for path in paths:
        try:
            found = open_sources(path, options, stream, format_)
        except (NothingToReadError, SourceUnreadableError) as error:
            unreadable.append(error)
            continue
        sources += found.sources
        for skipped in found.skipped:
            if skipped.is_expected:
                remark(skipped)
            else:
                complaints.add(skipped, "left out")
                left_out += 1
    is_fatal = unreadable and not sources
    for each in unreadable[:-1] if is_fatal else unreadable:
        complaints.add(each, "path that cannot be read", "paths that cannot be read")
    if is_fatal:
        raise unreadable[-1]
    left_out += len(unreadable)
    if options.columns and sources and not any(isinstance(source, TableSource) for source in sources):
        remark("--map changes nothing: none of the files is a table")
    confirm_layouts(sources)
    return Inputs(sources, left_out, lambda source: source.path is not None or has_line())


@dataclass(frozen=True, slots=True)
class SelectedArchives:
    """Archives that a command reads into a stream or a store, and the part of them that is wanted."""

    paths: tuple[str, ...]
    options: ArchiveOptions = field(default_factory=ArchiveOptions)
    part: Selection = field(default_factory=Selection)
    limit: int | None = None
    """Posts of all archives together."""

    def open(self, lane: Lane, settings: Settings, complaints: Complaints) -> Inputs:
        """As ``open_inputs``, which see; raises also BadParameter for options that cannot be."""
        options, limit = self.options, PostLimit(self.limit)
        inputs = open_inputs(self.paths, options.read_options(lane, settings), complaints, options.given_format())
        return replace(
            inputs,
            sources=[SelectedSource(source, self.part, limit, options.variant) for source in inputs.sources],
        )
