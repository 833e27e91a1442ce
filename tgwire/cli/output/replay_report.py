"""What a replay shows while it runs, and at its end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.replay.engine import ReplayProgress, Summary
from ingest.sources.base import Source
from ingest.sources.known_formats import format_by_name
from ingest.sources.selection import SelectedSource
from ingest.sources.tally import Tally
from schemas.plurals import counted
from tgwire.cli.output.console import err, progress, remark, write_json
from tgwire.cli.output.no_posts import in_words
from tgwire.cli.output.pace import Pace
from tgwire.cli.output.rejected_file import RejectedFile
from tgwire.cli.output.set_aside import complain_of_set_aside

MAX_FILES = 200
"""Files that are reported one by one on stderr."""


@contextmanager
def progress_bar(sources: list[Source], label: str = "replay") -> Iterator[Callable[[ReplayProgress], None]]:
    """Show the bytes read of all sources, the pace of the last seconds, and the time that is left at that pace."""
    sizes = [source.total_bytes for source in sources]
    starts = {id(source): sum(size or 0 for size in sizes[:number]) for number, source in enumerate(sources)}
    with progress(is_in_bytes=True) as bar:
        task = bar.add_task(label, total=None if None in sizes else sum(size or 0 for size in sizes), note="")

        pace = Pace()

        def show(state: ReplayProgress) -> None:
            done = state.summary
            rejected = f", {done.rejected:,} rejected" if done.rejected else ""
            note = f"{counted(done.read, 'post')}, {pace.per_s(done.read):,.0f}/s{rejected}"
            bar.update(task, completed=starts[id(state.source)] + state.offset, note=note)

        yield show


class FileRemarks:
    """Reports for each file which format it was read as and what it held; for very many files only the first."""

    def __init__(self, most: int = MAX_FILES) -> None:
        self._left = most
        self._warned: set[str] = set()

    def __call__(self, tally: Tally) -> None:
        """Print the report on a file."""
        for warning in tally.source.warnings:
            if warning not in self._warned:  # texts of one folder share theirs
                self._warned.add(warning)
                remark(warning)
        if self._left > 0:
            self._left -= 1
            remark(described(tally))
        elif self._left == 0:
            self._left -= 1
            remark("further files are not named; the summary counts them")


def described(tally: Tally) -> str:
    """``result.json: Telegram Desktop, channel Wire News (123), 12,345 posts, 1 rejected``."""
    source = tally.source
    if isinstance(source, SelectedSource) and source.is_passed_over:
        return f"{source.name}: not read: the limit is reached"
    format_ = format_by_name(source.kind)
    counts = [counted(tally.posts, "post")] if tally.posts or not tally.skipped else []
    counts += [f"{tally.rejected:,} rejected"] if tally.rejected else []
    counts += in_words(tally.no_posts)
    counts += [f"{tally.skipped:,} read before"] if tally.skipped else []
    parts = [format_.title if format_ else source.kind, *_channels(tally), *counts]
    return f"{source.name}: {', '.join(parts)}"


def _channels(tally: Tally) -> list[str]:
    if len(tally.channels) > 1:
        return [counted(len(tally.channels), "channel")]
    return [f"channel {name} ({number})" if name else f"channel {number}" for number, name in tally.channels.items()]


@dataclass(frozen=True, slots=True)
class StoreReport:
    """The part of a replay's report about the store that it fills."""

    store: str
    set_aside: int
    """Posts and records that could not be kept."""
    dead_letters: Path
    """Where they are listed."""
    passed_over: int
    """Records of erased posts, and of those older than what is kept."""


def report(
    summary: Summary,
    left_out: int,
    rejected: RejectedFile,
    *,
    as_json: bool,
    is_dry_run: bool = False,
    kept: StoreReport | None = None,
) -> None:
    """The summary by outcome, and as JSON by file, too; ``kept`` where the posts went to a store."""
    counts = {name: getattr(summary, name) for name in ("read", "published", "rejected", "skipped")}
    if as_json:
        write_json(
            {
                **counts,
                "no_posts": {kind.value: number for kind, number in summary.no_posts.items()},
                "left_out": left_out,
                "failed_sources": [str(error) for error in summary.failed_sources],
                "files": [_file(tally) for tally in summary.files],
                "report": str(rejected.path) if rejected.count and rejected.path else None,
                "is_complete": summary.is_complete,
                "is_dry_run": is_dry_run,
                **(_as_json(kept) if kept is not None else {}),
            }
        )
        return
    if is_dry_run:
        counts["would be published"] = counts.pop("published")
    others = "".join(f", {words}" for words in in_words(summary.no_posts))
    files = f"; {counted(left_out, 'file')} left out" if left_out else ""
    err.print(", ".join(f"{count:,} {name}" for name, count in counts.items()) + others + files)
    if rejected.count and rejected.path:
        remark(f"What was rejected is listed in {rejected.path}")
    if kept is not None:
        _report_store(kept)
    if not summary.is_complete:
        err.print("Stopped; the same command resumes here.", style="yellow")


def _report_store(kept: StoreReport) -> None:
    if kept.passed_over:
        remark(f"{counted(kept.passed_over, 'record')} skipped: erased, or older than what the store keeps")
    if kept.set_aside:
        complain_of_set_aside(kept.set_aside, kept.dead_letters)
    remark(f"Store: {kept.store}")


def _as_json(kept: StoreReport) -> dict[str, object]:
    letters = str(kept.dead_letters) if kept.set_aside else None
    return {"store": kept.store, "set_aside": kept.set_aside, "dead_letters": letters, "passed_over": kept.passed_over}


def _file(tally: Tally) -> dict[str, object]:
    return {
        "name": tally.source.name,
        "format": tally.source.kind,
        "channels": [{"id": number, "name": name or None} for number, name in list(tally.channels.items())[:20]],
        "posts": tally.posts,
        "rejected": tally.rejected,
        "skipped": tally.skipped,
        "no_posts": {kind.value: number for kind, number in tally.no_posts.items()},
        "warnings": tally.source.warnings,
    }
