"""The tree of errors, by what an operator does about them. A message says what to do, and has no text of a post.

- TgwireError
    - TransientError: the same can succeed later without help
    - PoisonError: one input is at fault; everything around it goes on
    - FatalError: nothing more can be done until an operator acts
        - ConfigurationError
        - StateError
        - StateLockedError

Each package names its own errors below these: ``ingest.errors``, ``processors.errors``, ``tgwire.errors``.
"""

from collections.abc import Iterable
from typing import ClassVar

EXIT_CONFIGURATION = 3
EXIT_UNAVAILABLE = 4


class TgwireError(Exception):
    """Base of all errors here; its text can be shown to users."""


class TransientError(TgwireError):
    """The same can succeed later without help. Operator: try it again, or start the process again."""

    exit_code: ClassVar[int] = EXIT_UNAVAILABLE
    """With which a worker ends; commands have exit codes of their own (``tgwire.cli.exit_codes``)."""


class PoisonError(TgwireError):
    """One input is at fault; everything around it goes on. Operator: check it, leave it out or fix it."""


class FatalError(TgwireError):
    """Nothing more can be done until an operator acts; the text explains how."""

    exit_code: ClassVar[int] = EXIT_CONFIGURATION
    """With which a worker ends."""


class ConfigurationError(FatalError):
    """The settings are unusable: correct the places that ``problems`` names, all of them at once.

    A problem never quotes a value, since a secret may be in the wrong place.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class StateError(FatalError):
    """A file or folder of local state cannot be used as it is; the text names it and what to do."""


class StateLockedError(FatalError):
    """Another process holds the same file or folder of local state. Operator: end that one, or wait for it."""
