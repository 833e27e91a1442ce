"""What can go wrong while posts are collected and published.

Each error is Transient, Poison or Fatal (``runtime.errors``). Every message explains what to do.
"""

from typing import Literal

from runtime.errors import FatalError, PoisonError, TransientError
from runtime.kafka.errors import PublishError


class SourceNotFoundError(FatalError):
    """Nothing is at the path. Operator: check it."""


class NothingToReadError(SourceNotFoundError):
    """What is at the path holds no archive that can be read. Operator: see what the message says of each file."""


class SourceUnreadableError(PoisonError):
    """A file cannot be read. Operator: fix its permissions or the disk, and replay; the cursor has not moved."""


class UnknownColumnsError(SourceUnreadableError):
    """Nobody can say which column of a table is which. Operator: give the ``--map`` of the message, filled in."""


class InvalidMapError(FatalError):
    """``--map`` is not understood. Operator: correct it; the message says what is wrong with it."""


class SourceChangedError(PoisonError):
    """A file is no longer the one that was read: it shrank, or what was already read changed.

    Operator: restore the file, or replay it from its start (keys are deterministic, so that repeats are harmless).
    """


class ReaderBusyError(TransientError):
    """The account must not send this request yet (a flood wait). Operator: nothing; it is asked again by itself."""

    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s
        """Seconds until the reader may send such a request again."""


class ReaderLostError(TransientError):
    """No answer: the connection broke, or the request timed out. Operator: nothing, unless it persists."""


class FileUnavailableError(PoisonError):
    """A file of a post cannot be had any more. Operator: nothing; it is counted, and the post is there without it."""


class MediaFolderError(FatalError):
    """Files cannot be stored. Operator: make ``collect.media_dir`` writable, or set it to another folder."""


class MediaFolderLockedError(MediaFolderError):
    """Another process fetches files into the folder. Operator: nothing, or give this one a folder of its own."""


class UnreadableAnswerError(ReaderLostError):
    """An answer of a newer Telegram than this version knows. Operator: upgrade; what can be read is read."""


class TakeoutEndedError(ReaderLostError):
    """Telegram has ended a takeout session. Operator: nothing; the next request begins another."""


class LoginError(FatalError):
    """Signing in failed. Operator: see the message."""


UnavailableReason = Literal["unknown", "private", "banned", "renamed", "migrated", "invalid"]


class ChannelUnavailableError(PoisonError):
    """A channel cannot be read; the others go on. Operator: see the message."""

    def __init__(self, message: str, state: UnavailableReason) -> None:
        super().__init__(message)
        self.state: UnavailableReason = state


AccountState = Literal["signed_out", "banned", "wrong_api_id", "in_use", "settings"]


class AccountError(FatalError):
    """An account cannot be used; other accounts go on. Operator: see the message, mostly ``tgwire login``."""

    def __init__(self, message: str, state: AccountState) -> None:
        super().__init__(message)
        self.state: AccountState = state


class PostTooLargeError(PublishError, PoisonError):
    """The post exceeds what is published. Operator: nothing, or shorten it; it is reported, and never sent."""

    kind = "too_large"


class DeliveryTimeoutError(PublishError, TransientError):
    """A post was not acknowledged in time. Operator: look at the broker; a new replay resumes at this post."""

    kind = "timeout"


class PublishStoppedError(PublishError, TransientError):
    """The publisher was stopped while it waited. Operator: nothing; a new replay resumes at this post."""


class DeliveryRefusedError(PublishError, FatalError):
    """The broker refuses posts: no permission, or a topic with a lower size limit. Operator: see the message."""

    kind = "refused"


class DestinationChangedError(PublishError, FatalError):
    """The topic is no longer the one that the ledger refers to: it was recreated. Operator: start again; what the
    new topic lacks can be collected with ``--backfill``.
    """

    kind = "refused"


class UnexpectedDeliveryError(PublishError, FatalError):
    """The client failed in a way that has no name here. Operator: replay again; report it if it persists."""
