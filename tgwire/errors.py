"""What can go wrong in the program, by what an operator does about it."""

from runtime.errors import FatalError, PoisonError, TransientError


class OutputExistsError(FatalError):
    """A file that would be written is there already: the text says how to go on."""


class EngineUnavailableError(FatalError):
    """The broker engine cannot run here: install what the text names, or choose the other engine."""


class DownloadError(TransientError):
    """Apache Kafka could not be fetched: check the network (or Maven's settings), run again."""


class BrokerStartError(FatalError):
    """The local broker did not come up: the text ends with the tail of its log."""


class PortTakenError(FatalError):
    """Another process listens on the port: stop it, or leave the port out to get a free one."""


class ClusterUnreachableError(TransientError):
    """No broker answered in time: check the address, and that the cluster is up."""


class NotPermittedError(FatalError):
    """The user may not do this: have the cluster's operator grant the right that the text names."""


class ClusterRequestError(FatalError):
    """The cluster answered a request with an error: the text holds its words."""


class TopicMissingError(FatalError):
    """A topic does not exist: run ``tgwire topics create``."""


class WorkersRunningError(FatalError):
    """The command needs all workers stopped: stop those of the group, on every machine, then run it again."""


class DeadLetterNotFoundError(PoisonError):
    """Nothing is stored at that partition and offset: list the dead letters for those there are."""


class RecordFileError(FatalError):
    """A file does not hold records of tgwire: name one that ``tgwire replay --direct`` or ``tgwire demo`` wrote."""
