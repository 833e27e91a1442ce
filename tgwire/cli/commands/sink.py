"""``tgwire sink``: records to a store, files, tables or a webhook."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from runtime.extras import Extra
from runtime.unfinished_work import refuse_unfinished
from schemas.plurals import counted
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.output.console import remark, write_json
from tgwire.extras import needs, require

if TYPE_CHECKING:
    from runtime.settings.sink import SinkName
    from sinks.contract import Sink

app = typer.Typer(
    help="Write records to a store, files, tables or a webhook; each run resumes where the last one ended.",
    no_args_is_help=True,
)

AcceptGap = Annotated[
    bool,
    typer.Option(
        "--accept-gap",
        help="Continue although the sink's offsets no longer fit the topics; the error says what is skipped. "
        "Give it once, not in a service.",
    ),
]
UntilEnd = Annotated[
    bool, typer.Option("--until-end", help="End when all records that the topics have at the start are written.")
]
SummaryAsJson = Annotated[bool, typer.Option("--json", help="Write a summary as JSON at the end.")]


class BatchSettings(Protocol):
    """What every table under [sink] has."""

    @property
    def batch_records(self) -> int:
        """Most records of a batch."""
        ...

    @property
    def batch_wait_s(self) -> float:
        """Longest wait to fill one."""
        ...


@app.command()
def store(
    ctx: typer.Context, accept_gap: AcceptGap = False, until_end: UntilEnd = False, as_json: SummaryAsJson = False
) -> None:
    """Write posts, duplicate links, counts and channel states to the store of store.url, exactly once.

    SQLite by default, in ingest.state_dir, with one writer; PostgreSQL needs the extra postgres and may have several.
    `tgwire search`, `tail`, `export` and `sql` read it, `tgwire store` maintains it.

    Examples: tgwire sink store; TGWIRE_STORE__URL=postgresql://tgwire@localhost/tgwire tgwire sink store
    """
    context: Context = ctx.obj
    settings, state_dir = context.settings.store, context.settings.ingest.state_dir
    refuse_unfinished(state_dir)
    address = settings.address(state_dir)

    def make() -> "Sink":
        from sinks.store.opening import open_database
        from sinks.store.sink import StoreSink

        return StoreSink(lambda: open_database(address), keeps_deleted=settings.keep_deleted)

    _run(context, "store", make, settings, accept_gap, until_end, as_json)


@app.command()
def jsonl(
    ctx: typer.Context, accept_gap: AcceptGap = False, until_end: UntilEnd = False, as_json: SummaryAsJson = False
) -> None:
    """Write records as JSON lines into sink.jsonl.folder, each exactly once.

    One file for each topic and day, and a further one at sink.jsonl.max_bytes. A withdrawn key is a line of the type
    withdrawn. All files but the newest of a topic may be moved or compressed.

    Examples: tgwire sink jsonl; TGWIRE_SINK__JSONL__FOLDER=/data tgwire sink jsonl --until-end --json
    """
    context: Context = ctx.obj
    settings = context.settings.sink.jsonl

    def make() -> "Sink":
        from sinks.jsonl import JsonlSink

        return JsonlSink(settings)

    _run(context, "jsonl", make, settings, accept_gap, until_end, as_json)


@app.command()
def parquet(
    ctx: typer.Context, accept_gap: AcceptGap = False, until_end: UntilEnd = False, as_json: SummaryAsJson = False
) -> None:
    """Write records as Parquet by day into sink.parquet.place, a folder or an S3-compatible bucket.

    Writes Delta tables of changes: posts, duplicates and counters, each with a second table for rows without a date,
    such as deletions. docs/sinks.md has the query for the latest state. Needs the extra parquet.

    Examples: tgwire sink parquet; TGWIRE_SINK__PARQUET__PLACE=s3://news/tgwire tgwire sink parquet
    """
    context: Context = ctx.obj
    settings = context.settings.sink.parquet
    require("parquet", "pyarrow")
    require("parquet", "deltalake")

    def make() -> "Sink":
        from sinks.parquet import ParquetSink

        return ParquetSink(settings)

    _run(context, "parquet", make, settings, accept_gap, until_end, as_json)


@app.command()
def webhook(
    ctx: typer.Context, accept_gap: AcceptGap = False, until_end: UntilEnd = False, as_json: SummaryAsJson = False
) -> None:
    """Send records to sink.webhook.url, each at least once, signed by the Standard Webhooks specification.

    A receiver that does not answer is retried without end; a record that it refuses, or on which it fails for
    sink.webhook.retry_s, becomes a dead letter. Only public addresses and those in sink.webhook.networks are allowed.
    By default the first start sends new records only (sink.webhook.begin).

    Examples: tgwire sink webhook; TGWIRE_SINK__WEBHOOK__URL=https://example.org/hook tgwire sink webhook
    """
    context: Context = ctx.obj
    settings = context.settings.sink.webhook

    def make() -> "Sink":
        from sinks.webhook import WebhookSink

        return WebhookSink(settings, context.settings.ingest.state_dir / "webhook")

    _run(context, "webhook", make, settings, accept_gap, until_end, as_json)


def _run(
    context: Context,
    name: "SinkName",
    make: Callable[[], "Sink"],
    batches: BatchSettings,
    accept_gap: bool,
    until_end: bool,
    as_json: bool,
) -> None:
    """Run a sink in this process; exit code 1 when it has set records aside."""
    extra: Extra = "sink"
    with needs(extra):
        from sinks.runner.runner import RunnerOptions
        from tgwire.processes.sink import run_sink

    settings = context.settings.model_copy(update={"kafka": context.kafka})
    options = RunnerOptions(batches.batch_records, batches.batch_wait_s, accept_gap=accept_gap, until_end=until_end)
    with needs(extra):
        report = run_sink(
            name, make, settings, options, lambda url: remark(f"Sink {name} runs; its state: {url}/readyz")
        )
    if as_json:
        write_json(asdict(report))
    else:
        remark(f"{counted(report.written, 'record')} written, {counted(report.refused, 'dead letter')}")
    if report.refused:
        raise typer.Exit(Exit.INCOMPLETE)
