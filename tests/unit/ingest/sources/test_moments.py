"""Dates of archives in all their forms."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.sources.containers.disk_file import PlainFile
from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.mapping import counts, ids, moments
from ingest.sources.options import ReadOptions

NOON = datetime(2022, 8, 12, 12, tzinfo=UTC)


def _context(zone: str | None = None) -> ReadContext:
    options = ReadOptions(timezone=ZoneInfo(zone) if zone else None)
    return ReadContext("test", PlainFile(Path("a.json"), "in"), options)


@pytest.mark.parametrize(
    "written",
    [
        "2022-08-12T12:00:00+00:00", "2022-08-12 12:00:00+00:00", "2022-08-12T15:00:00+03:00", "2022-08-12T12:00:00Z",
        1660305600, "1660305600", 1660305600.0, "1660305600.0", 1660305600000, "1660305600000", 1660305600000000, NOON,
    ],
)  # fmt: skip
def test_moments(written: object) -> None:
    assert moments.moment(_context(), written, "date") == NOON


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        0,
        "0",
        "1970-01-01T03:00:00",
        "1970-01-01T00:00:00Z",
        3600,
        "3600",
        "1970",
        " 5 ",
        3600.0,
        "3600.0",
        False,
    ],
)
def test_never(written: object) -> None:
    assert moments.moment(_context(), written, "date") is None
    assert moments.utc(written, "date") is None


def test_a_day_in_digits_is_no_unix_time() -> None:
    assert moments.utc("20220812", "date") == NOON - timedelta(hours=12)
    assert moments.moment(_context("Europe/Kyiv"), "20220812", "date") == NOON - timedelta(hours=15)


def test_posts_without_a_date_among_others_are_counted() -> None:
    context = _context()
    channel = context.channel(channel_id=7, fallback="a")
    for number, posted_at in enumerate([None, NOON, None], 1):
        context.post(channel, number, place=number, posted_at=posted_at, text="x")
    assert context.warnings == ["2 posts without a date, or with one of 1970, among others with one"]


def test_that_no_post_has_a_date_needs_no_remark() -> None:
    context = _context()
    context.post(context.channel(channel_id=7, fallback="a"), 1, place=1, text="x")
    assert context.warnings == []


@pytest.mark.parametrize(
    "written", [1e15, "1000000000000000", -5, "yesterday", [], {}, True, float("nan"), 1e300, "2024"]
)
def test_what_is_no_date_names_its_field(written: object) -> None:
    with pytest.raises(InvalidRecordError) as error:
        moments.moment(_context(), written, "date")
    assert error.value.field == "date"


def test_a_time_without_zone_is_unknown_or_in_the_zone_that_is_given() -> None:
    context = _context()
    assert [moments.moment(context, "2022-08-12T15:00:00", "date") for _ in range(3)] == [None] * 3
    assert len(context.warnings) == 1
    assert "--timezone" in context.warnings[0]
    assert moments.moment(_context("Europe/Kyiv"), "2022-08-12T15:00:00", "date") == NOON
    assert moments.moment(_context("Europe/Kyiv"), "2022-01-12T14:00:00", "date") == NOON - timedelta(days=212)
    assert moments.utc("2022-08-12 12:00:00", "date") == NOON


@pytest.mark.parametrize(("written", "number"), [(5, 5), ("5", 5), (5.0, 5), ("5.0", 5), (" 5 ", 5)])
def test_ids(written: object, number: int) -> None:
    assert ids.message_id(written) == number


@pytest.mark.parametrize("written", [0, -5, 2**63, "x", None, 1.5, [], True, "-5"])
def test_what_is_no_id_names_its_field(written: object) -> None:
    with pytest.raises(InvalidRecordError) as error:
        ids.message_id(written, "message_id")
    assert error.value.field == "message_id"


def test_ids_of_channels() -> None:
    written = (7, -1001117628569, "-1001117628569", "1681050227.0", "channel7", None)
    assert [ids.channel_id(each) for each in written] == [7, 1117628569, 1117628569, 1681050227, 7, None]
    with pytest.raises(InvalidRecordError):
        ids.channel_id(-5)
    assert ids.optional_channel_id(-5) is None


def test_counts_are_null_where_they_are_unknown_and_nonsense_is_said() -> None:
    context = _context()
    assert [counts.count(context, each, "views") for each in (5, "5", 5.0, 0, "0")] == [5, 5, 5, 0, 0]
    assert [counts.count(context, each, "views") for each in (None, "", -1)] == [None] * 3
    assert context.warnings == []
    nonsense: tuple[object, ...] = ("many", -7, 2**40, [])
    assert [counts.count(context, each, "views") for each in nonsense] == [None] * 4
    assert context.warnings == ["views holds what is no count; it is left unknown (4 times)"]
    assert counts.reactions(context, [("👍", 2), ("👍", 3), (None, 5), ("paid", "1")], "reactions") == {
        "👍": 5,
        "paid": 1,
    }
