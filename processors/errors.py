"""What can go wrong in a processor, by what an operator does about it.

The exit code of a worker that ends by itself shows why; a supervisor (systemd, Kubernetes) starts it again and
nothing is lost, since no offset was committed past what was delivered.
"""

from typing import ClassVar, Final

from runtime.errors import EXIT_UNAVAILABLE, FatalError

EXIT_HOLE = 70
EXIT_DELIVERY = 71
EXIT_BUG = 72
EXIT_STALL = 73
EXIT_BUDGET = 74


class BrokerRefusedError(FatalError):
    """The cluster refused the user. Check user name, password and SASL mechanism."""

    exit_code = EXIT_UNAVAILABLE


class IdempotenceError(FatalError):
    """The cluster gives no idempotent producer. Set ``kafka.idempotent`` to false, or permit it to the user."""

    exit_code = EXIT_UNAVAILABLE


class TopicMismatchError(FatalError):
    """Topics do not fit each other. Run ``tgwire topics verify`` and recreate or enlarge what it names."""


class DataDirError(FatalError):
    """The worker's data folder cannot be used. Set ``worker.data_dir`` to a folder that the worker's user may
    write, and that no other worker has.
    """

    exit_code = EXIT_UNAVAILABLE


class ResourceMissingError(FatalError):
    """A bundled model or table is not in the installation. Install tgwire again."""


class LanguageSettingError(FatalError):
    """A setting under ``language`` asks for a language, a file or a package that is not there; the text names it."""


class QuoteSettingError(FatalError):
    """The file that ``quotes.outlets`` names cannot be used; the text names file, entry and field."""


class SnapshotSettingError(FatalError):
    """``worker.snapshots`` names a store that cannot be used; the text gives the reason."""


class WorkerExit(FatalError):  # noqa: N818 - it is an end, as SystemExit is
    """A running worker found that going on could lose or misjudge posts."""

    reason: ClassVar[str]
    """Label in ``tgwire_worker_exits_total``."""


class OffsetGapError(WorkerExit):
    """The consumer was not given a record that exists. Nothing to do once: the restart reads it again.

    If it repeats at one offset, look at the broker's log (a recreated topic, an unclean election).
    """

    exit_code = EXIT_HOLE
    reason = "hole"

    def __init__(self, topic: str, message: str) -> None:
        super().__init__(message)
        self.topic = topic


class DeliveryError(WorkerExit):
    """The broker did not confirm records, or did not answer, for too long. Check the broker; a restart resumes."""

    exit_code = EXIT_DELIVERY
    reason = "delivery"


class BatchNotDeliveredError(DeliveryError):
    """The broker refused a batch, or did not confirm it in time."""

    def __init__(self, topic: str, cause: BaseException | None) -> None:
        said = f"{type(cause).__name__}: {cause}" if cause is not None else "no answer in time"
        super().__init__(f"records for {topic} were not delivered: {said}")
        self.topic = topic


class LeaseLostError(DeliveryError):
    """Frozen or cut off for the session timeout while records were in flight. A restart does the batch again."""

    def __init__(self) -> None:
        super().__init__("silent for the session timeout with records on their way: others may have our partitions")


class PipelineBugError(WorkerExit):
    """The worker itself failed. The log has the traceback; report it. A restart reads the same posts again."""

    exit_code = EXIT_BUG
    reason = "bug"


class StateLogError(PipelineBugError):
    """``posts.fingerprints`` or ``posts.states`` holds more records that cannot be read than ``dedup.max_unreadable``.

    The text names the last of them. Start a version that can read them; or raise the setting: each is a dead letter
    then, and the duplicate index lacks its post.
    """


class StateTableError(PipelineBugError):
    """A file of the analysis' states cannot be used; the text names it, and the reason.

    A damaged one is set aside, and the restart reads ``posts.states`` into a new one. Else free the disk, or give the
    worker's user the right to write to ``worker.data_dir``.
    """


class StallError(WorkerExit):
    """A partition stalled although records wait in it. Nothing to do once; if it repeats, look at the broker."""

    exit_code = EXIT_STALL
    reason = "stall"


class BudgetError(WorkerExit):
    """The work for a post took longer than ``worker.post_budget_s`` and could not be interrupted.

    Nothing to do at once: the restart takes the posts in question one by one, and the one at fault becomes a dead
    letter. Report its stage and the traceback in the log.
    """

    exit_code = EXIT_BUDGET
    reason = "budget"


EXIT_REASONS: Final = tuple(kind.reason for kind in WorkerExit.__subclasses__())
"""All labels of ``tgwire_worker_exits_total``."""
