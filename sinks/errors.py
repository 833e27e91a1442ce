"""What can go wrong in a sink, by what an operator does about it."""

from typing import ClassVar

from runtime.errors import EXIT_UNAVAILABLE, ConfigurationError, FatalError, TransientError


class SinkUnavailableError(TransientError):
    """The sink's place takes nothing now: a full disk, a receiver that does not answer. The same batch is tried again.

    ``retry_after_s`` is the least wait that the place has asked for.
    """

    def __init__(self, text: str, retry_after_s: float | None = None) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class SinkPlaceError(FatalError):
    """The sink's place cannot be used as it is: the text names it, and what to change."""

    exit_code: ClassVar[int] = EXIT_UNAVAILABLE


class SinkLockedError(FatalError):
    """Another process writes to the same place: stop it, or give this one a place of its own."""

    exit_code: ClassVar[int] = EXIT_UNAVAILABLE


class OffsetsRefusedError(FatalError):
    """The sink's offsets do not fit the topics any more, so that going on would leave out records: the text names each
    partition and what was lost. ``--accept-gap`` goes on all the same.
    """


class ReceiverError(FatalError):
    """The receiver of a webhook refuses every request, or must not be asked: correct ``sink.webhook``."""


class SinkSettingError(ConfigurationError):
    """A setting under ``sink`` is missing or cannot work; the text names it."""

    def __init__(self, problem: str) -> None:
        super().__init__([problem])


class ParquetPlaceError(FatalError):
    """A place has no Parquet that can be read. Operator: name the folder, bucket or file that has it."""
