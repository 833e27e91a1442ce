"""A replay that publishes nothing: what is in the archives, and what would be rejected."""

from collections.abc import Callable, Iterable

from ingest.replay.engine import MAX_REJECTIONS_KEPT, ReplayProgress, Summary
from ingest.sources.base import NoPost, Rejected, Source, SourceItem
from ingest.sources.tally import Tally
from runtime.errors import PoisonError


def dry_run(
    sources: Iterable[Source],
    *,
    is_stopped: Callable[[], bool] = lambda: False,
    on_item: Callable[[Source, SourceItem], None] = lambda _, __: None,
    on_progress: Callable[[ReplayProgress], None] = lambda _: None,
    on_rejected: Callable[[Rejected], None] = lambda _: None,
    on_file: Callable[[Tally], None] = lambda _: None,
) -> Summary:
    """Read every source from its start; ``published`` counts the posts that could be."""
    summary = Summary()
    for source in sources:
        tally = Tally(source)
        summary.files.append(tally)
        try:
            for item in source.read():
                _count(item, summary, tally, on_rejected)
                on_item(source, item)
                on_progress(ReplayProgress(source, source.bytes_read, summary))
                if is_stopped():
                    return summary
        except PoisonError as error:
            summary.failed_sources.append(error)
        on_file(tally)
    summary.is_complete = True
    return summary


def _count(item: SourceItem, summary: Summary, tally: Tally, on_rejected: Callable[[Rejected], None]) -> None:
    summary.read += 1
    tally.add(item)
    if isinstance(item.entry, Rejected):
        summary.rejected += 1
        if len(summary.rejections) < MAX_REJECTIONS_KEPT:
            summary.rejections.append(item.entry)
        on_rejected(item.entry)
    elif isinstance(item.entry, NoPost):
        summary.no_posts[item.entry.kind] += 1
    else:
        summary.published += 1
