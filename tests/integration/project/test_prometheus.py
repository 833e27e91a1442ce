"""A real Prometheus scrapes a process; every query of the dashboard and every alert is put to it once."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from kafka import KafkaProducer
from prometheus_client import CollectorRegistry

from ingest.collector.metrics import CollectMetrics
from ingest.publish.metrics import IngestMetrics
from ingest.telegram.net.metrics import TelegramMetrics
from processors.stream.monitoring.metrics import BatchTally, WorkerMetrics
from runtime.http_endpoint import RunningHealth, serve
from runtime.kafka.connection import connect
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import HttpSettings, LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import Channel, Lane, PostSource, RawPost
from schemas.topics import FINGERPRINTS, RAW_BACKFILL, RAW_LIVE, raw_topic
from tests.support.patience import DEADLINE_S, SESSION_S
from tests.support.project import ROOT
from tgwire.buildinfo import build_info
from tgwire.local_broker.ports import free_port, free_ports
from tgwire.processes.child import worker_process

pytestmark = pytest.mark.integration


class Query(NamedTuple):
    panel: str
    legend: str
    expression: str

    def labels(self) -> set[str]:
        return set(re.findall(r"{{(\w+)}}", self.legend))


DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus/rules.yml"
PANELS = json.loads((DEPLOY / "grafana/dashboards/tgwire.json").read_text())["panels"]
QUERIES = [
    Query(panel["title"], target["legendFormat"], target["expr"].replace("$__rate_interval", "1m"))
    for panel in PANELS
    for target in panel.get("targets", ())
]
POLL_S = 0.2


@dataclass
class Prometheus:
    url: str

    def get(self, path: str, **parameters: str) -> Any:
        """The data of an API answer; HTTPError when a query does not parse or cannot be evaluated."""
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}") as answer:
            return json.load(answer)["data"]

    def values(self, query: str) -> list[float]:
        return [float(sample["value"][1]) for sample in self.samples(query)]

    def samples(self, query: str) -> list[dict[str, Any]]:
        samples: list[dict[str, Any]] = self.get("query", query=query)["result"]
        return samples


def eventually(condition: Callable[[], bool], what: str, why: Callable[[], object] = lambda: "") -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {DEADLINE_S:.0f} s: {what}; {why()}")
        time.sleep(POLL_S)


@pytest.fixture
def executable() -> str:
    """Prometheus; where it is missing, CI fails, and others see a skip with the reason."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which("prometheus", path=path)
    if found is None:
        missing = "no prometheus: run scripts/install-test-tools"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture
def start_prometheus(executable: str, tmp_path: Path) -> Iterator[Callable[[dict[str, int]], Prometheus]]:
    """Starts a Prometheus with our rules that scrapes a port on loopback for each job, every second."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(jobs: dict[str, int]) -> Prometheus:
        configuration = tmp_path / "prometheus.yml"
        configuration.write_text(
            yaml.safe_dump(
                {
                    "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
                    "rule_files": [str(RULES)],
                    "scrape_configs": [
                        {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
                        for job, port in jobs.items()
                    ],
                }
            )
        )
        own = next(port for port in free_ports(len(jobs) + 1) if port not in jobs.values())  # they may not listen yet
        address = f"127.0.0.1:{own}"
        command = [
            executable,
            f"--config.file={configuration}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address={address}",
            "--log.level=warn",
        ]
        with (tmp_path / "prometheus.log").open("wb") as log:
            processes.append(subprocess.Popen(command, stdout=log, stderr=log))
        return Prometheus(f"http://{address}")

    yield start
    for process in processes:
        process.terminate()
        process.wait(DEADLINE_S)


def scrapes(prometheus: Prometheus, job: str) -> int:
    try:
        return int(max(prometheus.values(f'sum_over_time(up{{job="{job}"}}[10m])'), default=0))
    except OSError:  # not up yet
        return 0


class _State:
    nbytes = 8000
    bound_hits = 1
    unreadable = 2

    def __len__(self) -> int:
        return 10


class BusyWorker:
    """All of a worker's metrics, as a worker that sees every outcome and every fault would move them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._metrics = WorkerMetrics(registry)
        self._metrics.start({"bug": 1}, {RAW_LIVE.name: 1}, (RAW_LIVE.name, RAW_BACKFILL.name, FINGERPRINTS.name))
        self._metrics.watch_state(_State())
        self._metrics.rebuild_s.set(0.5)

    def work(self) -> None:
        now = time.time()
        tally = BatchTally(
            posts_in=Counter({Lane.LIVE: 3, Lane.BACKFILL: 2}),
            outcomes=Counter(emit=2, duplicate=1, analyzed=1, reject=1),
            records=Counter({"posts.normalized": 3, "quotes": 6}),
            dead=Counter(invalid_json=1),
            timestamps=[(Lane.LIVE, now - 1), (Lane.BACKFILL, now - 100)],
            handling_s=0.01,
            delivery_s=0.02,
        )
        for stage in ("analyze", "dedup"):
            self._metrics.batch_delivered(stage, tally, now)
        self._metrics.committed(is_ok=True)
        self._metrics.show_lag({(RAW_LIVE.name, 0): 5, (FINGERPRINTS.name, 0): 7})


