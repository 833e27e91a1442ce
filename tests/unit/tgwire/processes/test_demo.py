"""What a demo removes of the folder that it writes to."""

from contextlib import closing
from pathlib import Path

import pytest

from runtime.errors import StateLockedError
from runtime.settings.tree import Settings
from sinks.store.sink import WRITER
from sinks.store.sqlite.database import SqliteDatabase
from tgwire.processes import demo


class ReachedKafkaError(Exception):
    """Where a test ends: everything that a demo removes is removed by then."""


@pytest.fixture(autouse=True)
def without_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    def cluster(*_: object) -> None:
        raise ReachedKafkaError

    monkeypatch.setattr(demo, "_cluster", cluster)


def run(folder: Path) -> None:
    demo.run_demo(Settings(), [], folder, engine="auto", timeout_s=1.0, say=lambda _: None)


def test_a_real_store_in_the_folder_of_a_demo_stays(tmp_path: Path) -> None:
    kept = [tmp_path / name for name in ("tgwire.db", "tgwire.db-wal", "tgwire.db.sink.lock", "worker/states.db")]
    gone = [tmp_path / name for name in ("demo.db", "demo.db-wal", "demo.db-shm", "demo.worker/states.db")]
    for path in (*kept, *gone):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    with pytest.raises(ReachedKafkaError):
        run(tmp_path)
    assert [path for path in (*kept, *gone) if path.exists()] == kept
    assert demo.store_file(tmp_path) == tmp_path / "demo.db"


def test_a_store_that_another_demo_fills_is_not_removed(tmp_path: Path) -> None:
    with closing(SqliteDatabase(tmp_path / "demo.db")) as store:
        store.own(WRITER)
        with pytest.raises(StateLockedError, match=r"demo\.db: another process \(pid \d+\) writes to it"):
            run(tmp_path)
        assert (tmp_path / "demo.db").exists()
