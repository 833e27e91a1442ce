"""``tgwire backup``: ledger, cursors and store, copied while they are in use."""

from pathlib import Path
from shlex import join
from typing import Annotated

import typer

from runtime.unfinished_work import refuse_unfinished
from tgwire.backup.manifest import BackupManifest
from tgwire.backup.parts import BackupPart, parts, postgres_store
from tgwire.backup.taking import take_backup
from tgwire.cli.context import Context
from tgwire.cli.output.console import progress, remark, write_json

DUMP = "store.pgdump"
"""Name for a dump of PostgreSQL, beside the other files."""


def backup(
    ctx: typer.Context,
    destination: Annotated[
        Path, typer.Argument(metavar="DEST", help="Folder to create; it gets this name when it is complete.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Write the manifest as JSON.")] = False,
) -> None:
    """Copy the ledger, the cursors of replays and the store, while collector and sinks run.

    The store is that of store.url; for another one, which processes use by --store, set TGWIRE_STORE__URL. Each file is
    copied as it is at one moment, the ledger before the store, so that it is never ahead of it. Not in it: sessions of
    accounts, media files, files of the jsonl and parquet sinks, and what workers build from topics. A store in
    PostgreSQL is backed up by pg_dump, after this: the command is printed.

    Example: tgwire backup "/backups/$(date +%F)"
    """
    context: Context = ctx.obj
    refuse_unfinished(context.settings.ingest.state_dir)
    wanted, postgres = parts(context.settings), postgres_store(context.settings)
    with progress(is_hidden=as_json) as bar:
        task = bar.add_task("copying", total=_size(wanted), note="")
        manifest = take_backup(
            wanted,
            destination,
            lambda name, count: bar.update(task, advance=count, note=name),
            postgres=postgres,
        )
    if as_json:
        write_json(manifest)
    else:
        remark(f"{destination}: {contents(manifest)}")
    for part in wanted:
        if part.name == "store":
            is_in_it = any(file.part == part.name for file in manifest.files)
            remark(
                f"Store: {part.path}" if is_in_it else f"No store is in it: there is none at {part.path} (store.url)"
            )
    if postgres is not None:
        command = join(["pg_dump", "--format=custom", f"--file={destination / DUMP}", postgres])
        remark(f"The store is not in it. Now, after the ledger, run: {command}")


def contents(manifest: BackupManifest) -> str:
    """The names and the size of a backup, in words."""
    return f"{', '.join(file.part for file in manifest.files)}; {manifest.size / 1e6:,.1f} MB"


def _size(wanted: list[BackupPart]) -> int:
    return sum(part.path.stat().st_size for part in wanted if part.path.exists())


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backup)