class BusyCollector:
    """The same for a collector."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._metrics = IngestMetrics(registry)
        self._collect = CollectMetrics(registry)
        self._telegram = TelegramMetrics(registry)

    def work(self) -> None:
        self._collect.hints.labels("posted", "taken").inc()
        self._collect.queue_depth.set(1)
        self._collect.gaps_open.set(1)
        self._collect.gaps.inc()
        self._collect.push_seconds.observe(0.02)
        self._collect.last_post.labels("high").set(time.time())
        self._collect.channels.labels("live").set(3)
        self._collect.revisits_due.set(2)
        self._telegram.connected.labels("main").set(1)
        self._telegram.reconnects.labels("main").inc()
        self._telegram.flood_seconds.labels("main", "messages.getHistory").inc(3)
        self._metrics.source_posts.labels("text", "read").inc()
        self._metrics.published_posts.labels("live").inc()
        self._metrics.publish_errors.labels("timeout").inc()
        self._metrics.publish_in_flight.set(1)
        self._metrics.publish_seconds.observe(0.01)
        self._metrics.set_aside.labels("raw", "failed").inc()


def test_each_query_finds_what_the_code_counts(start_prometheus: Callable[[dict[str, int]], Prometheus]) -> None:
    registries = CollectorRegistry(), CollectorRegistry()
    worker, collector = BusyWorker(registries[0]), BusyCollector(registries[1])
    with (
        serve(HttpSettings(), registries[0], RunningHealth(), build=build_info()) as one,
        serve(HttpSettings(), registries[1], RunningHealth(), build=build_info()) as two,
    ):
        prometheus = start_prometheus({"tgwire-worker": one.port, "tgwire-collector": two.port})

        def work_until_scraped() -> bool:
            worker.work()
            collector.work()
            return min(scrapes(prometheus, job) for job in ("tgwire-worker", "tgwire-collector")) >= 4

        eventually(work_until_scraped, "four scrapes of both")
        # A scrape that takes more than its second, on a busy machine, leaves a hole for a while.
        for query in QUERIES:
            eventually(partial(has_all, prometheus, query), str(query))
        assert_rules_run(prometheus)
        for counter in ("tgwire_dead_letters_total", "tgwire_publish_errors_total", "tgwire_continuity_gaps_total"):
            eventually(partial(is_counted, prometheus, counter), counter)
        worker_alerts = {"TgwireDeadLetters", "TgwireContinuityGap", "TgwireProduceErrors", "TgwireWorkerFault"}
        expected = worker_alerts | {"TgwireStateUnreadable", "TgwireGapsOpen", "TgwireSetAside"}
        eventually(lambda: alerts(prometheus) == expected, "alerts", why=lambda: alerts(prometheus))


def has_all(prometheus: Prometheus, query: Query) -> bool:
    """Whether it has data, each of them a number with all labels of the legend."""
    samples = prometheus.samples(query.expression)
    is_labelled = all(query.labels() <= set(sample["metric"]) for sample in samples)
    return bool(samples) and is_labelled and not any(math.isnan(float(sample["value"][1])) for sample in samples)


def is_counted(prometheus: Prometheus, counter: str) -> bool:
    return any(value > 0 for value in prometheus.values(f"sum({counter})"))


def alerts(prometheus: Prometheus) -> set[str]:
    return {alert["labels"]["alertname"] for alert in prometheus.get("alerts")["alerts"]}


NOT_OF_A_WORKER = {panel["title"] for panel in PANELS[[panel["title"] for panel in PANELS].index("Collector") :]}
ONLY_AFTER_A_FAULT = {"Produce and publish errors"}


@pytest.mark.parametrize("kafka_engine", ["apache"], indirect=True)
def test_each_query_finds_what_a_worker_does(
    start_prometheus: Callable[[dict[str, int]], Prometheus],
    kafka_settings: KafkaSettings,
    topics: dict[str, str],
    tmp_path: Path,
) -> None:
    settings = Settings(
        kafka=kafka_settings,
        http=HttpSettings(port=free_port()),
        worker=WorkerSettings(
            group=kafka_settings.topic_prefix + "group", data_dir=tmp_path / "worker", session_timeout_s=SESSION_S
        ),
        log=LogSettings(format="json"),
    )
    queries = [query for query in QUERIES if query.panel not in NOT_OF_A_WORKER | ONLY_AFTER_A_FAULT]
    with worker_process(settings, tmp_path / "worker.log") as process, producer(kafka_settings) as raw:
        prometheus = start_prometheus({"tgwire-worker": settings.http.port})
        numbers = count(1)

        def nothing_is_empty() -> bool:
            assert process.poll() is None, (tmp_path / "worker.log").read_text()
            publish(raw, topics, next(numbers))
            return scrapes(prometheus, "tgwire-worker") >= 4 and all(prometheus.values(q.expression) for q in queries)

        eventually(nothing_is_empty, "data for each query", why=lambda: empty(prometheus, queries))
        assert_rules_run(prometheus)
        for query in QUERIES:
            prometheus.values(query.expression)
        for counted in ('tgwire_posts_out_total{stage="dedup"}', "tgwire_quotes_total", "tgwire_dead_letters_total"):
            eventually(partial(is_counted, prometheus, counted), counted)
        eventually(lambda: prometheus.values("tgwire_ready") == [1], "the worker to be ready")
    for line in (tmp_path / "worker.log").read_text().splitlines():
        assert "event" in json.loads(line)


REVIEW = """What the foreign press writes:

