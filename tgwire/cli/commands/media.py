"""``tgwire media``: files of posts that are still to be fetched."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from schemas.plurals import counted
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.options.json_output import AsJson
from tgwire.cli.output.console import err, progress, write_json
from tgwire.cli.output.tables import table
from tgwire.extras import needs
from tgwire.processes.waiting_media import waiting_files

if TYPE_CHECKING:
    from ingest.media.download_queue import ListedFile
    from tgwire.processes.media_retry import RetryReport

app = typer.Typer(help="Files of posts that could not be fetched yet (collect --media).", no_args_is_help=True)


@app.command("list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show the files that wait, and why; those due first.

    Example: tgwire media list --json | jq -r '.[].post'
    """
    context: Context = ctx.obj
    files = waiting_files(context.settings)
    if as_json:
        write_json([_describe(file) for file in files])
        return
    table(
        f"Files that wait in {context.settings.collect.media_dir}",
        ("post", "type", "bytes", "there", "tries", "due", "reason"),
        (
            (f.post_key, f.media.mime_type, f.media.size_bytes, f.received, f.tries, _moment(f.due), f.reason)
            for f in files
        ),
        text="reason",
    )


@app.command()
def retry(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Retry the files that could not be fetched, from the byte where they stopped.

    A running `tgwire collect --media` has the accounts and the folder, so the files are handed over to it: it tries
    them within seconds. Exit code 1 when files are left, or can no longer be fetched.

    Example: tgwire media retry --json
    """
    with needs("telegram"):  # Telethon takes half a second to import
        from tgwire.processes.media_retry import retry_files

    context: Context = ctx.obj
    settings = context.settings
    with progress() as bar:
        task = bar.add_task("files", total=len(waiting_files(settings)), note="")
        report = asyncio.run(retry_files(settings, lambda file, _: bar.update(task, advance=1, note=file.post_key)))
    _report(report, as_json=as_json)
    if report.left or report.outcomes["failed"]:
        raise typer.Exit(Exit.INCOMPLETE)


def _report(report: "RetryReport", *, as_json: bool) -> None:
    if as_json:
        counts = {name: report.outcomes[name] for name in ("stored", "known", "type", "too_large", "failed")}
        left = [_describe(file) for file in report.left]
        write_json({**counts, "handed_over": report.handed_over, "left": left})
        return
    if report.handed_over:
        err.print(f"{counted(report.handed_over, 'file')} handed over to the collector that runs")
        return
    done = ", ".join(f"{count:,} {name}" for name, count in sorted(report.outcomes.items()) if name != "put_off")
    err.print(f"{done or 'no files'}; {len(report.left):,} left")
    if report.left:
        table(
            "Files that are left",
            ("post", "there", "reason"),
            ((file.post_key, file.received, file.reason) for file in report.left),
            text="reason",
            to=err,
        )


def _describe(file: "ListedFile") -> dict[str, Any]:
    return {
        "media_id": file.media_id,
        "post": file.post_key,
        "account": file.account,
        "mime_type": file.media.mime_type,
        "size_bytes": file.media.size_bytes,
        "received_bytes": file.received,
        "tries": file.tries,
        "listed_at": _moment(file.listed_at),
        "due": _moment(file.due),
        "reason": file.reason,
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
