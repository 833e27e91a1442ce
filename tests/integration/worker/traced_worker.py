"""A worker that notes which modules each message passes. Run as a program; its only argument is the file for the notes.

Each line is a JSON list: the topic of the input, then the modules of ``processors`` outside of its core, from the
consumer up to the last batch that is handed to the producer.
"""

import json
import sys
from pathlib import Path
from types import FrameType

from processors.stream.process import worker
from runtime.logs import configure_logging
from runtime.settings.loading import load_settings
from schemas.topics import DUPLICATES, FINGERPRINTS, RAW_LIVE
from tests.support.module_trace import ModuleTrace

TIMERS = ("app.py:commit", "app.py:watch", "post_budget.py:_keep_guard")
OTHER_REQUESTS = ("leader_epochs.py:looked_at", "session_lease.py:renew")
ACKNOWLEDGEMENT = (
    "ordering.py:lock_states",
    "ordering.py:on_delivery",
    "metrics.py:batch_delivered",
    "commits.py:delivered",
    "commit_marker.py:of",
)
"""Of the analysis, which goes on while its fingerprints are fetched already."""
LAST_OUTPUTS = {RAW_LIVE.name: FINGERPRINTS.name, FINGERPRINTS.name: DUPLICATES.name}


class Notes:
    """Writes a line for each message."""

    def __init__(self, path: Path, prefix: str) -> None:
        self._path, self._prefix = path, prefix
        self._input = ""

    def begins(self, path: str, function: str, frame: FrameType) -> bool:
        """Whether the consumer has records."""
        if function != "_deliver" or not path.endswith("faust_app/consumer.py"):
            return False
        topics = {tp.topic.removeprefix(self._prefix) for tp in frame.f_locals["records"]} & set(LAST_OUTPUTS)
        self._input = topics.pop() if topics else self._input
        return bool(self._input) and bool(frame.f_locals["records"])

    def ends(self, path: str, function: str, frame: FrameType) -> bool:
        """Whether the last batch is handed over that comes of them."""
        if function != "send_batch" or not path.endswith("aiokafka/producer/producer.py"):
            return False
        return bool(frame.f_locals["topic"].removeprefix(self._prefix) == LAST_OUTPUTS[self._input])

    def write(self, modules: list[str]) -> None:
        """Add a line."""
        outside = [module for module in modules if not module.startswith("processors/core/")]
        with self._path.open("a") as file:
            file.write(json.dumps([self._input, *outside]) + "\n")


def main() -> None:
    """Run the worker with the settings of the environment."""
    settings = load_settings(None)
    configure_logging(settings.log)
    notes = Notes(Path(sys.argv[1]), settings.kafka.topic_prefix)
    ModuleTrace(
        "processors", notes.begins, notes.ends, notes.write, (*TIMERS, *OTHER_REQUESTS, *ACKNOWLEDGEMENT)
    ).start()
    sys.exit(worker.run_worker(settings))


if __name__ == "__main__":
    main()
