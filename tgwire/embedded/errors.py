"""What can go wrong while posts are committed to a store, by what an operator does about it."""

from runtime.errors import FatalError, TransientError
from runtime.kafka.errors import PublishError


class StoreAwayError(PublishError, TransientError):
    """The store takes nothing: a full disk, another process that holds it. Operator: see the message, then go on with
    the same command.
    """

    kind = "timeout"


class StoreRefusesError(PublishError, FatalError):
    """The store cannot be written to as it is. Operator: see the message, then go on with the same command."""

    kind = "refused"
