"""A replay without Kafka: the whole core in one process, records to JSON-lines files."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

from ingest.errors import PoisonError
from ingest.replay import Progress, Summary
from ingest.sources.base import Rejected, Source
from processors.core.dedup import WINDOW_DAYS
from processors.core.outcomes import Reject
from processors.core.pipeline import Analyzer
from processors.core.routing import dedup_outputs
from processors.direct import DirectPipeline
from schemas import RawPost
from schemas.topics import TOPICS, Topic
from sinks.jsonl import JsonLinesSink

OUTPUTS = tuple(topic for topic in TOPICS if topic.name in {"posts.normalized", "quotes", "posts.duplicates"})


def replay_direct(
    sources: Iterable[Source],
    analyzer: Analyzer,
    folder: Path,
    *,
    window_days: int = WINDOW_DAYS,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_rejected: Callable[[Rejected], None] = lambda _: None,
) -> Summary:
    """Write ``<topic>.jsonl`` for each output topic, as a worker would have sent it; files are written anew.

    Duplicates are found among the posts of this run, within ``window_days``. OSError names a file that
    cannot be written.
    """
    summary = Summary()
    pipeline = DirectPipeline(analyzer, window_days)
    with ExitStack() as stack:
        sinks = {topic: stack.enter_context(JsonLinesSink(folder / f"{topic.name}.jsonl")) for topic in OUTPUTS}
        for source in sources:
            try:
                for item in source.read():
                    summary.read += 1
                    rejected = _settle(item.entry, pipeline, sinks)
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


def _settle(entry: RawPost | Rejected, pipeline: DirectPipeline, sinks: dict[Topic, JsonLinesSink]) -> Rejected | None:
    if isinstance(entry, Rejected):
        return entry
    outcome = pipeline.process(entry)
    if isinstance(outcome, Reject):
        return reject(entry, outcome)
    for output in dedup_outputs(outcome):
        if output.topic in sinks:
            sinks[output.topic].write(output.record)
    return None


def reject(post: RawPost, outcome: Reject) -> Rejected:
    """A post that the core refused, as a rejection of its source."""
    name = post.source.name or post.source.kind
    return Rejected(name, outcome.reason, outcome.message, line=post.source.position, field=outcome.field)
