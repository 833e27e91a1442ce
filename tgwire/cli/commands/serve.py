"""``tgwire serve``: pages over the store, for people who watch."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from runtime.run_files import run_file
from tgwire.cli.context import Context
from tgwire.cli.output.console import remark
from tgwire.cli.queries import Store, store_address
from tgwire.extras import needs

_PORT = 8123


def serve(
    ctx: typer.Context,
    store: Store = None,
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Address to listen on; another than this machine's own needs a token."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = _PORT,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File with the token that readers have to show.")
    ] = None,
    user_header: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Header in which a reverse proxy names who has signed in, as X-Remote-User."),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Address of that proxy; may be repeated. Default: this machine."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Name by which readers reach this server; may be repeated."),
    ] = None,
    media: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder whose pictures are shown. Default: collect.media_dir, where --media stores.",
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=60, help="Seconds that a question to the store may take.")
    ] = 2.0,
) -> None:
    """Serve pages, feeds and a read-only API over the store, until Ctrl-C or SIGTERM. docs/pages.md has all of it.

    Examples: tgwire serve; tgwire serve --host 0.0.0.0 --token-file token --allow-host desk.example.org
    """
    context: Context = ctx.obj
    url = store_address(context, store)
    with needs("web"):
        from web.server import serve_store
        from web.serving.access import Access, read_token

    access = Access(
        host,
        token=None if token_file is None else read_token(token_file),
        user_header=user_header,
        proxies=tuple(proxy) if proxy else ("127.0.0.1", "::1"),
        names=tuple(allow_host or ()),
    )
    with ExitStack() as stack:

        def started(address: str) -> None:
            stack.enter_context(run_file(context.settings.ingest.state_dir, "serve", address.rstrip("/")))
            remark(f"Pages: {address}")

        serve_store(
            url,
            access,
            port=port,
            timeout_s=timeout,
            media=media or context.settings.collect.media_dir,
            on_start=started,
        )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)
