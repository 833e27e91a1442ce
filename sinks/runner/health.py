"""State of a process that runs a sink, for /healthz and /readyz. Read on other threads."""

from enum import Enum

from runtime.kafka.outage_log import known_outage


class SinkPhase(Enum):
    """The phases of a sink's process, from its start to its end."""

    STARTING = "starting: asking the cluster and the sink where to read on"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"


class SinkHealth:
    """The state of a sink's process. Thread-safe: two attributes, each replaced as a whole."""

    def __init__(self) -> None:
        self.phase = SinkPhase.STARTING
        self.problem: str | None = None
        """Why the sink takes nothing now."""

    def alive(self) -> tuple[bool, str]:
        """See ``Health``: False once it has stopped."""
        return self.phase is not SinkPhase.STOPPED, self.phase.value

    def ready(self) -> tuple[bool, str]:
        """See ``Health``: whether records reach the sink now."""
        if self.phase is not SinkPhase.RUNNING:
            return False, self.phase.value
        problem = self.problem or known_outage()
        return problem is None, problem or self.phase.value
