"""Parquet files of any layout."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.errors import SourceNotFoundError, SourceUnreadableError
from ingest.sources import Source, open_sources
from ingest.sources.options import ReadOptions
from schemas import RawPost
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def parquet(columns: dict[str, Any], **layout: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **layout)
    return stream.getvalue()


def table(count: int, **layout: Any) -> bytes:
    dates = pa.array([NOON + timedelta(minutes=number) for number in range(count)], pa.timestamp("us", tz="UTC"))
    columns = {"id": list(range(1, count + 1)), "date": dates, "text": [f"post {number}" for number in range(count)]}
    return parquet(columns, **layout)


PLAIN = table(5)
GROUPS = table(3000, row_group_size=1000, compression="none")


def damaged_group() -> bytes:
    """The second of three row groups is overwritten."""
    start = pq.ParquetFile(io.BytesIO(GROUPS)).metadata.row_group(1).column(2).data_page_offset
    return GROUPS[:start] + b"\xff" * 200 + GROUPS[start + 200 :]


class TestParquet(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "plain": Case({"a.parquet": PLAIN}, posts=5),
        "any name": Case({"a.bin": PLAIN}, posts=5),
        "zstd": Case({"a.parquet": table(5, compression="zstd")}, posts=5),
        "no rows": Case({"a.parquet": table(0)}),
        "bad rows": Case(
            {
                "a.parquet": parquet(
                    {"id": [1, 0, -5, 1 << 62, None, 6], "text": ["a"] * 6, "views": [1, None, 3, 4, 5, -1]}
                )
            },
            posts=2,
            rejected=4,
        ),
        "bad texts": Case(
            {"a.parquet": parquet({"id": [1, 2, 3], "text": pa.array([b"a", b"caf\xe9", b"c"]).view(pa.string())})},
            posts=2,
            rejected=1,
        ),
        "bad dates": Case(
            {
                "a.parquet": parquet(
                    {"id": [1, 2, 3], "text": ["a"] * 3, "date": pa.array([1, 1 << 60, None], pa.timestamp("ms"))}
                )
            },
            posts=2,
            rejected=1,
        ),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        numbers, texts = zip(*given, strict=True)
        dates = pa.array([NOON] * len(given), pa.timestamp("us", tz="UTC"))
        return {"a.parquet": parquet({"id": numbers, "date": dates, "text": texts})}

    @pytest.mark.parametrize(
        "dates",
        [
            pa.array([NOON], pa.timestamp("s", tz="UTC")),
            pa.array([NOON], pa.timestamp("ms", tz="Europe/Kyiv")),
            pa.array([NOON], pa.timestamp("us", tz="+05:30")),
            pa.array([1_714_564_800_000_000_123], pa.timestamp("ns", tz="UTC")),
            pa.array([1_714_564_800]),
            pa.array([1_714_564_800_000]),
            pa.array([1_714_564_800_000_000]),
            pa.array([1_714_564_800.0]),
            pa.array(["2024-05-01T12:00:00Z"]),
        ],
    )
    def test_dates(self, tmp_path: Path, dates: pa.Array) -> None:
        assert read(tmp_path, {"id": [1], "text": ["a"], "date": dates}).posted_at == NOON

    @pytest.mark.parametrize("unit", ["ms", "us", "ns"])
    def test_a_timestamp_without_zone_is_in_the_zone_given(self, tmp_path: Path, unit: str) -> None:
        columns = {"id": [1], "text": ["a"], "date": pa.array([datetime(2024, 5, 1, 15)], pa.timestamp(unit))}  # noqa: DTZ001
        assert read(tmp_path, columns).posted_at is None
        assert read(tmp_path, columns, ReadOptions(timezone=ZoneInfo("Europe/Kyiv"))).posted_at == NOON

    def test_types_that_only_parquet_has(self, tmp_path: Path) -> None:
        post = read(
            tmp_path,
            {
                "id": [Decimal(42)],
                "text": [b"bytes"],
                "date": [date(2024, 5, 1)],
                "channel": [{"id": -1001234567890, "title": "Wire"}],
                "reactions": pa.array([[("👍", 3)]], pa.map_(pa.string(), pa.int32())),
                "entities": [[{"type": "bold", "offset": 0, "length": 3}]],
            },
            ReadOptions(timezone=ZoneInfo("UTC"), keeps_original=True),
        )
        assert (post.message_id, post.text, post.posted_at) == (42, "bytes", datetime(2024, 5, 1, tzinfo=UTC))
        assert (post.channel.id, post.channel.title) == (1234567890, "Wire")
        assert post.counters is not None
        assert post.counters.reactions == {"👍": 3}
        assert isinstance(post.original, dict)
        assert post.original["entities"] == [{"type": "bold", "offset": 0, "length": 3}]

    def test_rows_of_a_damaged_group_are_named_and_the_others_are_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.parquet").write_bytes(damaged_group())
        items = list(source(tmp_path / "a.parquet").read())
        (rejected,) = rejections(items)
        assert rejected.record == 1001
        assert "row group 2 cannot be read: rows 1,001 to 2,000 are lost" in rejected.message
        assert [post.message_id for post in posts(items)] == [*range(1, 1001), *range(2001, 3001)]

    @pytest.mark.parametrize(
        "content",
        [PLAIN[:-20], PLAIN[:10], b"PAR1", b"PAR1" + b"x" * 100 + b"PAR1", PLAIN[:-8] + b"\xff" * 4 + b"PAR1"],
    )
    def test_a_file_without_a_sound_end_is_an_error_that_names_it(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.parquet").write_bytes(content)
        with pytest.raises(SourceUnreadableError, match=r"a.parquet: damaged, or no Parquet file") as caught:
            list(source(tmp_path / "a.parquet").read())
        assert str(tmp_path) not in str(caught.value)

    def test_metadata_of_a_data_set_holds_no_posts(self, tmp_path: Path) -> None:
        (tmp_path / "_metadata").write_bytes(table(0))
        with pytest.raises(SourceNotFoundError, match="metadata of a Parquet data set"):
            open_sources(tmp_path / "_metadata", ReadOptions(), io.BytesIO())


def source(path: Path, options: ReadOptions | None = None) -> Source:
    (found,) = open_sources(path, options or ReadOptions(), io.BytesIO()).sources
    assert found.kind == "parquet"
    return found


def read(tmp_path: Path, columns: dict[str, Any], options: ReadOptions | None = None) -> RawPost:
    (tmp_path / "a.parquet").write_bytes(parquet(columns))
    return posts(list(source(tmp_path / "a.parquet", options).read()))[0]
