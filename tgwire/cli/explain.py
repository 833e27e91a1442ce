"""Why a media-quote list was or was not found, in colour."""

from collections.abc import Iterable

from rich.text import Text

from processors.core.quotes import Finding, Reason
from schemas import NormalizedPost
from tgwire.cli.console import out, printable
from tgwire.cli.views import shorten

STYLES = {
    Finding.GATE: "dim",
    Finding.LINE: "dim",
    Finding.LEAD_IN: "cyan",
    Finding.ITEM: "green",
    Finding.LIST: "bold green",
    Finding.NO_LIST: "bold yellow",
}


def show_reasons(post: NormalizedPost, reasons: Iterable[Reason]) -> None:
    """Print a post's reasons, each with the piece of text that it is about."""
    out.print(Text(post.key, style="bold"))
    for reason in reasons:
        line = Text(f"  {reason.finding.value:8} ", style=STYLES[reason.finding])
        line.append(f"{reason.start:>5}-{reason.end:<5} ", style="dim")
        line.append(printable(reason.message))
        line.append(f"  {shorten(printable(post.text[reason.start : reason.end]))}", style="italic dim")
        out.print(line, soft_wrap=True)
