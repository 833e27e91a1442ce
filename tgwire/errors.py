"""What can go wrong in the program, by what an operator does about it."""

from runtime.errors import FatalError, PoisonError, TransientError


class OutputExistsError(FatalError):
    """A file that would be written is there already: the text explains how to go on."""


class OutputFullError(TransientError):
    """There is no room for what would be written: make room, then run the command again."""


class EngineUnavailableError(FatalError):
    """The broker engine cannot run here: install what the text names, or choose the other engine."""


class DownloadError(TransientError):
    """Apache Kafka could not be fetched: check the network (or Maven's settings), run again."""


class BrokerStartError(FatalError):
    """The local broker did not come up: the text ends with the tail of its log."""


class PortTakenError(FatalError):
    """Another process listens on the port: stop it, or leave the port out to get a free one."""


class WorkersRunningError(FatalError):
    """The command needs all workers stopped: stop those of the group, on every machine, then run it again."""


class DeadLetterNotFoundError(PoisonError):
    """Nothing is stored at that partition and offset: list the dead letters for those there are."""


class RecordFileError(FatalError):
    """A file does not hold records of tgwire: name one that ``tgwire replay --direct`` or ``tgwire demo`` wrote."""


class DemoMissingError(FatalError):
    """There is no store of a demo: run the demo first."""


class MoveError(FatalError):
    """A store cannot be moved to Kafka as it is: the text explains what is in the way, and what to do."""


class DamagedNoteError(MoveError):
    """The note of a move cannot be read."""


class BackupError(FatalError):
    """A backup cannot be made or used: the text names the file, and what to do."""
