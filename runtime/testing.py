"""Test doubles of clocks and of a process's health."""

from dataclasses import dataclass

__all__ = ["ManualClock", "ScriptedHealth", "WallAndSteadyClock"]


@dataclass
class ManualClock:
    """A clock in seconds that moves only when a test moves it; in place of ``time.monotonic`` or of ``time``."""

    now: float = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now

    def monotonic(self) -> float:
        """The time, as the module ``time`` gives it."""
        return self.now


@dataclass
class WallAndSteadyClock:
    """The two clocks of a machine, in seconds: ``wall`` can be set wrong, ``steady`` only grows."""

    wall: float = 1_700_000_000.0
    steady: float = 50.0

    def advance(self, seconds: float) -> None:
        """Let seconds pass on both clocks."""
        self.wall += seconds
        self.steady += seconds


@dataclass
class ScriptedHealth:
    """A ``Health`` whose states a test sets; a reason, and empty while all is well."""

    dead: str = ""
    not_ready: str = ""
    well: str = "running"
    """What it answers while all is well."""

    def alive(self) -> tuple[bool, str]:
        """See ``Health``."""
        return not self.dead, self.dead or self.well

    def ready(self) -> tuple[bool, str]:
        """See ``Health``."""
        return not self.not_ready, self.not_ready or self.well
