"""``tgwire parse``: posts in, records out, without Kafka."""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.progress import Progress, TaskID

from ingest.sources.base import Item, Rejected, Source
from ingest.sources.discovery import open_sources
from ingest.sources.jsonl import JsonLinesSource
from processors.core.outcomes import DedupOutcome, Deleted
from processors.direct import DirectPipeline
from processors.resources import load_analyzer, load_quote_splitter
from schemas import Channel, Lane, NormalizedPost, RawPost, RejectReason, Tombstone, synthetic_id
from schemas import Source as PostSource
from schemas.config import QuoteSettings, Settings
from tgwire.cli.console import complain, progress, remark, write_json
from tgwire.cli.context import Context
from tgwire.cli.exits import Exit
from tgwire.cli.explain import show_reasons
from tgwire.cli.views import show_posts, show_quotes

STDIN, DASH = "stdin", "-"

Result = NormalizedPost | Tombstone | Rejected


def parse(
    ctx: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files or folders (*.txt, *.jsonl); - is stdin.", show_default="stdin", allow_dash=True),
    ] = None,
    text: Annotated[str | None, typer.Option("--text", "-t", help="A post's text, given here.")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read JSON lines from stdin; write one record for each, in order.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write JSON lines to a terminal too; a pipe always gets them.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why a media-quote list was or was not found, instead of the records.")
    ] = False,
) -> None:
    """Run posts through the whole core: structure, language, quotes, and duplicates among the posts given.

    One record comes out for each post in, in order; a line that holds no post gives a record of type "rejected",
    is named on stderr, and makes the exit code 1. Without a path, or with -, the text of one post is read from stdin;
    with --jsonl JSON lines.

    Examples: tgwire parse seeds/; tgwire parse --jsonl < posts.jsonl > records.jsonl; tgwire parse post.txt --explain
    """
    if list(map(str, paths or ())) == [DASH]:
        paths = None
    if (text is not None) + bool(paths) + jsonl > 1:
        raise typer.BadParameter("give paths, --text or --jsonl, not two of them")
    context: Context = ctx.obj
    results = _told(_records(_inputs(paths, text, jsonl=jsonl), context.settings))
    if explain:
        rejected = _explain(results, context.settings.quotes)
    elif sys.stdout.isatty() and not as_json and not jsonl:
        rejected = _show(results)
    else:
        rejected = _write(results)
    if rejected:
        raise typer.Exit(Exit.INCOMPLETE)


def _told(results: Iterator[Result]) -> Iterator[Result]:
    for result in results:
        if isinstance(result, Rejected):
            complain(result)
        yield result


def _write(results: Iterator[Result]) -> int:
    rejected = 0
    for result in results:
        if isinstance(result, Rejected):
            rejected += 1
            write_json(_rejection(result))
        else:
            write_json(result)
    return rejected


def _show(results: Iterator[Result]) -> int:
    everything = list(results)
    posts = [result for result in everything if isinstance(result, NormalizedPost)]
    show_posts(posts)
    show_quotes(posts)
    return sum(isinstance(result, Rejected) for result in everything)


def _explain(results: Iterator[Result], settings: QuoteSettings) -> int:
    splitter = load_quote_splitter(settings)
    rejected = 0
    for result in results:
        rejected += isinstance(result, Rejected)
        if isinstance(result, NormalizedPost):
            show_reasons(result, splitter.explain(result.text, result.entities))
    return rejected


def _inputs(paths: list[Path] | None, text: str | None, *, jsonl: bool) -> Iterator[RawPost | Rejected]:
    if text is not None:
        yield _post(text)
    elif jsonl:
        yield from _read([JsonLinesSource(sys.stdin.buffer, STDIN, Lane.BACKFILL)])
    elif paths:
        for is_stdin, group in groupby(paths, lambda path: str(path) == DASH):
            if is_stdin:
                yield _from_stdin()
            else:
                yield from _read([source for path in group for source in _sources(path)])
    else:
        yield _from_stdin()


def _sources(path: Path) -> list[Source]:
    return open_sources(path, Lane.BACKFILL, sys.stdin.buffer)


def _from_stdin() -> RawPost | Rejected:
    data = sys.stdin.buffer.read()
    if _looks_like_json(data):
        remark("stdin is taken for the text of one post, but looks like JSON lines: --jsonl reads those")
    return _decode(data)


def _looks_like_json(data: bytes) -> bool:
    try:
        return isinstance(orjson.loads(data.partition(b"\n")[0]), dict)
    except orjson.JSONDecodeError:
        return False


def _decode(data: bytes) -> RawPost | Rejected:
    try:
        return _post(data.decode())
    except UnicodeDecodeError as error:
        reason = RejectReason.INVALID_FIELD
        return Rejected(STDIN, reason, "invalid UTF-8", offset=error.start, field="text")


def _post(text: str) -> RawPost:
    return RawPost(
        channel=Channel(id=synthetic_id(STDIN), title=STDIN),
        message_id=synthetic_id(f"{STDIN}/{text}"),
        text=text,
        source=PostSource(kind="text", name=STDIN),
    )


def _read(sources: list[Source]) -> Iterator[RawPost | Rejected]:
    totals = [source.total_bytes for source in sources]
    with progress() as bar:
        task = bar.add_task("parse", total=None if None in totals else sum(filter(None, totals)), note="")
        done = 0
        for source, size in zip(sources, totals, strict=True):
            for item in source.read():
                yield item.entry
                _advance(bar, task, done, item)
            done += size or 0


def _advance(bar: Progress, task: TaskID, done: int, item: Item) -> None:
    if item.position is not None:
        bar.update(task, completed=done + item.position.offset)


def _records(entries: Iterator[RawPost | Rejected], settings: Settings) -> Iterator[Result]:
    pipeline = DirectPipeline(load_analyzer(settings.language, settings.quotes))
    for entry in entries:
        yield entry if isinstance(entry, Rejected) else _record(pipeline.process(entry))


def _record(outcome: DedupOutcome) -> Result:
    return outcome.tombstone if isinstance(outcome, Deleted) else outcome.post


def _rejection(rejected: Rejected) -> dict[str, object]:
    return {
        "type": "rejected",
        "source": rejected.source,
        "line": rejected.line,
        "offset": rejected.offset,
        "field": rejected.field,
        "reason": rejected.reason,
        "message": rejected.message,
    }


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(parse)
