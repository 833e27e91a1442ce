"""Parquet by day: rows of changes, in a folder and in a bucket of an S3 server on loopback."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from deltalake import DeltaTable
from pydantic import ValidationError

from runtime.settings.sink import ParquetSinkSettings
from schemas import RejectReason
from sinks.contract import Message, Partition, Written
from sinks.errors import ParquetPlaceError, SinkPlaceError, SinkUnavailableError
from sinks.parquet import ParquetSink
from sinks.parquet.delta import delta_errors
from sinks.parquet.statements import run_parquet_statement
from sinks.parquet.tables import TABLES, rows_of
from tests.contract.sinks.sink_places import ParquetPlace
from tests.support.sink_records import (
    COUNTS,
    NOW_MS,
    POSTS,
    VERDICTS,
    batch,
    counts,
    key,
    message,
    post,
    tombstone,
    verdict,
)

OTHER = Partition(POSTS.topic, POSTS.topic_id, 1)


def opened(place: str, *others: Partition, **changes: Any) -> ParquetSink:
    """At the beginning of ``POSTS`` and some others: two tables are made for each topic."""
    sink = ParquetSink(ParquetSinkSettings(place=place, **changes))
    for partition, position in sink.open([POSTS, *others]).items():
        if position.offset < 0:
            sink.move(partition, 0)
    return sink


@pytest.fixture
def place(tmp_path: Path) -> ParquetPlace:
    return ParquetPlace(str(tmp_path / "parquet"))


def row(value: bytes, partition: Partition = POSTS) -> dict[str, Any]:
    rows = rows_of(TABLES[partition.topic], partition, [Message(7, b"k", value, NOW_MS)])
    assert rows.refused == []
    found: list[dict[str, Any]] = rows.dated.to_pylist() + rows.undated.to_pylist()
    assert len(found) == 1
    return found[0]


def test_a_post_is_a_row_with_what_people_ask_for() -> None:
    found = row(post(30, 4, "Größe 👍").to_json())
    assert found["posted_on"] == date(2026, 3, 2)
    assert found["posted_at"] == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert found["recorded_at"] == datetime.fromtimestamp(NOW_MS / 1000, UTC)
    assert (found["key"], found["op"], found["partition"], found["offset"]) == (key(30), "upsert", 0, 7)
    assert (found["rank_us"], found["rank_class"]) == (1_772_000_000_000_004, 1)
    assert (found["channel_id"], found["channel_username"], found["message_id"]) == (77, "wirenews", 30)
    assert (found["text"], found["language_code"], found["revision"]) == ("Größe 👍", "en", "Größe 👍")
    assert (found["quote_lists"], found["forward"], found["media"]) == ("[]", None, "[]")


def test_a_deletion_is_a_row_without_a_date() -> None:
    found = row(tombstone(1, 9).to_json())
    assert (found["key"], found["op"], found["posted_on"]) == (key(1), "delete", None)
    assert (found["rank_us"], found["channel_id"], found["text"]) == (1_772_000_000_000_009, 77, None)


def test_a_verdict_is_a_row_and_its_withdrawal_too() -> None:
    found = row(verdict(2, 1).to_json(), VERDICTS)
    assert (found["duplicate_of"], found["duplicate_kind"], found["similarity"]) == (key(1), "exact", 1.0)
    [withdrawn] = rows_of(TABLES[VERDICTS.topic], VERDICTS, [message(0, None, key(2))]).undated.to_pylist()
    assert (withdrawn["key"], withdrawn["op"], withdrawn["duplicate_of"]) == (key(2), "delete", None)


def test_counters_are_filed_by_the_day_of_their_reading() -> None:
    found = row(counts(1, 120).to_json(), COUNTS)
    assert (found["view_count"], found["posted_on"], found["reactions"]) == (120, date(2026, 3, 2), None)
    assert found["is_exact"] is True


@pytest.mark.parametrize(
    ("value", "reason", "field", "text"),
    [
        (b"{", RejectReason.INVALID_JSON, None, "invalid JSON"),
        (b'{"type":"post","key":"\\ud800"}', RejectReason.INVALID_JSON, None, "invalid JSON"),
        (b'{"type":"nobody"}', RejectReason.INVALID_FIELD, "type", "not what is expected"),
        (b'{"type":"tombstone","key":5}', RejectReason.INVALID_FIELD, "key", "Expected `str`, got `int`"),
        (
            b'{"type":"tombstone","key":"secret words"}',
            RejectReason.INVALID_FIELD,
            None,
            "Object missing required field `schema_version`",
        ),
        (b"[]", RejectReason.INVALID_FIELD, None, "Expected `object`, got `array`"),
    ],
)
def test_a_record_that_is_none_is_refused(value: bytes, reason: RejectReason, field: str | None, text: str) -> None:
    [refusal] = rows_of(TABLES[POSTS.topic], POSTS, [Message(0, b"k", value, NOW_MS)]).refused
    assert (refusal.reason, refusal.field, refusal.text) == (reason, field, text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"message_id":1', b'"message_id":99999999999999999999'),
        (b'"posted_at":"2026-03-01T01:00:00Z"', b'"posted_at":"2026-03-01T01:00:00"'),
        (b'"rank":[1772000000000000,1]', b'"rank":[1e400,1]'),
        (b'"quote_lists":[]', b'"quote_lists":["\xff"]'),
        (b'"posted_at":"2026-03-01T01:00:00Z"', b'"posted_at":"0001-01-01T00:00:00+23:00"'),
    ],
)
def test_values_that_no_column_holds_are_refused_and_no_others(old: bytes, new: bytes) -> None:
    good = post(1).to_json()
    assert old in good
    messages = [Message(0, b"k", good.replace(old, new), NOW_MS), Message(1, b"k", good, NOW_MS)]
    rows = rows_of(TABLES[POSTS.topic], POSTS, messages)
    assert [refusal.message.offset for refusal in rows.refused] == [0]
    assert rows.dated["offset"].to_pylist() == [1]


def test_days_are_folders_and_what_has_no_date_is_apart(place: ParquetPlace) -> None:
    sink = opened(place.place)
    sink.write(batch(POSTS, 0, post(1), post(30), post(2, is_dated=False), tombstone(3, 1)))
    folder = Path(place.place)
    assert sorted(path.name for path in (folder / "posts").glob("posted_on=*")) == [
        "posted_on=2026-03-01",
        "posted_on=2026-03-02",
    ]
    undated = DeltaTable(str(folder / "posts_undated")).to_pyarrow_table().to_pylist()
    assert [(each["key"], each["op"]) for each in undated] == [(key(2), "upsert"), (key(3), "delete")]


def test_files_can_be_read_as_they_are(place: ParquetPlace) -> None:
    """DuckDB, polars and pandas read the folder of a table by its names as well."""
    opened(place.place).write(batch(POSTS, 0, *(post(number) for number in range(1, 40))))
    found = ds.dataset(f"{place.place}/posts", partitioning="hive", exclude_invalid_files=True).to_table()
    assert set(found["key"].to_pylist()) == {key(number) for number in range(1, 40)}


def test_compaction_changes_files_and_no_rows(place: ParquetPlace) -> None:
    sink = opened(place.place, compact_interval_s=1e-9, keep_replaced_h=0)
    for start in range(12):
        assert sink.write(batch(POSTS, start, post(start + 1))) == Written(start + 1)
    table = DeltaTable(f"{place.place}/posts")
    assert len(table.file_uris()) == 1
    assert len(list((Path(place.place) / "posts").rglob("*.parquet"))) <= 3  # replaced files are deleted
    assert sorted(each["key"] for each in place.rows("posts") if each["posted_on"]) == sorted(
        key(number) for number in range(1, 13)
    )
    assert opened(place.place).open([POSTS])[POSTS].offset == 12


def test_a_table_of_an_older_version_gets_the_columns_that_it_lacks(place: ParquetPlace) -> None:
    table = TABLES[POSTS.topic]
    lacking = pa.schema([field for field in table.schema if field.name != "script"])
    DeltaTable.create(f"{place.place}/posts", lacking, partition_by=["posted_on"])
    opened(place.place).write(batch(POSTS, 0, post(1)))
    [found] = place.rows("posts")
    assert (found["key"], found["script"]) == (key(1), None)


def test_a_process_that_was_overtaken_writes_nothing(place: ParquetPlace) -> None:
    old, new = opened(place.place, OTHER), opened(place.place, OTHER)
    assert old.write(batch(POSTS, 0, post(1))) == Written(1)
    new.open([POSTS])
    assert new.write(batch(POSTS, 1, post(2), post(3, is_dated=False))) == Written(3)
    assert old.write(batch(POSTS, 1, post(2), post(3, is_dated=False))) == Written(3)
    assert old.write(batch(OTHER, 0, post(9))) == Written(1)  # another partition is nobody's loss
    assert sorted(each["key"] for each in place.rows("posts")) == [key(1), key(2), key(3), key(9)]


def test_rows_without_a_date_are_written_once_when_a_crash_came_between(place: ParquetPlace) -> None:
    """The table of undated rows is written first: what it has already is left out when the batch comes again."""
    sink = opened(place.place)
    given = batch(POSTS, 0, post(1), post(2, is_dated=False), tombstone(3, 1))
    rows = rows_of(TABLES[POSTS.topic], POSTS, given.messages)
    sink._tables[POSTS.topic].undated.append(POSTS, rows.undated, given.end, NOW_MS)
    assert opened(place.place).write(given) == Written(3)
    assert sorted(each["key"] for each in place.rows("posts")) == [key(1), key(2), key(3)]


def test_a_move_to_where_it_is_keeps_that(place: ParquetPlace) -> None:
    """As when an operator accepts that the sink was away for too long."""
    sink = opened(place.place)
    given = batch(POSTS, 0, post(2, is_dated=False), post(3))
    rows = rows_of(TABLES[POSTS.topic], POSTS, given.messages)
    sink._tables[POSTS.topic].undated.append(POSTS, rows.undated, given.end, NOW_MS)
    again = opened(place.place)
    again.move(POSTS, 0)
    assert again.write(given) == Written(2)
    assert sorted(each["key"] for each in place.rows("posts")) == [key(2), key(3)]


def test_a_place_that_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((SinkPlaceError, SinkUnavailableError), match="file/inside"):
        opened(str(tmp_path / "file" / "inside"))


@pytest.mark.parametrize("place", ["s3://", "http://example.org/", "s3://UPPER/x", "file:///tmp"])
def test_a_place_of_another_kind_is_refused(place: str) -> None:
    with pytest.raises(ValidationError, match="expected a folder, or s3://BUCKET/PREFIX"):
        ParquetSinkSettings(place=place)


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """The address of an S3 server."""
    from moto.server import ThreadedMotoServer  # takes long to load

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, where clients look for it."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return s3_server


@pytest.fixture
def bucket(s3: str) -> str:
    import boto3

    client = boto3.client("s3", endpoint_url=s3, region_name="us-east-1")
    client.create_bucket(Bucket=(name := f"news-{uuid4().hex}"))
    client.close()
    return f"s3://{name}/tgwire"


def test_a_bucket_takes_what_a_folder_takes(bucket: str) -> None:
    sink = opened(bucket, compact_interval_s=1e-9)
    place = ParquetPlace(bucket)
    for start in range(4):
        assert sink.write(batch(POSTS, start, post(start + 1))).next_offset == start + 1
    assert opened(bucket).open([POSTS])[POSTS].offset == 4
    assert sorted(each["key"] for each in place.rows("posts")) == [key(number) for number in range(1, 5)]


def test_a_bucket_is_read_by_sql(bucket: str) -> None:
    opened(bucket).write(batch(POSTS, 0, post(1), post(2)))
    found = run_parquet_statement(bucket, "SELECT key FROM latest_posts ORDER BY key", limit=9, limit_s=60)
    assert found.rows == [(key(1),), (key(2),)]
    with pytest.raises(ParquetPlaceError, match="s3://absent/x: "):
        run_parquet_statement("s3://absent/x", "SELECT 1", limit=9, limit_s=60)


def test_a_process_that_was_overtaken_writes_nothing_to_a_bucket(bucket: str) -> None:
    old, new = opened(bucket), opened(bucket)
    assert new.write(batch(POSTS, 0, post(1), post(2))) == Written(2)
    assert old.write(batch(POSTS, 0, post(1), post(2))) == Written(2)
    assert len(ParquetPlace(bucket).rows("posts")) == 2


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_is_not_there_ends_the_sink_in_words() -> None:
    with pytest.raises(SinkPlaceError, match=r"s3://absent/x/posts: .*NoSuchBucket.*right to write"):
        opened("s3://absent/x")


@pytest.fixture
def user(bucket: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whose rights clients have from here on: those to read. The server asks for rights now."""
    from moto import settings
    from moto.core.authorization import ActionAuthenticatorMixin

    name = uuid4().hex
    users().create_user("us-east-1", name)
    allow(name, "s3:Get*", "s3:List*")
    made = users().create_access_key(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", made.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", made.secret_access_key)
    monkeypatch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
    monkeypatch.setattr(ActionAuthenticatorMixin, "request_count", 0)
    return name


