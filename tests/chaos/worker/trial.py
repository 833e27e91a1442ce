"""A trial: brokers, workers, a feed, faults by a seeded schedule, and the verdict."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

from processors.stream.process.preflight import NEEDED
from runtime.errors import TgwireError, TransientError
from runtime.kafka.admin import admin_client
from runtime.kafka.cluster_topics import ClusterTopics
from runtime.kafka.group_lag import group_lag
from runtime.kafka.topic_reader import read_topic
from runtime.kafka.topics import create_topics
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import Lane
from schemas.topics import (
    CITATIONS,
    DEAD_LETTERS,
    DUPLICATES,
    FINGERPRINTS,
    NORMALIZED,
    QUOTES,
    RAW_BACKFILL,
    RAW_LIVE,
    STATES,
    TOPICS,
    raw_topic,
)
from tests.chaos.worker import faults
from tests.chaos.worker.feeder import Feeder
from tests.chaos.worker.fleet import WORKER, Fleet
from tests.chaos.worker.invention import channel_ids
from tests.chaos.worker.issued import Issued, Kind
from tests.chaos.worker.jumping_clock import jumping, set_offset
from tests.chaos.worker.observer import Observer
from tests.chaos.worker.oracle import JUDGED, Output, judge
from tests.chaos.worker.proxy import Proxy
from tests.chaos.worker.reference import direct_records
from tests.chaos.worker.report import Plan, Report, Round, exit_counts
from tests.chaos.worker.stories import LANGUAGES
from tgwire.local_broker import Broker, BrokerCluster, ProxiedListener, start_broker, start_cluster
from tgwire.local_broker.ports import HOST, free_ports

POLL_S = 0.2
START_LIMIT_S = 300.0
MOVE_LIMIT_S = 300.0
"""A partition that has not moved by then is stuck."""
END_LIMIT_S = 300.0
REQUEST_TIMEOUT_S = 10.0
GENTLE = frozenset({"term", "extra", "delay", "clock"})
"""Faults behind which no record is older than one before it, as long as no worker ends by itself."""
OVERLAP_SHARE = 0.2
"""Of the rounds, those whose successor does not wait for calm."""


def run_trial(plan: Plan, folder: Path, say: Callable[[str], None]) -> Report:
    """Run a plan. Its logs stay in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with _system(plan, folder) as (system, feeder, observer, settings, own_settings):
        trial = _Trial(plan, system, feeder, observer)
        where = settings.kafka.bootstrap_servers
        say(f"{plan.workers} workers, {plan.brokers} brokers at {where}, seed {plan.seed}, logs in {folder}")
        trial.await_start()
        for number, kind in enumerate(plan.schedule(), start=1):
            if time.monotonic() - began > plan.max_s:
                break
            say(_line(trial.round(number, kind)))
        feeder.end()
        is_drained = trial.drain(own_settings)
        issue = feeder.issue()
        kafka = own_settings.kafka
        output = Output(*(list(read_topic(kafka, topic)) for topic in JUDGED))
        had_crash = bool(system.fleet.exits) or not GENTLE.issuperset(done.kind for done in trial.rounds)
        findings = judge(issue, output, direct_records(), had_crash=had_crash)
        if findings.faults:
            _keep_evidence(kafka, folder)
        return Report(
            plan,
            trial.rounds,
            posts=len(issue.posts),
            kinds=issue.kinds(),
            quotes=len(output.quotes),
            poison=len(issue.poison),
            publisher_failures=feeder.failures,
            exits=dict(system.fleet.exits),
            findings=findings,
            is_drained=is_drained,
            seconds=time.monotonic() - began,
        )


def _keep_evidence(kafka: KafkaSettings, folder: Path) -> None:
    """Every record of the topics that show what happened, one a line."""
    for topic in (RAW_LIVE, RAW_BACKFILL, NORMALIZED, QUOTES, CITATIONS, DUPLICATES, STATES, FINGERPRINTS):
        with (folder / f"{topic.name}.jsonl").open("w") as file:
            for record in read_topic(kafka, topic):
                place = [
                    record.partition,
                    record.offset,
                    record.timestamp_ms,
                    (record.key or b"").decode(errors="backslashreplace"),
                ]
                value = None if record.value is None else record.value.decode(errors="backslashreplace")
                file.write(json.dumps([*place, value]) + "\n")


