"""The live collector, from a local data centre to Apache Kafka: ``python -m benchmarks.collect``.

1,000 channels, of which few write much and most little. A post is pushed by ``tests.support.mtproto_server`` over a
real socket to a real Telethon client in ``tgwire collect``; it has arrived with the broker's own timestamp of its
record.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import kafka
from kafka import TopicPartition

from benchmarks.processes import Measured
from benchmarks.results import Row, Table, show
from runtime.kafka.connection import connect
from runtime.kafka.topics import create_topics
from runtime.settings.kafka import KafkaSettings
from schemas import RawPost
from schemas.topics import RAW_LIVE
from tgwire.local_broker import start_broker
from tgwire.local_broker.ports import free_port
from tgwire.processes.child import stop

CHANNELS = 1000
RATES = (100, 300, 900)
MEASURED_S = 30.0
START_S = 120.0
"""Until every channel has been looked at once, and live posts come through."""
Key = tuple[int, int]


def measure(base: KafkaSettings, folder: Path) -> Table:
    """CPU, latency and memory at each rate of posts."""
    rows = []
    for rate in RATES:
        place = folder / str(rate)
        place.mkdir()
        rows.append(_at(rate, base.model_copy(update={"topic_prefix": f"collect{rate}."}), place))
    return Table("collect", f"Live collection of {CHANNELS:,} channels", "CPU us a post", tuple(rows))


def _at(rate: int, kafka_settings: KafkaSettings, folder: Path) -> Row:
    create_topics(kafka_settings)
    port = free_port()
    cluster = {"bootstrap_servers": kafka_settings.bootstrap_servers, "topic_prefix": kafka_settings.topic_prefix}
    with (
        data_centre(rate, folder) as ready,
        collecting(ready, folder, port, ["collect", "--json"], {"kafka": cluster}) as collector,
    ):
        await_live(collector, port)
        arrivals = _Arrivals(kafka_settings)
        began, cpu_s, events = time.time(), collector.cpu_s(), folder / "events.jsonl"
        while time.time() < began + MEASURED_S:
            arrivals.poll()
        ended, cpu_s = time.time(), collector.cpu_s() - cpu_s
        rss_mb = collector.rss_mb()
        sent = {key: at for key, at in pushed(events) if began <= at < ended - 2.0}
        deadline = time.time() + 30
        while time.time() < deadline and not sent.keys() <= arrivals.at.keys():
            arrivals.poll()
        late = [arrivals.at[key] - at for key, at in sent.items() if key in arrivals.at]
        arrivals.close()
    cuts = statistics.quantiles(late, n=100)
    count = sum(began <= at < ended for at in arrivals.at.values())
    return Row(
        f"{rate} posts/s",
        cpu_s / max(count, 1) * 1e6,
        (
            ("posts/s", count / (ended - began)),
            ("lost", float(len(sent) - len(late))),
            ("p50 ms", cuts[49] * 1000),
            ("p99 ms", cuts[98] * 1000),
            ("RSS MB", rss_mb),
        ),
    )


class _Arrivals:
    """When the broker first had each post."""

    def __init__(self, settings: KafkaSettings) -> None:
        self.at: dict[Key, float] = {}
        self._consumer: Any = connect(kafka.KafkaConsumer, settings, enable_auto_commit=False)
        name = settings.topic_prefix + RAW_LIVE.name
        partitions = [TopicPartition(name, number) for number in range(RAW_LIVE.partitions)]
        self._consumer.assign(partitions)
        self._consumer.seek_to_beginning(*partitions)

    def poll(self) -> None:
        for records in self._consumer.poll(200).values():
            for record in records:
                post = RawPost.model_validate_json(record.value)
                self.at.setdefault((post.channel.id, post.message_id), record.timestamp / 1000)

    def close(self) -> None:
        self._consumer.close()


def await_live(collector: Measured, port: int) -> None:
    """Every channel has been looked at once."""
    wanted = f'tgwire_collect_channels{{state="live"}} {CHANNELS:.1f}'
    deadline = time.time() + START_S
    while wanted not in _metrics(port):
        collector.require_alive()
        if time.time() > deadline:
            raise TimeoutError("not every channel was found")
        time.sleep(1)


def _metrics(port: int) -> str:
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text: str = answer.read().decode()
            return text
    except OSError:  # not there yet
        return ""


def pushed(events: Path) -> Iterator[tuple[Key, float]]:
    """Channel and message id of each post, and when it was pushed (seconds since 1970)."""
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line) if line.endswith("\n") else {}
            if event.get("event") == "post":
                yield (event["channel"], event["id"]), event["at"]


@contextmanager
def data_centre(rate: int, folder: Path) -> Iterator[dict[str, Any]]:
    """A server that pushes so many posts a second, and what it says of itself."""
    arguments = ["--channels", str(CHANNELS), "--rate", str(rate), "--seed", "1", "--history", "3000"]
    files = ["--public-key", str(folder / "key.pem"), "--ledger", str(folder / "events.jsonl")]
    server = subprocess.Popen(  # noqa: S603 - a module of ours
        [sys.executable, "-m", "tests.support.mtproto_server", *arguments, *files],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())
    finally:
        stop(server)


@contextmanager
def collecting(
    ready: dict[str, Any], folder: Path, port: int, command: Sequence[str], more: Mapping[str, Mapping[str, object]]
) -> Iterator[Measured]:
    """A ``tgwire`` command that collects from a data centre, with its metrics on a port; ``more``: further settings."""
    config, state = folder / "tgwire.toml", folder / "state"
    tables: dict[str, Mapping[str, object]] = {
        **more,
        "ingest": {"state_dir": str(state)},
        "http": {"port": port},
        "collect": {"channels": str(folder / "channels.toml")},
        "telegram": {
            "api_id": ready["api_id"],
            "api_hash": ready["api_hash"],
            "server": f"127.0.0.1:{ready['port']}",
            "server_key": str(folder / "key.pem"),
            "requests_per_s": 100.0,
        },
    }
    config.write_text(
        "".join(
            f"[{table}]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in fields.items())
            for table, fields in tables.items()
        )
    )
    tgwire = [sys.executable, "-m", "tgwire", "--config", str(config)]
    channels = "".join(f"@{name}\n" for name in ready["channels"])
    for arguments, text in ((["login", "--import"], ready["sessions"][0]), (["channels", "import", "-"], channels)):
        subprocess.run([*tgwire, *arguments], input=text, text=True, check=True, capture_output=True)  # noqa: S603
    log = folder / "collect.log"
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 - a module of ours
            [*tgwire, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield Measured(child, log)
        finally:
            stop(child)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch, start_broker("apache") as broker:
        show(measure(broker.settings(), Path(scratch)))
