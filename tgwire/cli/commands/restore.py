"""``tgwire restore``: restore a backup."""

from pathlib import Path
from shlex import join
from typing import Annotated

import typer

from tgwire.backup.manifest import read_manifest
from tgwire.backup.parts import parts
from tgwire.backup.restoring import check_backup, restore_backup
from tgwire.cli.commands.backup import DUMP, contents
from tgwire.cli.context import Context
from tgwire.cli.output.console import progress, remark, write_json


def restore(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="SRC", help="Folder that `tgwire backup` has made.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace existing state, which is lost, including what the backup lacks.")
    ] = False,
    only_check: Annotated[bool, typer.Option("--check", help="Check the backup, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the manifest as JSON.")] = False,
) -> None:
    """Restore a backup into ingest.state_dir and the file of store.url. Stop all processes first.

    All checksums are compared before anything is changed. If it is interrupted, run it again: until then nothing that
    writes to ledger, cursors or store starts. Afterwards the collector sees that its ledger is an older copy, and reads
    its posts again. A sink goes on from the offsets in the store; a backup that is older than Kafka keeps deletions
    needs `tgwire store resync`. A store in PostgreSQL is restored by pg_restore, before the next start.

    Example: tgwire restore /backups/2026-11-29 --force
    """
    context: Context = ctx.obj
    manifest, places = read_manifest(source), parts(context.settings)
    with progress(is_hidden=as_json) as bar:
        task = bar.add_task("checking" if only_check else "copying", total=manifest.size, note="")

        def advance(name: str, count: int) -> None:
            bar.update(task, advance=count, note=name)

        if only_check:
            check_backup(source, manifest, places, advance)
        else:
            restore_backup(source, manifest, places, advance, is_forced=force)
    if as_json:
        write_json(manifest)
    else:
        done = "everything agrees" if only_check else "restored"
        remark(f"{source}: of {manifest.made_at:%Y-%m-%d %H:%M} UTC, {done}: {contents(manifest)}")
    if manifest.postgres is not None:
        command = ["pg_restore", "--clean", "--if-exists", f"--dbname={manifest.postgres}", str(source / DUMP)]
        remark(f"The store was in PostgreSQL, and is not in it. Run: {join(command)}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(restore)
