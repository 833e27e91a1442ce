"""``tgwire serve``: pages over the store."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from runtime.run_files import run_file
from tgwire.cli.context import Context
from tgwire.cli.options.pages import (
    PORT,
    QUERY_S,
    AllowHost,
    Host,
    Port,
    Proxy,
    Timeout,
    TokenFile,
    UserHeader,
    pages_options,
)
from tgwire.cli.output.console import remark
from tgwire.cli.queries import StoreOption, store_address
from tgwire.extras import needs


def serve(
    ctx: typer.Context,
    store: StoreOption = None,
    host: Host = "127.0.0.1",
    port: Port = PORT,
    token_file: TokenFile = None,
    user_header: UserHeader = None,
    proxy: Proxy = None,
    allow_host: AllowHost = None,
    media: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of stored pictures. Default: collect.media_dir.",
        ),
    ] = None,
    timeout: Timeout = QUERY_S,
) -> None:
    """Serve pages, feeds and a read-only API over the store, until Ctrl-C or SIGTERM. See docs/pages.md.

    Examples: tgwire serve; tgwire serve --host 0.0.0.0 --token-file token --allow-host desk.example.org
    """
    context: Context = ctx.obj
    url = store_address(context, store)
    with needs("web"):
        from web.server import serve_store

    options = pages_options(host, port, token_file, user_header, proxy, allow_host, timeout)
    with ExitStack() as stack:

        def started(address: str) -> None:
            stack.enter_context(run_file(context.settings.ingest.state_dir, "serve", address.rstrip("/")))
            remark(f"Pages: {address}")

        serve_store(
            url,
            options.access,
            port=options.port,
            timeout_s=options.timeout_s,
            media=media or context.settings.collect.media_dir,
            on_start=started,
        )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)