def users() -> Any:
    """Those of the server."""
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.iam.models import iam_backends

    return iam_backends[DEFAULT_ACCOUNT_ID]["aws"]


def allow(user: str, *actions: str) -> None:
    """Let a user do this, and nothing else."""
    rights = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    users().put_user_policy(user, "rights", json.dumps({"Version": "2012-10-17", "Statement": [rights]}))


def test_a_bucket_that_refuses_ends_the_sink_in_words_and_loses_nothing(bucket: str, user: str) -> None:
    words = r"posts: .* 403 Forbidden: AccessDenied: give this user the right to write$"
    with pytest.raises(SinkPlaceError, match=rf"^sink\.parquet\.place {bucket}/{words}"):
        opened(bucket)
    allow(user, "s3:*")
    sink = opened(bucket)
    assert sink.write(batch(POSTS, 0, post(1))) == Written(1)
    allow(user, "s3:Get*", "s3:List*")
    with pytest.raises(SinkPlaceError, match=words):
        sink.write(batch(POSTS, 1, post(2)))
    allow(user, "s3:*")
    again = opened(bucket)
    assert again.open([POSTS])[POSTS].offset == 1
    assert again.write(batch(POSTS, 1, post(2))) == Written(2)
    assert sorted(each["key"] for each in ParquetPlace(bucket).rows("posts")) == [key(1), key(2)]


@pytest.mark.parametrize(
    "text",
    [
        "Unable to create dir: Permission denied (os error 13)",
        "Read-only file system (os error 30)",
    ],
)
def test_a_place_without_rights_ends_the_sink_in_words(text: str) -> None:
    words = r"sink\.parquet\.place s3://b/t: .*give this user the right to write"
    with pytest.raises(SinkPlaceError, match=words), delta_errors("s3://b/t"):
        raise OSError(text)


@pytest.mark.parametrize("text", ["No space left on device (os error 28)", "error sending request: timed out"])
def test_what_passes_is_waited_for(text: str) -> None:
    with pytest.raises(SinkUnavailableError), delta_errors("/data"):
        raise OSError(text)
