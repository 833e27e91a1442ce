"""A replay without Kafka: the whole core in one process, records to JSON-lines files."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

from ingest.replay.engine import ReplayProgress, Summary
from ingest.sources.base import NoPost, Rejected, Source, SourceItem
from ingest.sources.tally import Tally
from processors.core.decision import with_rank
from processors.core.dedup import WINDOW_DAYS
from processors.core.pipeline import Analyzer
from processors.in_process import DirectStates, StateChange
from runtime.errors import PoisonError
from schemas import RawPost, Tombstone
from schemas.normalized import with_duplicate
from schemas.topics import CITATIONS, DUPLICATES, NORMALIZED, QUOTES, TOPICS, Topic
from sinks.record_file import RecordFile
from tgwire.errors import OutputExistsError
from tgwire.processes.analysis_journal import AnalysisJournal
from tgwire.processes.analysis_pool import AnalysisPool
from tgwire.processes.packed_analysis import Packed, analyzed, decode, encode
from tgwire.processes.post_slices import slices

ANALYZED_TOGETHER = 250
"""Posts of a slice. A hundred take 3 % longer; with more, fewer jobs share a small archive."""
SETTLED_TOGETHER = 4
"""Slices of which duplicates are looked for together: as many posts as a worker with a backlog takes at once."""
OUTPUTS = tuple(topic for topic in TOPICS if topic in (NORMALIZED, QUOTES, CITATIONS, DUPLICATES))


def replay_direct(
    sources: Iterable[Source],
    analyzer: Analyzer,
    folder: Path,
    *,
    pool: AnalysisPool | None = None,
    window_days: int = WINDOW_DAYS,
    overwrite: bool = False,
    journal: AnalysisJournal | None = None,
    on_progress: Callable[[ReplayProgress], None] = lambda _: None,
    on_rejected: Callable[[Rejected], None] = lambda _: None,
    on_file: Callable[[Tally], None] = lambda _: None,
    is_next_there: Callable[[Source], bool] = lambda _: True,
) -> Summary:
    """Write ``<topic>.jsonl`` for each output topic, as a worker would have sent it.

    Duplicates are found among the posts of this run, within ``window_days``. Posts go through the core in slices; one
    is passed on early when the next post of its source must be waited for (``is_next_there``). What a ``journal`` holds
    is not analyzed again. Whether it has a journal or a pool, a run writes the same files, byte for byte. They
    appear when all sources are read; a run that breaks off leaves none. Raises OutputExistsError for a file that is
    there already, unless ``overwrite``, and always for an input in the folder; OSError names a file that cannot be
    written.
    """
    sources = tuple(sources)
    refuse_outputs(output_paths(folder), sources, overwrite=overwrite)
    summary = Summary()
    with ExitStack() as stack:
        files = {
            topic: stack.enter_context(RecordFile(path))
            for topic, path in zip(OUTPUTS, output_paths(folder), strict=True)
        }
        run = _Run(
            analyzer,
            pool or AnalysisPool(),
            DirectStates(window_days),
            journal,
            files,
            summary,
            on_progress,
            on_rejected,
        )
        for source in sources:
            tally = Tally(source)
            summary.files.append(tally)
            try:
                run.read(source, tally, partial(is_next_there, source))
            except PoisonError as error:
                summary.failed_sources.append(error)
            on_file(tally)
        run.settle()
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


@dataclass(frozen=True, slots=True)
class _Slice:
    """Items that are worked on together."""

    items: list[SourceItem]
    posts: list[RawPost]
    contents: list[bytes]
    """The posts as JSON, if a journal or other processes read them."""
    known: list[Packed] | None = None
    """Outcomes of an earlier run."""
    digest: bytes = b""
    """The journal's, up to here."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What a replay writes to, and who watches it."""

    analyzer: Analyzer
    pool: AnalysisPool
    states: DirectStates
    journal: AnalysisJournal | None
    files: Mapping[Topic, RecordFile]
    summary: Summary
    on_progress: Callable[[ReplayProgress], None]
    on_rejected: Callable[[Rejected], None]
    unsettled: list[list[Packed]] = field(default_factory=list)
    """What slices of posts were analyzed to, the duplicates of which are not looked for yet."""

    def read(self, source: Source, tally: Tally, is_next_there: Callable[[], bool]) -> None:
        """Take the posts of one source; raises its PoisonError after those before it. ``settle`` ends the last ones."""
        for items, outcomes in self._analyzed(slices(source.read(), is_next_there, ANALYZED_TOGETHER), is_next_there):
            for item in items:
                self._count(item, tally)
            self.unsettled.append(outcomes)
            if len(self.unsettled) == SETTLED_TOGETHER or not is_next_there():
                self.settle()
            self.on_progress(ReplayProgress(source, source.bytes_read, self.summary))

    def settle(self) -> None:
        """Write the records of what was analyzed."""
        changes = self.states.settle([[packed.arrival for packed in slice_] for slice_ in self.unsettled])
        for packed, change in zip(chain.from_iterable(self.unsettled), chain.from_iterable(changes), strict=True):
            self._write(packed, change)
        self.unsettled.clear()

    def _analyzed(
        self, some: Iterator[list[SourceItem]], is_next_there: Callable[[], bool]
    ) -> Iterator[tuple[list[SourceItem], list[Packed]]]:
        """Outcomes from the journal as long as it has some, then from the analyzer or the pool."""
        slices_ = map(self._slice, some)
        for slice_ in slices_:
            if slice_.known is None:
                yield from self._new(chain([slice_], slices_), is_next_there)
            else:
                yield slice_.items, slice_.known

    def _slice(self, items: list[SourceItem]) -> _Slice:
        posts = [item.entry for item in items if isinstance(item.entry, RawPost)]
        is_read = self.journal is not None or bool(self.pool.others)
        contents = [post.to_json() for post in posts] if is_read else []
        if self.journal is None:
            return _Slice(items, posts, contents)
        known = self.journal.known(contents)
        return _Slice(items, posts, contents, known, self.journal.digest)

    def _new(
        self, some: Iterator[_Slice], is_next_there: Callable[[], bool]
    ) -> Iterator[tuple[list[SourceItem], list[Packed]]]:
        given = ((slice_, slice_.posts, slice_.contents) for slice_ in some)
        for slice_, outcomes in self.pool.outcomes(given, partial(analyzed, self.analyzer), is_next_there):
            if self.journal is not None:
                self.journal.note(outcomes if isinstance(outcomes, bytes) else encode(outcomes), slice_.digest)
            yield slice_.items, decode(outcomes) if isinstance(outcomes, bytes) else outcomes

    def _write(self, packed: Packed, change: StateChange) -> None:
        if change.decision.is_emitted:
            self.files[NORMALIZED].write_lines(_record(packed, change) + b"\n")
            self.files[QUOTES].write_lines(packed.quotes)
            self.files[CITATIONS].write_lines(packed.citations)
        for verdict in change.verdicts:
            if verdict.record is not None:  # the deletion of a post is among the posts, and ends its link there
                self.files[DUPLICATES].write(verdict.record)

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


def _record(packed: Packed, change: StateChange) -> bytes:
    if packed.arrival.entry.is_deleted:
        return with_rank(Tombstone.model_validate_json(packed.record), change.decision.state.rank).to_json()
    return packed.record if change.duplicate is None else with_duplicate(packed.record, change.duplicate)
