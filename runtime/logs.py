"""Logging: one format for our own events and those of the libraries, on stderr, without secrets."""

import logging
import sys
from collections.abc import Mapping
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from runtime.printable import json_for_terminal, one_line, printable
from runtime.redaction import redact
from runtime.settings.process import LogSettings

OWN_PACKAGES = ("tgwire", "web", "ingest", "processors", "sinks", "runtime", "schemas")

_OF_MANY_LINES = ("exception", "stack")
_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    redact,
)


def configure_logging(settings: LogSettings, *, is_verbose: bool = False, stream: TextIO | None = None) -> None:
    """Route structlog, stdlib logging and warnings to ``stream`` (stderr by default), in one format.

    Process-wide, for the start of a program; a second call replaces the first. ``is_verbose`` means level debug.
    Libraries stay at warning, and at info on debug: their debug events print whole requests, passwords included.
    """
    level = logging.DEBUG if is_verbose else logging.getLevelNamesMapping()[settings.level.upper()]
    target = sys.stderr if stream is None else stream
    handler = _StderrHandler() if stream is None else logging.StreamHandler(stream)
    handler.setFormatter(_formatter(target, is_console=_is_console(settings, target)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if level == logging.DEBUG else max(level, logging.WARNING))
    for package in OWN_PACKAGES:
        logging.getLogger(package).setLevel(level)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to stderr as it is at that moment: while a progress bar or a live view is shown, rich has put its own in
    place, and lines come out above it.
    """

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        """The process's stderr, as it is now."""
        return sys.stderr

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        raise AttributeError("it is always stderr")


def _is_console(settings: LogSettings, stream: TextIO) -> bool:
    return settings.format == "console" or (settings.format == "auto" and stream.isatty())


def _formatter(target: TextIO, *, is_console: bool) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *((_made_printable, _console(target.isatty())) if is_console else (_json(target),)),
        ],
    )


def _json(target: TextIO) -> Processor:
    # A stream of another encoding would write out a letter as \xe9, which JSON does not know.
    is_utf = (target.encoding or "utf-8").lower().startswith("utf")
    renderer = structlog.processors.JSONRenderer(ensure_ascii=not is_utf)

    def render(logger: WrappedLogger, method: str, event: EventDict) -> str:
        return json_for_terminal(str(renderer(logger, method, event)))

    return render


def _made_printable(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """An event whose texts are foreign for all that is known here; tracebacks keep their lines."""
    return {
        one_line(name): printable(value) if name in _OF_MANY_LINES and isinstance(value, str) else _inner(value)
        for name, value in event.items()
    }


def _inner(value: object) -> object:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, Mapping):
        return {one_line(str(key)): _inner(inner) for key, inner in value.items()}
    return [_inner(inner) for inner in value] if isinstance(value, list | tuple) else value


def _console(has_colors: bool) -> Processor:
    # The default formatter would print the local variables of every frame: texts of posts, and secrets.
    return structlog.dev.ConsoleRenderer(
        colors=has_colors, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
    )
