"""Health of a process that can work as soon as it runs."""


class RunningHealth:
    """Alive and ready, always: it ends by itself when it cannot work."""

    def alive(self) -> tuple[bool, str]:
        """See ``tgwire.http.Health``."""
        return True, "running"

    def ready(self) -> tuple[bool, str]:
        """See ``tgwire.http.Health``."""
        return True, "running"