▪️ Politico writes: "The talks in the town of Lower Example have failed for the third time this year."

▪️ The New York Times reports that the mayor of Example "has no plan at all" for the coming winter.

▪️ Financial Times: prices of grain in Example rose by a third.
"""


def empty(prometheus: Prometheus, queries: list[Query]) -> list[Query]:
    return [query for query in queries if not prometheus.values(query.expression)]


@contextmanager
def producer(settings: KafkaSettings) -> Iterator[KafkaProducer]:
    client = connect(KafkaProducer, settings)
    try:
        yield client
    finally:
        client.close()


def publish(raw: KafkaProducer, topics: dict[str, str], number: int) -> None:
    """A post on each lane, with a list of quotes on the live one, and a message that is none."""
    for lane, text in ((Lane.LIVE, REVIEW), (Lane.BACKFILL, "A quiet day in the harbour of the town.")):
        post = RawPost(channel=Channel(id=7), message_id=number, text=text, source=PostSource(kind="test"), lane=lane)
        raw.send(topics[raw_topic(lane).name], key=b"7", value=post.model_dump_json().encode())
    raw.send(topics[RAW_LIVE.name], key=b"7", value=b"not JSON")
    raw.flush()


def assert_rules_run(prometheus: Prometheus) -> None:
    """Every rule was evaluated without an error, and every expression can be asked for as it is."""
    (group,) = prometheus.get("rules")["groups"]
    assert {(rule["name"], rule["health"], rule.get("lastError", "")) for rule in group["rules"]} == {
        (rule["name"], "ok", "") for rule in group["rules"]
    }
    for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]:
        prometheus.values(rule["expr"])
