"""What a trial shall do, and what it found."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from random import Random
from statistics import median

from tests.chaos.worker.findings import Findings


@dataclass(frozen=True)
class Plan:
    """What to do. The same plan gives the same schedule and the same posts."""

    seed: int = 1
    rounds: int = 8
    kinds: tuple[str, ...] = ("kill", "term", "freeze", "extra", "broker_kill", "disk_full", "cut", "delay", "clock")
    brokers: int = 1
    workers: int = 3
    partitions: int = 6
    rate: float = 60.0
    """Posts a second."""
    session_timeout_s: float = 10.0
    stall_timeout_s: float = 60.0
    max_s: float = 3600.0
    """No round begins after so long."""

    def schedule(self) -> Iterator[str]:
        """Kinds of faults, each as often as the others, in a random order."""
        random = Random(f"schedule {self.seed}")
        for start in range(0, self.rounds, len(self.kinds)):
            kinds = list(self.kinds)
            random.shuffle(kinds)
            yield from kinds[: self.rounds - start]


@dataclass
class Round:
    """One fault, and how the system came back."""

    number: int
    kind: str
    moved_s: float | None = None
    """Seconds until a fresh post had come out of every partition, and a verdict in every language; None when one stood
    still, or it was not awaited."""
    slowest_s: float | None = None
    """Longest time that a post of this round took from issue to ``posts.normalized``."""
    exits: dict[str, int] = field(default_factory=dict)
    """Workers that ended by themselves, by exit code."""
    stuck: list[str] = field(default_factory=list)


@dataclass
class Report:
    """What a trial found."""

    plan: Plan
    rounds: list[Round]
    posts: int
    kinds: dict[str, int]
    """Of the posts, those of a kind that is judged by a rule of its own."""
    quotes: int
    """Records of ``quotes``."""
    poison: int
    publisher_failures: int
    exits: dict[str, int]
    findings: Findings
    is_drained: bool
    """False when the group did not come to the end of its topics."""
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether every promise held."""
        return self.is_drained and not self.findings.faults and not self.stuck

    @property
    def stuck(self) -> list[Round]:
        """Rounds after which a partition stalled."""
        return [done for done in self.rounds if done.stuck]

    def as_json(self) -> dict[str, object]:
        """For a file."""
        return asdict(self) | {"is_good": self.is_good, "counts": self.findings.counts()}

    def table(self) -> str:
        """For people."""
        lines = [f"{'fault':12} rounds  moves again: median   worst  slowest post: median   worst  ends by themselves"]
        for kind in self.plan.kinds:
            rounds = [done for done in self.rounds if done.kind == kind]
            moved = _times(done.moved_s for done in rounds)
            slowest = _times(done.slowest_s for done in rounds)
            exits = sum((Counter(done.exits) for done in rounds), Counter[str]())
            lines.append(f"{kind:12} {len(rounds):>6} {moved:>28} {slowest:>29}  {exit_counts(exits)}")
        lines.append(
            f"{len(self.rounds)} rounds in {self.seconds:.0f} s, {self.posts} posts "
            f"({', '.join(f'{count} {kind}' for kind, count in self.kinds.items())}), {self.quotes} quotes, "
            f"{self.poison} poison, {self.findings.repeats} repeats, {self.findings.setbacks} older ones again, "
            f"exits {exit_counts(self.exits)}, "
            f"publishers replaced {self.publisher_failures}"
        )
        lines.append("GOOD: every promise held" if self.is_good else f"BROKEN: {self._problems()}")
        return "\n".join(lines)

    def _problems(self) -> str:
        stuck = [
            f"round {done.number} ({done.kind}): {', '.join(done.stuck)} stuck" for done in self.rounds if done.stuck
        ]
        drained = [] if self.is_drained else ["the group did not come to the end of its topics"]
        return "; ".join([*drained, *stuck, *([str(self.findings)] if self.findings.faults else [])])


def _times(measured: Iterable[float | None]) -> str:
    """Median and worst."""
    times = [time_s for time_s in measured if time_s is not None]
    return f"{median(times):.1f} s {max(times):>5.1f} s" if times else "-       -"


def exit_counts(exits: dict[str, int] | Counter[str]) -> str:
    """Exit codes and how often each came."""
    return ", ".join(f"{code}: {count}" for code, count in sorted(exits.items())) or "none"
