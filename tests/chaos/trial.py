"""A trial: a broker, workers, a feed, faults by a seeded schedule, and the verdict."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from statistics import median

from ingest.errors import IngestError
from processors.stream.topology import NEEDED, Topology
from schemas.config import IngestSettings, KafkaSettings, LogSettings, Settings, WorkerSettings
from schemas.topics import (
    ANALYZED,
    DEAD_LETTERS,
    DUPLICATES,
    FINGERPRINTS,
    NORMALIZED,
    RAW_BACKFILL,
    RAW_LIVE,
    TOPICS,
    raw_topic,
)
from tests.chaos import faults
from tests.chaos.feeder import Feeder
from tests.chaos.fleet import Fleet
from tests.chaos.invention import LANGUAGES, Issued, channel_ids, lane_of
from tests.chaos.observer import Observer
from tests.chaos.oracle import Findings, Output, judge
from tests.chaos.proxy import Proxy
from tests.chaos.reference import direct_records
from tgwire.broker import ProxiedListener, start_broker
from tgwire.broker.ports import HOST, free_port
from tgwire.errors import TransientError
from tgwire.groups import group_lag
from tgwire.reading import read_topic
from tgwire.topics import create_topics

POLL_S = 0.2
START_LIMIT_S = 90.0
MOVE_LIMIT_S = 120.0
"""A partition that has not moved by then is stuck."""
END_LIMIT_S = 180.0
REQUEST_TIMEOUT_S = 10.0
OVERLAP_SHARE = 0.2
"""Of the rounds, those whose successor does not wait for calm."""


@dataclass(frozen=True)
class Plan:
    """What to do. The same plan gives the same schedule and the same posts."""

    seed: int = 1
    rounds: int = 8
    kinds: tuple[str, ...] = ("kill", "term", "freeze", "extra", "broker_kill", "disk_full", "cut", "delay", "clock")
    workers: int = 3
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
    """Seconds until a fresh post had come out of every partition; None when one stood still, or it was not awaited."""
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
        """Rounds after which a partition stood still."""
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
            lines.append(f"{kind:12} {len(rounds):>6} {moved:>28} {slowest:>29}  {_told(exits)}")
        lines.append(
            f"{len(self.rounds)} rounds in {self.seconds:.0f} s, {self.posts} posts and {self.poison} poison, "
            f"{self.findings.repeats} repeats, exits {_told(self.exits)}, publishers replaced {self.publisher_failures}"
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


def _told(exits: dict[str, int] | Counter[str]) -> str:
    return ", ".join(f"{code}: {count}" for code, count in sorted(exits.items())) or "none"


def run_trial(plan: Plan, folder: Path, say: Callable[[str], None]) -> Report:
    """Run a plan. Its logs stay in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with _system(plan, folder) as (system, feeder, observer, settings, own_settings):
        trial = _Trial(plan, system, feeder, observer)
        say(f"{plan.workers} workers over {settings.kafka.bootstrap_servers}, seed {plan.seed}, logs in {folder}")
        trial.await_start()
        for number, kind in enumerate(plan.schedule(), start=1):
            if time.monotonic() - began > plan.max_s:
                break
            say(_line(trial.round(number, kind)))
        feeder.end()
        is_drained = trial.drain(own_settings)
        issue = feeder.issue()
        kafka = own_settings.kafka
        output = Output(*(list(read_topic(kafka, topic)) for topic in (NORMALIZED, DUPLICATES, DEAD_LETTERS)))
        findings = judge(issue, output, direct_records())
        if findings.faults:
            _keep_evidence(kafka, folder)
        return Report(
            plan,
            trial.rounds,
            posts=len(issue.posts),
            poison=len(issue.poison),
            publisher_failures=feeder.failures,
            exits=dict(system.fleet.exits),
            findings=findings,
            is_drained=is_drained,
            seconds=time.monotonic() - began,
        )


def _keep_evidence(kafka: KafkaSettings, folder: Path) -> None:
    """Every record of the topics that tell what happened, one a line."""
    for topic in (RAW_LIVE, RAW_BACKFILL, ANALYZED, FINGERPRINTS, NORMALIZED, DUPLICATES):
        with (folder / f"{topic.name}.jsonl").open("w") as file:
            for record in read_topic(kafka, topic):
                place = [record.partition, record.offset, record.timestamp_ms]
                file.write(json.dumps([*place, (record.value or b"").decode(errors="replace")]) + "\n")


@contextmanager
def _system(plan: Plan, folder: Path) -> Iterator[tuple[faults.System, Feeder, Observer, Settings, Settings]]:
    """The parts; settings through the proxy, and past it."""
    listener = ProxiedListener(free_port(), free_port())
    clock = folder / "clock"
    faults.set_clock(clock, 0)
    with ExitStack() as stack:
        broker = stack.enter_context(start_broker("apache", proxied=listener))
        proxy = stack.enter_context(Proxy(listener.advertised_port, listener.port))
        create_topics(broker.settings())
        own = Settings(
            kafka=broker.settings(KafkaSettings(request_timeout_s=REQUEST_TIMEOUT_S)),
            ingest=IngestSettings(delivery_timeout_s=2 * REQUEST_TIMEOUT_S),
            worker=WorkerSettings(
                group="chaos", session_timeout_s=plan.session_timeout_s, stall_timeout_s=plan.stall_timeout_s
            ),
            log=LogSettings(format="json"),
        )
        proxied = own.kafka.model_copy(update={"bootstrap_servers": f"{HOST}:{listener.advertised_port}"})
        settings = own.model_copy(update={"kafka": proxied})
        environment = faults.clock_environment(clock) if "clock" in plan.kinds else {}
        fleet = stack.enter_context(Fleet(settings, folder, environment))
        observer = stack.enter_context(Observer(own.kafka))
        feeder = stack.enter_context(Feeder(proxied, own.ingest, plan.seed, plan.rate))

        def pause(seconds: float) -> None:
            threading.Event().wait(seconds)

        yield (
            faults.System(fleet, broker, proxy, plan.session_timeout_s, clock, pause),
            feeder,
            observer,
            settings,
            own,
        )


