"""Why media-quote lists and citations were or were not found, in colour."""

from collections.abc import Sequence

from rich.padding import Padding
from rich.text import Text

from processors.core.quotes import Reason, ReasonSubject
from runtime.printable import one_line
from schemas import NormalizedPost
from tgwire.cli.output.console import out
from tgwire.cli.output.record_tables import MAX_ROWS
from tgwire.cli.output.tables import shorten

STYLES = {
    ReasonSubject.GATE: "dim",
    ReasonSubject.LINE: "dim",
    ReasonSubject.LEAD_IN: "cyan",
    ReasonSubject.ITEM: "green",
    ReasonSubject.LIST: "bold green",
    ReasonSubject.NO_LIST: "bold yellow",
    ReasonSubject.CITATION: "bold green",
    ReasonSubject.NO_CITATION: "yellow",
}
_PIECE_CELLS = 60
_HEAD_CELLS = 24
"""Before the message: the finding and its place."""


def show_reasons(post: NormalizedPost, reasons: Sequence[Reason], most: int = MAX_ROWS) -> None:
    """Print a post's reasons, each with the piece of text that it is about.

    Of more than ``most`` the last is printed all the same, since it is the verdict; 0 prints all.
    """
    out.print(out.text(post.key, "bold"))
    left_out = len(reasons) - most if most else 0
    shown = reasons if left_out <= 0 else [*reasons[: most - 1], reasons[-1]]
    for number, reason in enumerate(shown, start=1):
        if left_out > 0 and number == len(shown):
            out.print(out.text(f"  and {left_out:,} more", "dim"))
        _show(post, reason)


def _show(post: NormalizedPost, reason: Reason) -> None:
    message = out.shown(one_line(reason.message))
    piece = out.shown(shorten(post.text[reason.start : reason.end], _PIECE_CELLS))
    lines = Text(message).wrap(out, max(out.width - _HEAD_CELLS, _HEAD_CELLS))
    head = Text(f"  {reason.finding.value:9} ", style=STYLES[reason.finding])
    head.append(f"{reason.start:>5}-{reason.end:<5} ", style="dim")
    out.print(Text.assemble(head, lines[0] if lines else ""), soft_wrap=True)
    for line in [*lines[1:], Text(piece, style="italic dim")]:
        out.print(Padding(line, (0, 0, 0, _HEAD_CELLS), expand=False))
