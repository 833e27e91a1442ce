"""The end of a worker process by a fault."""

import logging
import os
import sys
import threading
from typing import NoReturn

import structlog

from processors.errors import BatchNotDeliveredError, OffsetGapError, WorkerExit
from processors.stream.monitoring.exit_counters import ExitLog
from runtime.kafka.cluster_topics import ClusterTopics

_END_S = 10.0
"""The first fault ends the process within this time; otherwise the next one does."""

_log = structlog.stdlib.get_logger(__name__)


class FaultExit:
    """Ends this process for a fault: the first of several is counted, and gives the exit code."""

    def __init__(self, topics: ClusterTopics, exits: ExitLog) -> None:
        self._topics = topics
        self._exits = exits
        self._ending = threading.Lock()

    def fail(self, error: WorkerExit) -> NoReturn:
        """Leave at once, so that nothing more is committed; from any thread. A supervisor starts us again."""
        self._ending.acquire(timeout=_END_S)
        topic = self._topics.label(error.topic) if isinstance(error, OffsetGapError | BatchNotDeliveredError) else None
        _log.critical("worker ends", reason=error.reason, problem=str(error), exit_code=error.exit_code)
        try:
            self._exits.record(error, topic)
        finally:
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(error.exit_code)