@contextmanager
def _system(plan: Plan, folder: Path) -> Iterator[tuple[faults.System, Feeder, Observer, Settings, Settings]]:
    """The parts; settings through the proxy, and past it."""
    ports = free_ports(2 * plan.brokers)
    listeners = [ProxiedListener(*pair) for pair in zip(ports[::2], ports[1::2], strict=True)]
    clock = folder / "clock"
    set_offset(clock, 0)
    with ExitStack() as stack:
        broker = _brokers(plan.brokers, listeners)
        stack.callback(broker.close)
        proxies = [stack.enter_context(Proxy(listener.advertised_port, listener.port)) for listener in listeners]
        _create_topics(broker.settings(), plan.partitions)
        own = Settings(
            kafka=broker.settings(KafkaSettings(request_timeout_s=REQUEST_TIMEOUT_S)),
            ingest=IngestSettings(delivery_timeout_s=2 * REQUEST_TIMEOUT_S),
            worker=WorkerSettings(
                group="chaos", session_timeout_s=plan.session_timeout_s, stall_timeout_s=plan.stall_timeout_s
            ),
            log=LogSettings(format="json"),
        )
        addresses = ",".join(f"{HOST}:{listener.advertised_port}" for listener in listeners)
        proxied = own.kafka.model_copy(update={"bootstrap_servers": addresses})
        settings = own.model_copy(update={"kafka": proxied})
        program = jumping(clock, "worker") if "clock" in plan.kinds else WORKER
        fleet = stack.enter_context(Fleet(settings, folder, program))
        observer = stack.enter_context(Observer(own.kafka, plan.partitions))
        feeder = stack.enter_context(Feeder(proxied, own.ingest, plan.seed, plan.rate, plan.partitions))

        def pause(seconds: float) -> None:
            threading.Event().wait(seconds)

        yield (
            faults.System(fleet, broker, proxies, plan.session_timeout_s, clock, pause),
            feeder,
            observer,
            settings,
            own,
        )


def _create_topics(settings: KafkaSettings, partitions: int) -> None:
    """With this number of partitions; ``create_topics`` leaves alone what it finds."""
    wanted = {
        topic.name: {
            "num_partitions": partitions,
            "replication_factor": settings.replication_factor,
            "configs": topic.config(),
        }
        for topic in TOPICS
        if topic is not DEAD_LETTERS
    }
    with admin_client(settings) as admin:
        admin.create_topics(wanted)
    create_topics(settings)


def _brokers(count: int, listeners: Sequence[ProxiedListener]) -> Broker | BrokerCluster:
    if count == 1:
        return start_broker("apache", proxied=listeners[0])
    return start_cluster(count, proxied=listeners)


class _Trial:
    """The rounds."""

    def __init__(self, plan: Plan, system: faults.System, feeder: Feeder, observer: Observer) -> None:
        self._plan = plan
        self._system = system
        self._feeder = feeder
        self._observer = observer
        self._random = Random(f"faults {plan.seed}")
        self._topics = ClusterTopics("", {topic.name: plan.partitions for topic in NEEDED})
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
            except TgwireError:
                pass  # the deadline decides
            self._system.pause(1.0)
        return False

    def _slowest(self, since: float) -> float:
        times = self._feeder.issued_at()
        seen = ((issued, self._observer.seen(issued.number)) for issued in self._feeder.issued_since(since))
        return max((at - times[issued.number] for issued, at in seen if at is not None), default=0.0)

    def _await_movement(self, struck: faults.Struck, limit_s: float) -> tuple[float | None, list[str]]:
        """Seconds until a post issued after a fault had come out of every partition, and a verdict in every language;
        else those that do not move.
        """
        deadline = time.monotonic() + limit_s
        while True:
            moved: dict[str, float] = {}
            for issued in self._feeder.issued_since(struck.settled):
                for name, seen in self._passed(issued):
                    if seen is not None and seen > struck.settled:
                        moved[name] = min(seen, moved.get(name, seen))
            waiting = self._all() - set(moved)
            if not waiting:
                return max(moved.values()) - struck.began, []
            if time.monotonic() > deadline:
                return None, sorted(waiting)
            self._system.pause(POLL_S)

    def _all(self) -> set[str]:
        """The partitions that any post passes, and duplicate detection, which has its own by language."""
        raw = {self._raw(lane, channel) for lane in Lane for channel in channel_ids()}
        return raw | {f"verdicts/{language}" for language in LANGUAGES}

    def _passed(self, issued: Issued) -> Iterator[tuple[str, float | None]]:
        """What a state passes, and when it came out there."""
        post = issued.post
        yield self._raw(post.lane, post.channel.id), self._observer.seen(issued.number)
        if post.order is not None and issued.kind in (Kind.NEW, Kind.COPY) and issued.language in LANGUAGES:
            yield f"verdicts/{issued.language}", self._observer.judged(post.order)

    def _raw(self, lane: Lane, channel: int) -> str:
        topic = raw_topic(lane)
        return f"{topic.name}/{self._topics.partition_of(topic, str(channel).encode())}"

    def _await_calm(self) -> None:
        """Wait until of every post issued by now something has come out, but not for ever: the oracle judges at the
        end.
        """
        now = time.monotonic()
        self._behind += [
            issued for issued in self._feeder.issued_since(self._known_until) if not issued.post.is_deleted
        ]
        self._known_until = now
        deadline = now + MOVE_LIMIT_S
        while self._behind and time.monotonic() < deadline:
            self._behind = [issued for issued in self._behind if not self._observer.is_out(issued.key)]
            self._system.pause(POLL_S)


def _line(done: Round) -> str:
    moved = "-" if done.moved_s is None else f"{done.moved_s:.1f} s"
    slowest = "-" if done.slowest_s is None else f"{done.slowest_s:.1f} s"
    stuck = f" STUCK {', '.join(done.stuck)}" if done.stuck else ""
    return (
        f"round {done.number:3} {done.kind:12} moves {moved:>7}, slowest post {slowest:>7}, "
        f"exits {exit_counts(done.exits)}{stuck}"
    )