class _Trial:
    """The rounds."""

    def __init__(self, plan: Plan, system: faults.System, feeder: Feeder, observer: Observer) -> None:
        self._plan = plan
        self._system = system
        self._feeder = feeder
        self._observer = observer
        self._random = Random(f"faults {plan.seed}")
        self._topology = Topology("", {topic.name: topic.partitions for topic in TOPICS if topic in NEEDED})
        self._behind: list[Issued] = []
        self._known_until = 0.0
        self.rounds: list[Round] = []

    def await_start(self) -> None:
        """Start the workers, and wait until posts flow everywhere."""
        for place in range(self._plan.workers):
            self._system.fleet.start(place)
        _, stuck = self._await_movement(faults.Struck(now := time.monotonic(), now), START_LIMIT_S)
        if stuck:
            raise TransientError(f"not everything moved at the start: {', '.join(stuck)}")
        self._await_calm()

    def round(self, number: int, kind: str) -> Round:
        """One fault, and the wait for calm after it."""
        done = Round(number, kind)
        self.rounds.append(done)
        self._system.pause(self._random.uniform(0.2, 2.5))
        exits = Counter(self._system.fleet.exits)
        began = time.monotonic()
        struck = faults.FAULTS[kind](self._system, self._random)
        if self._random.random() >= OVERLAP_SHARE:
            done.moved_s, done.stuck = self._await_movement(struck, MOVE_LIMIT_S)
            self._await_calm()
            done.slowest_s = self._slowest(began)
        done.exits = dict(Counter(self._system.fleet.exits) - exits)
        return done

    def drain(self, settings: Settings) -> bool:
        """Wait until the group has committed everything; False when it does not."""
        deadline = time.monotonic() + END_LIMIT_S
        while time.monotonic() < deadline:
            try:
                if not sum(group_lag(settings.kafka, settings.worker.group).values()):
                    return True
            except (TransientError, IngestError):
                pass  # the deadline decides
            self._system.pause(1.0)
        return False

    def _slowest(self, since: float) -> float:
        times = self._feeder.issued_at()
        seen = ((issued, self._observer.seen(issued.key)) for issued in self._feeder.issued_since(since))
        return max((at - times[issued.number] for issued, at in seen if at is not None), default=0.0)

    def _await_movement(self, struck: faults.Struck, limit_s: float) -> tuple[float | None, list[str]]:
        """Seconds until a post issued after a fault had come out of every partition; else those that stand still."""
        deadline = time.monotonic() + limit_s
        while True:
            moved: dict[str, float] = {}
            for issued in self._feeder.issued_since(struck.settled):
                seen = self._observer.seen(issued.key)
                if seen is not None and seen > struck.settled:
                    for name in self._passed(issued):
                        moved[name] = min(seen, moved.get(name, seen))
            waiting = self._all_partitions() - set(moved)
            if not waiting:
                return max(moved.values()) - struck.began, []
            if time.monotonic() > deadline:
                return None, sorted(waiting)
            self._system.pause(POLL_S)

    def _all_partitions(self) -> set[str]:
        """Those that any post passes."""
        return {self._raw(channel) for channel in channel_ids()} | {self._analyzed(language) for language in LANGUAGES}

    def _passed(self, issued: Issued) -> tuple[str, str]:
        """Partitions through which a post comes."""
        return self._raw(issued.post.channel.id), self._analyzed(issued.language)

    def _raw(self, channel: int) -> str:
        topic = raw_topic(lane_of(channel))
        return f"{topic.name}/{self._topology.partition_of(topic, str(channel).encode())}"

    def _analyzed(self, language: str) -> str:
        return f"{ANALYZED.name}/{self._topology.partition_of(ANALYZED, language.encode())}"

    def _await_calm(self) -> None:
        """Wait until everything acknowledged by now has come out, but not for ever: the verdict comes at the end."""
        now = time.monotonic()
        self._behind += [
            issued for issued in self._feeder.issued_since(self._known_until) if not issued.post.is_deleted
        ]
        self._known_until = now
        deadline = now + MOVE_LIMIT_S
        while self._behind and time.monotonic() < deadline:
            self._behind = [issued for issued in self._behind if self._observer.seen(issued.key) is None]
            self._system.pause(POLL_S)


def _line(done: Round) -> str:
    moved = "-" if done.moved_s is None else f"{done.moved_s:.1f} s"
    slowest = "-" if done.slowest_s is None else f"{done.slowest_s:.1f} s"
    stuck = f" STUCK {', '.join(done.stuck)}" if done.stuck else ""
    return (
        f"round {done.number:3} {done.kind:12} moves {moved:>7}, slowest post {slowest:>7}, "
        f"exits {_told(done.exits)}{stuck}"
    )
