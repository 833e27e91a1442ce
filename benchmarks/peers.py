"""What a user could write instead, over the same topics: ``python -m benchmarks.peers``.

The loops and Quix Streams run the same core. Quix Streams calls it post by post, which costs the core itself several
times as much; a loop that calls it so, too, shows what is the framework's. The typical script does less. Rounds
alternate, the best of each counts.
"""

import tempfile
from pathlib import Path

from benchmarks.backlog import WARM_POSTS, WORKER, Drain, drain, messages
from benchmarks.results import Row, Table, show
from runtime.settings.kafka import KafkaSettings
from tgwire.local_broker import start_broker

POSTS = 6_000
SCRIPT_POSTS = 1_000
ROUNDS = 3

TGWIRE = "tgwire worker (Faust)"
BARE = "aiokafka loop"
SCRIPTS = {
    "typical script": ("benchmarks.drivers.typical_script",),
    "typical script without langdetect": ("benchmarks.drivers.typical_script", "--no-langdetect"),
}
MODULES = {
    TGWIRE: WORKER,
    BARE: ("benchmarks.drivers.aiokafka_loop",),
    "confluent-kafka loop": ("benchmarks.drivers.confluent_loop",),
    "aiokafka loop, post by post": ("benchmarks.drivers.aiokafka_loop", "--post-by-post"),
    "Quix Streams, post by post": ("benchmarks.drivers.quix_app",),
}


def compare(base: KafkaSettings, folder: Path, posts: int = POSTS, rounds: int = ROUNDS) -> Table:
    """CPU a post of each, and how it compares with the bare aiokafka loop."""
    backlog = messages(WARM_POSTS + posts)
    runs: dict[str, list[Drain]] = {name: [] for name in MODULES}
    for _ in range(rounds):
        for name, module in MODULES.items():
            runs[name].append(drain(base, folder, module, backlog))
    for name, module in SCRIPTS.items():
        runs[name] = [drain(base, folder, module, backlog[: WARM_POSTS + SCRIPT_POSTS], has_verdicts=False)]
    best = {name: min(drains, key=lambda run: run.cpu_us_a_post) for name, drains in runs.items()}
    rows = [
        Row(
            name,
            run.cpu_us_a_post,
            (
                ("x the aiokafka loop", run.cpu_us_a_post / best[BARE].cpu_us_a_post),
                ("posts/s", max(each.posts_a_second for each in runs[name])),
                ("RSS MB", run.rss_mb),
            ),
        )
        for name, run in best.items()
    ]
    return Table("peers", "The same core under other clients", "CPU us a post", tuple(rows))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch, start_broker("apache") as broker:
        show(compare(broker.settings(), Path(scratch)))
