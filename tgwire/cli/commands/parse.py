"""``tgwire parse``: posts in, records out, without Kafka."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import Annotated, BinaryIO, NamedTuple

import orjson
import typer

from ingest.sources.base import MAX_INPUT_BYTES, NoPost, Rejected, Source, SourceItem
from ingest.sources.detect import holds_archive
from ingest.sources.format import Format
from ingest.sources.json_lines.format import json_lines_source
from ingest.sources.options import ReadOptions
from ingest.sources.seed_text.reader import is_blank
from ingest.sources.streams import read_some
from processors.core.citations import load_finder
from processors.in_process import DirectPipeline
from processors.loading import load_analyzer, load_quote_splitter
from runtime.errors import PoisonError
from runtime.settings.analysis import QuoteSettings
from runtime.settings.tree import Settings
from schemas import Channel, Lane, NormalizedPost, PostSource, RawPost, RejectReason, Tombstone, synthetic_id
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.inputs import Inputs, open_inputs
from tgwire.cli.options import archives as given
from tgwire.cli.output.complaints import MAX_NAMED, Complaints, MaxErrors
from tgwire.cli.output.console import complain, out, progress, remark, write_json
from tgwire.cli.output.explain import show_reasons
from tgwire.cli.output.record_tables import MAX_ROWS, show_citations, show_posts, show_quotes
from tgwire.cli.output.rejected_file import as_fields
from tgwire.cli.piped_lines import PipedStdin, lines_of_stdin
from tgwire.processes.post_slices import always, slices

STDIN, DASH = "stdin", "-"

ParsedItem = NormalizedPost | Tombstone | RawPost | Rejected


def parse(
    ctx: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Archives, files of posts and folders of them; - is stdin.", show_default="stdin", allow_dash=True
        ),
    ] = None,
    text: Annotated[str | None, typer.Option("--text", "-t", help="Text of one post.")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read JSON lines from stdin; write one record for each, in order.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write JSON lines to a terminal too; a pipe always gets them.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Write the posts as they were read (raw_post), without analysis.")
    ] = False,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Show why quote lists and citations were found or not, instead of the records."),
    ] = False,
    rows: Annotated[
        int, typer.Option(min=0, help="Maximum number of rows of a table, and of reasons of a post; 0 shows all.")
    ] = MAX_ROWS,
    format_name: given.FormatName = None,
    channel: given.ChannelOption = None,
    timezone: given.Timezone = None,
    chats: given.ChatsOption = "channels",
    columns: given.Columns = None,
    markup: given.Markup = None,
    join_albums: given.JoinAlbums = False,
    original: given.Original = False,
    max_errors: MaxErrors = MAX_NAMED,
) -> None:
    """Run posts through the whole core: structure, language, quotes, and duplicates among the posts given.

    Writes one record for each post, in order. A line without a valid post gives a record of type "rejected" and is
    named on stderr, as is a skipped file of a folder; the exit code is then 1.

    Paths are read as by replay, archives of every format included, and so is stdin (-, or no path); any other text
    there is one post. With --jsonl stdin is JSON lines, whatever it looks like.

    Examples: tgwire parse seeds/; tgwire parse export.zip --raw > posts.jsonl;
    tgwire parse --jsonl < posts.jsonl > records.jsonl; tgwire parse post.txt --explain
    """
    if list(map(str, paths or ())) == [DASH]:
        paths = None
    options = given.ArchiveOptions(
        format_name, channel, timezone, chats, tuple(columns or ()), markup, join_albums, original
    )
    format_ = options.given_format()
    if (text is not None) + bool(paths) + jsonl > 1:
        raise typer.BadParameter("give paths, --text or --jsonl, not two of them")
    context: Context = ctx.obj
    tally = _Tally()
    with Complaints(max_errors) as complaints:
        opening = Opening(options.read_options(Lane.BACKFILL, context.settings), format_)
        stdin = lines_of_stdin()
        given_paths = [] if jsonl or text is not None else paths or [Path(DASH)]
        groups = _groups(given_paths, complaints, opening, stdin)
        left_out = sum(group.left_out for group in groups if group is not None)
        failed: list[PoisonError] = []
        entries = slices(
            _inputs(groups, text, stdin.stream, failed), always if paths or text is not None else stdin.has_line
        )
        results = tally.counted(entries if raw else _records(entries, context.settings), complaints)
        if explain:
            _explain(chain.from_iterable(results), context.settings.quotes, rows)
        elif out.is_terminal and not as_json and not jsonl and not raw:
            _show(chain.from_iterable(results), rows)
        else:
            _write(results)
        if failed and not tally.results:
            raise failed[0]
        for error in failed:
            complaints.add(error, "source that broke off", "sources that broke off")
    if not tally.results:
        complain("no post was found")
    if tally.rejected or left_out or failed or not tally.results:
        raise typer.Exit(Exit.INCOMPLETE)


@dataclass
class _Tally:
    """Counts results, and names on stderr what was rejected."""

    results: int = 0
    rejected: int = 0

    def counted(
        self, results: Iterator[Sequence[ParsedItem]], complaints: Complaints
    ) -> Iterator[Sequence[ParsedItem]]:
        for some in results:
            for result in some:
                self.results += 1
                if isinstance(result, Rejected):
                    self.rejected += 1
                    complaints.rejected(result)
            yield some


def _write(results: Iterator[Sequence[ParsedItem]]) -> None:
    for some in results:
        for result in some:
            write_json(as_fields(result) if isinstance(result, Rejected) else result)
        sys.stdout.flush()  # the next post may take its time


def _show(results: Iterator[ParsedItem], most: int) -> None:
    shown: list[NormalizedPost] = []

    def posts() -> Iterator[NormalizedPost]:
        for result in results:
            if isinstance(result, NormalizedPost):
                if not most or len(shown) < most:
                    shown.append(result)
                yield result

    show_posts(posts(), most)
    show_quotes(shown, most)
    show_citations(shown, most)


def _explain(results: Iterator[ParsedItem], settings: QuoteSettings, most: int) -> None:
    splitter = load_quote_splitter(settings)
    citations = load_finder(splitter.registry)
    for result in results:
        if isinstance(result, NormalizedPost):
            reasons = splitter.explain(result.text, result.entities)
            (named,) = splitter.name_all([result.text])
            of_names = citations.explain(named, result.entities, result.channel, result.quote_lists)
            show_reasons(result, (*reasons, *of_names), most)


def _inputs(
    groups: list[Inputs | None], text: str | None, stdin: BinaryIO, failed: list[PoisonError]
) -> Iterator[RawPost | Rejected]:
    """What was given: ``text``, groups of paths, or JSON lines on stdin."""
    if text is not None:
        # Where the locale is not UTF-8, Python passes on the bytes of an argument as surrogates.
        yield _decode(os.fsencode(text), "--text")
    elif not groups:
        yield from _read([json_lines_source(stdin, STDIN, Lane.BACKFILL)], failed)
    else:
        for group in groups:
            yield from (_from_stdin(stdin),) if group is None else _read(group.sources, failed)


class Opening(NamedTuple):
    """The options and the format by which archives are opened."""

    options: ReadOptions
    format: Format | None
    """None: each is recognised by its content."""


def _groups(paths: list[Path], complaints: Complaints, opening: Opening, stdin: PipedStdin) -> list[Inputs | None]:
    """The paths in their order, opened; None for stdin as the text of one post."""

    def is_text(path: Path) -> bool:
        return str(path) == DASH and opening.format is None and not holds_archive(stdin.stream)

    return [
        None if is_post else open_inputs(group, opening.options, complaints, opening.format, stdin)
        for is_post, group in groupby(paths, is_text)
    ]


def _from_stdin(stdin: BinaryIO) -> RawPost | Rejected:
    read = read_some(stdin)
    data = bytearray()
    while len(data) <= MAX_INPUT_BYTES and (some := read(MAX_INPUT_BYTES)):
        data += some
    if len(data) > MAX_INPUT_BYTES:
        return Rejected(STDIN, RejectReason.TOO_LARGE, f"the text is longer than {MAX_INPUT_BYTES} bytes")
    if _looks_like_json(data):
        remark("stdin is taken for the text of one post, but looks like JSON lines: --jsonl reads those")
    return _decode(bytes(data))


def _looks_like_json(data: bytes | bytearray) -> bool:
    try:
        return isinstance(orjson.loads(data.partition(b"\n")[0]), dict)
    except orjson.JSONDecodeError:
        return False


def _decode(data: bytes, name: str = STDIN) -> RawPost | Rejected:
    try:
        text = data.decode("utf-8-sig")
        return _no_text(name) if is_blank(text) else _post(text)
    except UnicodeDecodeError as error:
        reason = RejectReason.INVALID_FIELD
        offset = error.start + len(data) - len(error.object)  # without the byte-order mark
        return Rejected(name, reason, "invalid UTF-8", offset=offset, field="text")


def _no_text(name: str) -> Rejected:
    return Rejected(name, RejectReason.INVALID_FIELD, "holds no text", field="text")


def _post(text: str) -> RawPost:
    return RawPost(
        channel=Channel(id=synthetic_id(STDIN), title=STDIN),
        message_id=synthetic_id(f"{STDIN}/{text}"),
        text=text,
        source=PostSource(kind="text", name=STDIN),
    )


def _unbroken(source: Source, failed: list[PoisonError]) -> Iterator[SourceItem]:
    """The items of a source; what breaks it off is noted, and the others are read all the same."""
    try:
        yield from source.read()
    except PoisonError as error:
        failed.append(error)


def _read(sources: list[Source], failed: list[PoisonError]) -> Iterator[RawPost | Rejected]:
    totals = [source.total_bytes for source in sources]
    with progress(is_hidden=out.is_terminal, is_in_bytes=True) as bar:
        task = bar.add_task("parse", total=None if None in totals else sum(filter(None, totals)), note="")
        done, warned = 0, set[str]()
        for source, size in zip(sources, totals, strict=True):
            for item in _unbroken(source, failed):
                if not isinstance(item.entry, NoPost):
                    yield item.entry
                bar.update(task, completed=done + source.bytes_read)
            done += size or 0
            for warning in source.warnings:
                if warning not in warned:  # texts of one folder share theirs
                    warned.add(warning)
                    remark(warning)


def _records(slices_: Iterator[list[RawPost | Rejected]], settings: Settings) -> Iterator[Sequence[ParsedItem]]:
    pipeline = DirectPipeline(load_analyzer(settings.language, settings.quotes))
    for entries in slices_:
        outcomes = iter(pipeline.process_all([entry for entry in entries if isinstance(entry, RawPost)]))
        yield [entry if isinstance(entry, Rejected) else next(outcomes).record for entry in entries]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(parse)
