"""The consoles of the command line: rich's, without its markup, and with every text made printable."""

from collections.abc import Iterable, Iterator
from typing import IO, Any, TextIO

from rich.console import Console, ConsoleOptions, OverflowMethod, RenderableType
from rich.segment import Segment
from rich.text import Text

from runtime.printable import encodable, printable


class Terminal(Console):
    """A console on which no text is markup, steers the terminal, or lacks in the encoding of its stream.

    Strings are made printable before they are laid out. Other renderables are made so piece by piece as they are
    written, the last line of defence: use :meth:`text` in them, so that their widths are right.
    """

    def __init__(self, *, width: int | None = None, stderr: bool = False, file: IO[str] | None = None) -> None:
        """``width`` in cells is found out where it is not given; ``file`` is stdout, or stderr, at every moment."""
        super().__init__(width=width, stderr=stderr, file=file, markup=False, emoji=False, highlight=False)

    @property
    def spinner(self) -> str:
        """The name of rich's spinner that the encoding can show."""
        return "dots" if self.encoding.startswith("utf") else "line"

    def shown(self, text: str) -> str:
        """A text as this console shows it."""
        return encodable(printable(text), self.encoding)

    def text(self, text: str, style: str = "") -> Text:
        """A printable text for a table or a view, laid out with its right width."""
        return Text(self.shown(text), style=style)

    def indented(self, text: Text, cells: int, *, overflow: OverflowMethod | None = None) -> Iterator[Text]:
        """The lines of a text as they fit behind so many blanks. rich's ``Padding`` fills them up to their end, too."""
        for line in text.wrap(self, self.width - cells, overflow=overflow):
            line.rstrip()
            yield Text.assemble(" " * cells, line)

    def render_str(self, text: str, **options: Any) -> Text:  # noqa: ANN401 - passed on
        """See rich."""
        return super().render_str(self.shown(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """See rich."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=self.shown(segment.text))


def survive_any_encoding(*streams: TextIO) -> None:
    """Let streams write out what their encoding lacks; Python would raise UnicodeEncodeError in the middle."""
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
