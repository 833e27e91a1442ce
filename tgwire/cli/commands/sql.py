"""``tgwire sql``: a statement over the store's tables."""

from typing import Annotated

import typer
from rich.padding import Padding

from runtime.printable import one_line
from schemas.plurals import counted
from sinks.store.errors import StatementRefusedError
from sinks.store.statements.result import ResultTable
from sinks.store.statements.running import run_statement
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.output.console import complain, err, out, write_json
from tgwire.cli.output.tables import fits, shorten, table
from tgwire.cli.queries import StoreOption, store_address
from tgwire.extras import needs

_CELLS = 400
"""Of a value where each has a line of its own."""


def sql(
    ctx: typer.Context,
    statement: Annotated[
        str, typer.Argument(metavar="SELECT", help="One statement that reads; docs/store.md has the tables.")
    ],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Number of rows to show.")] = 100,
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help="Time limit of the statement, in seconds.")] = 10.0,
    store: StoreOption = None,
    parquet: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="Read Parquet instead: a folder or s3://BUCKET/PREFIX of the parquet sink, a Delta table, or files.",
        ),
    ] = None,
    as_lines: Annotated[bool, typer.Option("--json", help="Write JSON lines, one for each row.")] = False,
) -> None:
    """Query the store by SQL, read-only and without access to other files or settings.

    In PostgreSQL the login must be one that may only read: store.read_url. Parquet is read by DuckDB (extra duckdb),
    with tables of the folder and views of their newest states: `tgwire sql --parquet DIR 'SHOW TABLES'`.

    Examples: tgwire sql 'SELECT language, count(*) FROM posts GROUP BY 1'; tgwire sql 'SELECT * FROM spread' --json
    """
    context: Context = ctx.obj
    if parquet is not None and store is not None:
        raise typer.BadParameter("--store and --parquet name two places: give one")
    try:
        if parquet is None:
            found = run_statement(store_address(context, store), statement, limit=limit, limit_s=timeout)
        else:
            with needs("duckdb"):
                from sinks.parquet.statements import run_parquet_statement
            found = run_parquet_statement(parquet, statement, limit=limit, limit_s=timeout)
    except StatementRefusedError as error:
        complain(error)
        raise typer.Exit(Exit.USAGE) from None
    if as_lines:
        for row in found.rows:
            write_json(dict(zip(found.columns, map(_json_value, row), strict=True)))
    else:
        _show(found)
    if found.has_more:
        err.print(f"there are more rows than {limit:,}: --limit shows more", soft_wrap=True)


def _show(found: ResultTable) -> None:
    rows = [[_shown(value) for value in row] for row in found.rows]
    title = counted(len(rows), "row")
    if fits(found.columns, rows, None, out.width):
        table(title, found.columns, rows)
        return
    out.print(title, style="bold")
    for row in rows:
        for name, value in zip(found.columns, row, strict=True):
            if value:
                out.print(Padding(out.text(f"{one_line(name)}: {shorten(value, _CELLS)}"), (0, 0, 0, 2), expand=False))
        out.print()


def _shown(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return f"{len(value):,} bytes"
    return "" if value is None else out.shown(one_line(str(value)))


def _json_value(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sql)
