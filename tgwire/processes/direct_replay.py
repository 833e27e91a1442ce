"""A replay without Kafka: the whole core in one process, records to JSON-lines files."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from ingest.replay.engine import Progress, Summary
from ingest.sources.base import NoPost, Rejected, Source, SourceItem
from ingest.sources.tally import Tally
from processors.core.dedup import WINDOW_DAYS
from processors.core.outcomes import DirectResult
from processors.core.pipeline import Analyzer
from processors.core.routing import direct_outputs
from processors.in_process import DirectPipeline
from runtime.errors import PoisonError
from schemas import RawPost
from schemas.topics import CITATIONS, DUPLICATES, NORMALIZED, QUOTES, TOPICS, Topic
from sinks.record_file import RecordFile
from tgwire.errors import OutputExistsError
from tgwire.processes.analysis_journal import AnalysisJournal
from tgwire.processes.analysis_pool import AnalysisPool
from tgwire.processes.packed_analysis import Outcome, Packed, pack_all, unpack_all
from tgwire.processes.post_slices import slices

OUTPUTS = tuple(topic for topic in TOPICS if topic in (NORMALIZED, QUOTES, CITATIONS, DUPLICATES))


def replay_direct(
    sources: Iterable[Source],
    analyzer: Analyzer,
    folder: Path,
    *,
    window_days: int = WINDOW_DAYS,
    overwrite: bool = False,
    pool: AnalysisPool | None = None,
    journal: AnalysisJournal | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_rejected: Callable[[Rejected], None] = lambda _: None,
    on_file: Callable[[Tally], None] = lambda _: None,
    is_next_there: Callable[[Source], bool] = lambda _: True,
) -> Summary:
    """Write ``<topic>.jsonl`` for each output topic, as a worker would have sent it.

    Duplicates are found among the posts of this run, within ``window_days``. Posts go through the core in slices; one
    is handed on early when the next post of its source must be waited for (``is_next_there``). With a ``pool`` they are
    analyzed there, and what a ``journal`` holds is not analyzed again; the files are the same, byte for byte. They
    appear when all sources are read; a run that breaks off leaves none. Raises OutputExistsError for a file that is
    there already, unless ``overwrite``, and always for an input in the folder; OSError names a file that cannot be
    written.
    """
    sources = tuple(sources)
    refuse_outputs(output_paths(folder), sources, overwrite=overwrite)
    summary = Summary()
    with ExitStack() as stack:
        sinks = {
            topic: stack.enter_context(RecordFile(path))
            for topic, path in zip(OUTPUTS, output_paths(folder), strict=True)
        }
        run = _Run(
            analyzer, DirectPipeline(analyzer, window_days), pool, journal, sinks, summary, on_progress, on_rejected
        )
        for source in sources:
            tally = Tally(source)
            summary.files.append(tally)
            try:
                run.read(source, tally, partial(is_next_there, source))
            except PoisonError as error:
                summary.failed_sources.append(error)
            on_file(tally)
    summary.is_complete = True
    return summary


def output_paths(folder: Path) -> list[Path]:
    """The files of a run, in the order of ``OUTPUTS``."""
    return [folder / f"{topic.name}.jsonl" for topic in OUTPUTS]


def refuse_outputs(paths: Iterable[Path], sources: Iterable[Source], *, overwrite: bool) -> None:
    """Raise OutputExistsError for a path that is also a source or has one beside it, or that is there and must not be
    overwritten.
    """
    inputs = {os.path.realpath(source.path) for source in sources if source.path is not None}
    for path in paths:
        folder = os.path.realpath(path.parent)
        if os.path.realpath(path) in inputs:
            raise OutputExistsError(f"{path}: is an input and would be written; choose another folder.")
        if inside := next((each for each in inputs if each.startswith(folder + os.sep)), None):
            raise OutputExistsError(f"{inside}: is an input and lies in the output folder; choose another folder.")
        if path.exists() and not overwrite:
            raise OutputExistsError(f"{path}: exists; choose another folder, or replace it with --force.")


@dataclass(slots=True)
class _Slice:
    """Items that are worked on together."""

    items: list[SourceItem]
    posts: list[RawPost]
    known: list[Packed] | None = None
    """Outcomes of an earlier run."""
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class _Run:
    """What a replay writes to, and who watches it."""

    analyzer: Analyzer
    pipeline: DirectPipeline
    pool: AnalysisPool | None
    journal: AnalysisJournal | None
    sinks: dict[Topic, RecordFile]
    summary: Summary
    on_progress: Callable[[Progress], None]
    on_rejected: Callable[[Rejected], None]

    def read(self, source: Source, tally: Tally, is_next_there: Callable[[], bool]) -> None:
        """Write the records of one source; raises its PoisonError after the records of what came before."""
        for items, outcomes in self._settled(slices(source.read(), is_next_there), is_next_there):
            found = iter(outcomes)
            for item in items:
                self._count(item, tally)
                if isinstance(item.entry, RawPost):
                    self._write(next(found))
            self.on_progress(Progress(source, source.bytes_read, self.summary))

    def _settled(
        self, some: Iterator[list[SourceItem]], is_next_there: Callable[[], bool]
    ) -> Iterator[tuple[list[SourceItem], list[DirectResult]]]:
        slices_: Iterator[_Slice] = (_Slice(items, _posts(items)) for items in some)
        if self.journal is not None:
            slices_ = self._noted(slices_, self.journal)
        for slice_, outcomes in self._analyzed(slices_, is_next_there):
            yield slice_.items, self.pipeline.settle_all(slice_.posts, outcomes)

    def _noted(self, some: Iterator["_Slice"], journal: AnalysisJournal) -> Iterator["_Slice"]:
        for slice_ in some:
            slice_.known = journal.known(slice_.posts)
            slice_.digest = journal.digest
            yield slice_

    def _analyzed(
        self, some: Iterator["_Slice"], is_next_there: Callable[[], bool]
    ) -> Iterator[tuple["_Slice", Sequence[Outcome]]]:
        """Outcomes from the journal as long as it has some, then from the analyzer or the pool."""
        for slice_ in some:
            if slice_.known is None:
                yield from self._new(chain([slice_], some), is_next_there)
            else:
                yield slice_, unpack_all(slice_.known)

    def _new(
        self, some: Iterator["_Slice"], is_next_there: Callable[[], bool]
    ) -> Iterator[tuple["_Slice", Sequence[Outcome]]]:
        if self.pool is None:
            for slice_ in some:
                outcomes = self.analyzer.analyze_all(slice_.posts)
                if self.journal is not None:
                    self.journal.note(pack_all(outcomes), slice_.digest)
                yield slice_, outcomes
            return
        for slice_, packed in self.pool.outcomes(((each, each.posts) for each in some), is_next_there):
            if self.journal is not None:
                self.journal.note(packed, slice_.digest)
            yield slice_, unpack_all(packed)

    def _write(self, outcome: DirectResult) -> None:
        for output in direct_outputs(outcome):
            if output.record is not None:  # the deletion of a post is among the posts, and ends its link there
                self.sinks[output.topic].write(output.record)

    def _count(self, item: SourceItem, tally: Tally) -> None:
        self.summary.read += 1
        tally.add(item)
        if isinstance(item.entry, NoPost):
            self.summary.no_posts[item.entry.kind] += 1
        elif isinstance(item.entry, Rejected):
            self.summary.rejected += 1
            self.on_rejected(item.entry)
        else:
            self.summary.published += 1


def _posts(items: list[SourceItem]) -> list[RawPost]:
    return [item.entry for item in items if isinstance(item.entry, RawPost)]
