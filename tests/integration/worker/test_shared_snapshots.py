"""Snapshots of the duplicate index that workers share, in a folder and in a bucket of an S3 server."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from processors.core.dedup import segment_image as image
from processors.stream.state.snapshot_store import SnapshotStore, open_store
from processors.stream.state.snapshots import Snapshots
from tests.support.fingerprints import fold
from tests.support.snapshots import LOG, add, filled, opened, post


@pytest.fixture
def small_large_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days of some dozens of posts have a file of their own."""
    monkeypatch.setattr(image, "LARGE", 60_000)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server on loopback."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SnapshotStore:
    if request.param == "folder":
        return open_store(str(tmp_path / "shared"))
    import boto3

    address, bucket = request.getfixturevalue("s3"), f"bucket-{uuid4().hex}"
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=bucket)
    return open_store(f"s3://{bucket}/some/prefix")


def test_a_new_worker_starts_from_what_others_shared(
    store: SnapshotStore, tmp_path: Path, small_large_days: None
) -> None:
    index, first = filled(300, days=4), Snapshots(tmp_path / "first", LOG, (store, "dedup/0"))
    first.save(index, 300)
    assert first.publish()
    second = Snapshots(tmp_path / "second", LOG, (store, "dedup/0"))
    saved = second.open()
    assert saved is not None
    assert saved.offset == 300
    for value in (post(5, 1, 5), post(900, 1, 5), post(901, 2, 44)):
        assert fold(opened(saved), value) == fold(opened(first.open()), value)
    assert Snapshots(tmp_path / "third", LOG, (store, "dedup/1")).open() is None


def test_days_that_did_not_change_are_not_shared_again_and_old_snapshots_go(
    store: SnapshotStore, tmp_path: Path, small_large_days: None
) -> None:
    index, snapshots = filled(400, days=2), Snapshots(tmp_path / "own", LOG, (store, "dedup/0"))
    put = list[str]()
    was = store.put

    def counting(folder: str, name: str, content: bytes | Path) -> None:
        put.append(name.rpartition(".")[2])
        was(folder, name, content)

    store.put = counting  # type: ignore[method-assign]
    snapshots.save(index, 400)
    assert snapshots.publish()
    assert sorted(put) == ["days", "days", "json", "posts"]
    assert not snapshots.publish(), "nothing is new"
    for turn in range(1, 4):
        put.clear()
        add(index, post(1001 + turn, 1, turn))
        snapshots.save(index, 400 + turn)
        assert snapshots.publish()
        assert sorted(put) == ["days", "json", "posts"]
    names = sorted(store.names("dedup/0"))
    assert len([name for name in names if name.endswith(".json")]) == 2
    assert len([name for name in names if name.endswith(".days")]) == 3, "the day at rest, and two of the other"
    assert len(opened(Snapshots(tmp_path / "new", LOG, (store, "dedup/0")).open())) == 403


def _damage_newest(store: SnapshotStore, tmp_path: Path, what: str) -> None:
    names = sorted(name for name in store.names("dedup/0") if name.endswith(".json"))
    if what == "manifest":
        store.put("dedup/0", names[-1], b"{")
        return
    content = store.read("dedup/0", names[-1]).decode()
    (name,) = (
        name
        for name in store.names("dedup/0")
        if name.endswith(what) and name not in store.read("dedup/0", names[0]).decode() and name in content
    )
    store.put("dedup/0", name, b"damaged")


@pytest.mark.parametrize("what", ["manifest", ".days", ".posts"])
def test_a_damaged_shared_snapshot_is_named_and_the_one_before_is_taken(
    store: SnapshotStore, tmp_path: Path, what: str
) -> None:
    index, snapshots = filled(40), Snapshots(tmp_path / "first", LOG, (store, "dedup/0"))
    for offset in (40, 41):
        snapshots.save(index, offset)
        assert snapshots.publish()
        add(index, post(1000, 0, 7))
    _damage_newest(store, tmp_path, what)
    with capture_logs() as said:
        saved = Snapshots(tmp_path / "second", LOG, (store, "dedup/0")).open()
    assert saved is not None
    assert (saved.offset, len(opened(saved))) == (40, 40)
    assert [line["event"] for line in said] == ["snapshot is not usable, skipped"]


def test_snapshots_of_another_log_are_left_alone_and_named(store: SnapshotStore, tmp_path: Path) -> None:
    for log, posts in (("topic-id:1", 3), ("topic-id:2", 4)):
        snapshots = Snapshots(tmp_path / log, log, (store, "dedup/0"))
        for offset in range(posts, posts + 4):
            snapshots.save(filled(posts), offset)
            assert snapshots.publish()
    with capture_logs() as said:
        saved = Snapshots(tmp_path / "new", "topic-id:1", (store, "dedup/0")).open()
    assert saved is not None
    assert (saved.offset, len(opened(saved))) == (6, 3)
    assert {line["problem"] for line in said} == {"it is of another log"}


def test_a_worker_that_is_behind_shares_nothing(store: SnapshotStore, tmp_path: Path) -> None:
    ahead, behind = (Snapshots(tmp_path / name, LOG, (store, "dedup/0")) for name in ("ahead", "behind"))
    ahead.save(filled(9), 9)
    behind.save(filled(8), 8)
    assert ahead.publish()
    before = sorted(store.names("dedup/0"))
    behind.publish()
    assert sorted(store.names("dedup/0")) == before
