"""Dates and counts in the cells of tables, as people, spreadsheets and scripts write them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.sources.containers.disk_file import PlainFile
from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.options import ReadOptions
from ingest.sources.table import cells
from ingest.sources.table.dates import DateOrder, order_of
from ingest.sources.table.guess import guess

MOMENT = datetime(2024, 4, 13, 18, 5, 51, tzinfo=UTC)


def _context(*, is_utc: bool = True) -> ReadContext:
    return ReadContext("csv", PlainFile(Path("a.csv"), "in"), ReadOptions(timezone=UTC if is_utc else None))


@pytest.mark.parametrize(
    "written",
    [
        "13.04.2024 18:05:51", "13.04.2024, 18:05:51", "13.4.2024 18:05:51", "2024.04.13 18:05:51",
        "2024/04/13 18:05:51", "13/04/2024 18:05:51", "04/13/2024 18:05:51", "4/13/24 6:05:51 PM",
        "13-04-2024 18:05:51",
        "2024-04-13 06:05:51 PM", "2024-04-13 06:05:51 p.m.", "20240413180551", "13 Apr 2024 18:05:51",
        "13 April 2024 18:05:51", "April 13, 2024 at 6:05:51 PM", "Apr 13th, 2024 18:05:51",
        "Saturday, April 13, 2024 18:05:51", "Sat Apr 13 18:05:51 2024", "13 Apr 2024 06:05:51 PM",
        "13 apr. 2024 18:05:51", "Sat, 13 Apr 2024 at 18:05:51",
    ],
)  # fmt: skip
def test_dates_without_a_zone_are_in_the_one_that_is_given(written: str) -> None:
    assert cells.is_date(written)
    assert cells.moment(_context(), written, "date") == MOMENT
    assert cells.moment(_context(is_utc=False), written, "date") is None


@pytest.mark.parametrize(
    "written",
    [
        "2024-04-13 18:05:51 UTC", "2024-04-13 18:05:51 +0000", "2024-04-13 21:05:51 GMT+3",
        "13.04.2024 21:35:51 UTC+03:30",
        "2024-04-13 21:05:51 Europe/Kyiv", "13/04/2024 18:05:51 UTC", "Sat Apr 13 21:05:51 +0300 2024",
        "Sat, 13 Apr 2024 18:05:51 GMT", {"$date": "2024-04-13T18:05:51Z"}, {"$date": 1713031551000},
        {"$date": {"$numberLong": "1713031551000"}},
        "2024/04/13T18:05:51Z", "2024/04/13 18:05:51.000Z", "2024/04/13 21:05:51+03:00", "13.04.2024 18:05:51UTC",
        "13 Apr 2024 21:05:51 Europe/Kyiv", "13 Apr 2024 14:05:51 EDT", "Sat, 13 Apr 2024 21:05:51 +0300 (EEST)",
    ],
)  # fmt: skip
def test_dates_with_a_zone(written: object) -> None:
    assert cells.is_date(written)
    assert cells.moment(_context(is_utc=False), written, "date") == MOMENT


@pytest.mark.parametrize(
    "written",
    [
        "31.02.2024 10:00", "13/13/2024", "Foo 13, 2024", "2024-04-13 18:05 Mars/Base", "13.04.2024 25:00", "1/2",
        "13 marraskuu 2024", "13 mars 2024", "13 Aprilis 2024", "04/13/2024 13:05 AM", "04/13/2024 0:05 PM", "04/13/99",
        "13 Apr 2024 18:05:51 CET", "13 Apr 2024 18:05:51 MSK", "13.04.2024 18:05 (", "13.04.2024 18:05 UTC+3:99",
    ],
)  # fmt: skip
def test_what_is_no_date_names_its_column(written: str) -> None:
    with pytest.raises(InvalidRecordError) as error:
        cells.moment(_context(), written, "sent")
    assert error.value.field == "sent"


@pytest.mark.parametrize(
    ("written", "number"),
    [("1 234", 1234), ("1,234,567", 1234567), ("12\u00a0345", 12345), ("1.2K", 1200), ("3,5 k", 3500), ("2M", 2000000)],
)
def test_counts_as_people_and_pages_write_them(written: str, number: int) -> None:
    assert cells.count(_context(), written, "views") == number


@pytest.mark.parametrize("written", ["12.0", "12,00", "12.0000", "0012.0"])
def test_ids_as_data_frames_and_spreadsheets_write_them(written: str) -> None:
    assert cells.message_id(written, "id") == 12


def test_an_id_with_decimals_and_more_than_three_digits_is_whole() -> None:
    assert cells.message_id("1234.000", "id") == 1234
    assert cells.channel_id("-1001234567890.000", "chat") == 1234567890


@pytest.mark.parametrize("written", ["1,000", "12,000", "12.000", "1,234", "1.234", "1 000"])
def test_an_id_that_may_have_a_mark_between_thousands_is_none(written: str) -> None:
    with pytest.raises(InvalidRecordError):
        cells.message_id(written, "id")
    assert cells.optional_message_id(_context(), written, "reply_to") is None


@pytest.mark.parametrize("written", ["1,23", "1 23", "12.5", "K", "1,234 567", "12.000", "1.234", "1,234K", "1.234 M"])
def test_what_is_no_count_is_unknown_with_a_warning(written: str) -> None:
    context = _context()
    assert cells.count(context, written, "views") is None
    assert context.warnings


def test_a_date_whose_digits_are_cut_off_costs_its_row_alone() -> None:
    rows = [{"id": 1, "text": "t", "date": "1e15"}, {"id": 2, "text": "t", "date": "2024-04-13T18:05:51Z"}]
    assert guess(("id", "text", "date"), rows).fields["date"] == "date"


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["05/06/2024", "04/13/2024 10:00", "07/08/2024"], DateOrder.MONTH),
        (["05/06/2024", "13/04/2024"], DateOrder.DAY),
        (["13/04/24", "05/06/24"], DateOrder.DAY),
        (["24/04/13 18:05", "24/05/06"], DateOrder.YEAR),
        (["05/06/2024", None, 5], None),
        (["04/13/2024", "13/04/2024"], None),
        (["24/04/13", "25/04/14"], None),
        (["05/06/2024", "12/25/2023 sale is over"], None),
        ([], None),
    ],
)
def test_other_rows_of_a_column_show_what_comes_first(values: list[object], order: DateOrder | None) -> None:
    assert order_of(values) is order


def test_each_column_has_an_order_of_its_own() -> None:
    rows = [
        {"id": 1, "text": "12/25/2023", "date": "05/04/2024 10:00", "scraped_at": "13/04/2024"},
        {"id": 2, "text": "12/25/2023 sale is over", "date": "06/04/2024 10:00", "scraped_at": "13/04/2024"},
    ]
    layout = guess(("id", "text", "date", "scraped_at"), rows)
    assert layout.fields["date"] == "date"
    assert "date" not in layout.date_orders
    assert layout.date_orders["scraped_at"] is DateOrder.DAY


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (DateOrder.MONTH, datetime(2024, 5, 6, 10, tzinfo=UTC)),
        (DateOrder.DAY, datetime(2024, 6, 5, 10, tzinfo=UTC)),
        (None, None),
    ],
)
def test_a_day_that_may_be_a_month_is_read_in_the_order_of_its_column(
    order: DateOrder | None, expected: datetime | None
) -> None:
    context = _context()
    assert cells.moment(context, "05/06/2024 10:00", "date", order) == expected
    assert [warning for warning in context.warnings if "day or the month comes first" in warning] == (
        context.warnings if expected is None else []
    )
    assert cells.moment(context, "05/05/2024 10:00", "date", order) == datetime(2024, 5, 5, 10, tzinfo=UTC)


def test_a_year_of_two_digits_is_unknown_where_it_may_be_a_day() -> None:
    assert cells.is_date("24/04/13 18:05")
    assert cells.moment(_context(), "24/04/13 18:05", "date") is None
    assert cells.moment(_context(), "24/12/31", "date") is None
    assert cells.moment(_context(), "24/04/13", "date", DateOrder.YEAR) == datetime(2024, 4, 13, tzinfo=UTC)
    assert cells.moment(_context(), "24/04/05", "date") == datetime(2024, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("written", ["13/04/2024 10:00", "04/13/99"])
def test_a_date_against_the_order_of_its_column_is_rejected(written: str) -> None:
    with pytest.raises(InvalidRecordError):
        cells.moment(_context(), written, "date", DateOrder.MONTH)


def test_formats_that_write_utc_guess_no_month() -> None:
    assert cells.utc("04/13/2024 18:05:51", "date") == MOMENT
    with pytest.raises(InvalidRecordError, match="day or the month comes first") as error:
        cells.utc("05/06/2024 10:00", "date")
    assert error.value.field == "date"
