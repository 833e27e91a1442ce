"""``tgwire sql``: a statement over the store's tables."""

from typing import Annotated

import typer

from sinks.store.statements.statement import ResultTable, run_statement
from tgwire.cli.context import Context
from tgwire.cli.output.console import err, write_json
from tgwire.cli.output.tables import table
from tgwire.cli.queries import Store, store_address


def sql(
    ctx: typer.Context,
    statement: Annotated[str, typer.Argument(metavar="SELECT", help="One statement that reads; docs/store.md has the tables.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Number of rows to show.")] = 100,
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds after which the statement is ended.")] = 10.0,
    store: Store = None,
    as_lines: Annotated[bool, typer.Option("--json", help="Write JSON lines, one for each row.")] = False,
) -> None:
    """Read the store by SQL: nothing can be changed, and neither other files nor settings can be reached.

    In PostgreSQL the login must be one that may only read: store.read_url.

    Examples: tgwire sql 'SELECT language, count(*) FROM posts GROUP BY 1'; tgwire sql 'SELECT * FROM spread' --json
    """
    context: Context = ctx.obj
    found = run_statement(store_address(context, store), statement, limit=limit, limit_s=timeout)
    if as_lines:
        for row in found.rows:
            write_json(dict(zip(found.columns, map(_json_value, row), strict=True)))
    else:
        _show(found)
    if found.has_more:
        err.print(f"there are more rows than {limit:,}: --limit shows more", soft_wrap=True)


def _show(found: ResultTable) -> None:
    widest = max(range(len(found.columns)), key=lambda at: max((len(str(row[at])) for row in found.rows), default=0))
    text = found.columns[widest] if _is_long(found, widest) else None
    table(f"{len(found.rows):,} rows", found.columns, [map(_shown, row) for row in found.rows], text=text)


def _is_long(found: ResultTable, at: int) -> bool:
    return any(len(str(row[at])) > 44 for row in found.rows)


def _shown(value: object) -> object:
    return f"{len(value):,} bytes" if isinstance(value, bytes | memoryview) else value


def _json_value(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sql)
