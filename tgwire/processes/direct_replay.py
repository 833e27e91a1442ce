"""A replay without Kafka: the whole core in one process, records to JSON-lines files."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from ingest.replay.engine import Progress, Summary
from ingest.sources.base import Item, Rejected, Source
from processors.core.dedup import WINDOW_DAYS
from processors.core.pipeline import Analyzer
from processors.core.routing import direct_outputs
from processors.in_process import DirectPipeline
from runtime.errors import PoisonError
from schemas import RawPost
from schemas.topics import TOPICS, Topic
from sinks.jsonl import JsonLinesSink
from tgwire.errors import OutputExistsError
from tgwire.processes.slices import slices

OUTPUTS = tuple(topic for topic in TOPICS if topic.name in {"posts.normalized", "quotes", "posts.duplicates"})


def replay_direct(
    sources: Iterable[Source],
    analyzer: Analyzer,
    folder: Path,
    *,
    window_days: int = WINDOW_DAYS,
    overwrite: bool = False,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_rejected: Callable[[Rejected], None] = lambda _: None,
    is_next_there: Callable[[Source], bool] = lambda _: True,
) -> Summary:
    """Write ``<topic>.jsonl`` for each output topic, as a worker would have sent it.

    Duplicates are found among the posts of this run, within ``window_days``. Posts go through the core in slices; one
    is handed on early when the next post of its source must be waited for (``is_next_there``). The files appear when
    all sources are read; a run that breaks off leaves none. Raises OutputExistsError for a file that is there already,
    unless ``overwrite``, and always for one that is an input; OSError names a file that cannot be written.
    """
    sources = tuple(sources)
    paths = {topic: folder / f"{topic.name}.jsonl" for topic in OUTPUTS}
    refuse_outputs(paths.values(), sources, overwrite=overwrite)
    summary = Summary()
    pipeline = DirectPipeline(analyzer, window_days)
    with ExitStack() as stack:
        sinks = {topic: stack.enter_context(JsonLinesSink(path)) for topic, path in paths.items()}
        for source in sources:
            try:
                for items in slices(source.read(), partial(is_next_there, source)):
                    for item, rejected in zip(items, _settle(items, pipeline, sinks), strict=True):
                        summary.read += 1
                        if rejected is None:
                            summary.published += 1
                        else:
                            summary.rejected += 1
                            on_rejected(rejected)
                        if item.position is not None:
                            on_progress(Progress(source, item.position.offset, summary))
            except PoisonError as error:
                summary.failed_sources.append(error)
    summary.is_complete = True
    return summary


def refuse_outputs(paths: Iterable[Path], sources: Iterable[Source], *, overwrite: bool) -> None:
    """Raise OutputExistsError for a path that is also a source, or that is there and must not be overwritten."""
    inputs = {os.path.realpath(source.path) for source in sources if source.path is not None}
    for path in paths:
        if os.path.realpath(path) in inputs:
            raise OutputExistsError(f"{path}: is an input and would be written; choose another folder.")
        if path.exists() and not overwrite:
            raise OutputExistsError(f"{path}: exists; choose another folder, or replace it with --overwrite.")


def _settle(
    items: Sequence[Item], pipeline: DirectPipeline, sinks: dict[Topic, JsonLinesSink]
) -> Iterator[Rejected | None]:
    """Write the records of each item; None, or why it has none."""
    posts = [item.entry for item in items if isinstance(item.entry, RawPost)]
    outcomes = iter(pipeline.process_all(posts))
    for item in items:
        if isinstance(item.entry, Rejected):
            yield item.entry
            continue
        for output in direct_outputs(next(outcomes)):
            if output.record is not None:  # the deletion of a post is among the posts, and ends its link there
                sinks[output.topic].write(output.record)
        yield None
