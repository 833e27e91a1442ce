"""Options of the commands that serve pages: their address, who may read them, and how long a question may take."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from web.serving.access import Access

PORT: Final = 8123
QUERY_S: Final = 2.0
_PROXIES: Final = ("127.0.0.1", "::1")

Host = Annotated[
    str,
    typer.Option(metavar="ADDRESS", help="Address to listen on; any but loopback needs a token."),
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")]
TokenFile = Annotated[Path | None, typer.Option(metavar="FILE", help="File with the token that readers must send.")]
UserHeader = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Header in which a reverse proxy names the signed-in user, e.g. X-Remote-User."),
]
Proxy = Annotated[
    list[str] | None,
    typer.Option(metavar="ADDRESS", help="Address of that proxy; may be repeated. Default: this machine."),
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Host name by which readers reach this server; may be repeated."),
]
Timeout = Annotated[float, typer.Option(min=0.1, max=60, help="Time limit of a query to the store, in seconds.")]


@dataclass(frozen=True, slots=True)
class PagesOptions:
    """Who may read the pages, on which port, and how long a read may take."""

    access: "Access"
    port: int
    timeout_s: float


def pages_options(
    host: str,
    port: int,
    token_file: Path | None,
    user_header: str | None,
    proxy: list[str] | None,
    allow_host: list[str] | None,
    timeout_s: float,
) -> PagesOptions:
    """The options of pages as the user wrote them; the extra ``web`` has to be installed. Raises ServeError."""
    from web.serving.access import Access, read_token

    access = Access(
        host,
        token=None if token_file is None else read_token(token_file),
        user_header=user_header,
        proxies=tuple(proxy) if proxy else _PROXIES,
        names=tuple(allow_host or ()),
    )
    return PagesOptions(access, port, timeout_s)
