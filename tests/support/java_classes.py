"""Kafka's classes in a file from which Java maps them: a broker then starts with half the CPU time."""

import fcntl
import hashlib
import os
import shutil
import time
from pathlib import Path

from runtime.kafka.topic_reader import read_topic
from runtime.kafka.topics import create_topics
from runtime.settings.kafka import KafkaSettings
from schemas.topics import NORMALIZED
from tgwire.local_broker import start_broker
from tgwire.local_broker.child import STOP_TIMEOUT_S
from tgwire.local_broker.distribution import kafka_home, kafka_jars

OPTIONS = "JDK_JAVA_OPTIONS"


def use_archive(java: Path) -> None:
    """Have every Java of this process and its children use the archive, which is made if need be, beside the jars.

    Java itself leaves it aside where classes or machine are not those that it was made of.
    """
    jars, folder = kafka_jars(), kafka_home()
    made_of = [(str(path), path.stat().st_mtime_ns) for path in (java.resolve(), *jars)]
    archive = folder / f"{hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]}.jsa"
    with (folder / "classes.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of the processes of a run, one makes it
        if not archive.exists():
            _make(archive)
    if archive.exists():
        os.environ[OPTIONS] = f"-XX:SharedArchiveFile={archive} -Xlog:disable"


def _make(archive: Path) -> None:
    draft = archive.with_suffix(".part")
    os.environ[OPTIONS] = f"-XX:ArchiveClassesAtExit={draft} -Xlog:disable"
    try:
        with start_broker("apache") as broker:
            settings = broker.settings(KafkaSettings())
            create_topics(settings)
            list(read_topic(settings, NORMALIZED))
            began = time.monotonic()
            broker.stop()
            was_whole = time.monotonic() - began < STOP_TIMEOUT_S  # else it was killed while it wrote
    finally:
        del os.environ[OPTIONS]
    if was_whole and draft.exists():
        shutil.move(draft, archive)
    draft.unlink(missing_ok=True)
