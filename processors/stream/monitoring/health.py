"""The worker's state for /healthz and /readyz. Read on other threads."""

from enum import Enum


class WorkerPhase(Enum):
    """Phases of a worker's process, from its start to its end."""

    STARTING = "starting: connecting to the broker"
    WAITING = "starting: waiting for partitions"
    RUNNING = "running"
    REBALANCING = "rebalancing: partitions are being shared out again"
    STOPPING = "stopping"
    STOPPED = "stopped"


class WorkerHealth:
    """Thread-safe: two attributes, each replaced as a whole."""

    def __init__(self) -> None:
        self.phase = WorkerPhase.STARTING
        self.has_broker = True
        """False while the broker does not answer."""

    def alive(self) -> tuple[bool, str]:
        """For ``/healthz``: whether the worker runs at all, and its phase."""
        return self.phase is not WorkerPhase.STOPPED, self.phase.value

    def ready(self) -> tuple[bool, str]:
        """For ``/readyz``: whether the worker handles posts now, and why not."""
        if self.phase is WorkerPhase.RUNNING and not self.has_broker:
            return False, "the broker does not answer"
        return self.phase is WorkerPhase.RUNNING, self.phase.value
