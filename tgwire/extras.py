"""Errors of commands that need an optional part of the installation."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from runtime.errors import FatalError
from runtime.extras import Extra, how_to_install
from runtime.logs import OWN_PACKAGES


class ExtraMissingError(FatalError):
    """A part of tgwire that is installed on demand is not there: install it as the text describes."""

    def __init__(self, extra: Extra) -> None:
        super().__init__(f"this needs the extra {extra!r}: {how_to_install(extra)}")


@contextmanager
def needs(extra: Extra) -> Iterator[None]:
    """Around imports of what an extra brings: raises ExtraMissingError where it is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in OWN_PACKAGES:
            raise
        raise ExtraMissingError(extra) from error


def require(extra: Extra, module: str) -> None:
    """Check an extra that another process imports: ExtraMissingError where its ``module`` is not installed."""
    with needs(extra):
        # faust puts an object without a spec in its own place.
        if module not in sys.modules and find_spec(module) is None:
            raise ModuleNotFoundError(name=module)
