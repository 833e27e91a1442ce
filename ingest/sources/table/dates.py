"""Dates as people, spreadsheets and scripts write them: ``13.4.2024 18:05``, ``04/13/2024 6:05 PM``."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone, tzinfo
from enum import Enum
from zoneinfo import ZoneInfo

_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {name[:length]: number for number, name in enumerate(_MONTH_NAMES, 1) for length in (3, len(name))}
_MONTHS["sept"] = 9
_SHORT_YEARS = range(13, 69)
"""Years of two digits: Telegram began in 2013, and POSIX reads 69 to 99 as years before 2000."""
_WEEKDAY = r"(?:[A-Z][a-z]{2,8},? )?"
_DAY = r"(?P<day>[0-9]{1,2})"
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_DAYS = (
    r"(?P<year>[0-9]{4})[./](?P<month>[0-9]{1,2})[./](?P<day>[0-9]{1,2})",
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})",
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
    r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})",
    r"(?P<one>[0-9]{1,2})(?P<mark>[/-])(?P<two>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4}|(?<=/)[0-9]{2})",
    rf"{_WEEKDAY}{_DAY}[ -]{_NAME},?[ -](?P<year>[0-9]{{4}})",
    rf"{_WEEKDAY}{_NAME} {_DAY}(?:st|nd|rd|th)?,? (?P<year>[0-9]{{4}})",
)
_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
_TIME = rf"(?:(?:,? |T|, ?at | at ){_CLOCK}(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?(?P<zone>(?=[ Zz+(\u2212-]|UTC|GMT).*)?)?"
_FORMS = tuple(re.compile(day + _TIME, re.ASCII) for day in _DAYS)
_RUN = re.compile(r"(20[0-9]{6})([0-9]{2})([0-9]{2})([0-9]{2})", re.ASCII)
"""20240413180551"""
_C_TIME = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9:]{8}) (?:([+-][0-9]{4}) )?([0-9]{4})", re.ASCII
)
"""Sat Apr 13 18:05:51 2024, as C writes it; with an offset, as Twitter does."""
_OFFSET = re.compile(
    r"(?=.*\w)\(?(?:UTC|GMT|Z)?\s*(?:([+\u2212-])([0-9]{1,2})(?::?([0-5][0-9]))?)?\)?", re.ASCII | re.IGNORECASE
)
_AREA = re.compile(r"\(?([A-Z][A-Za-z_]+/[A-Za-z_/-]+)\)?", re.ASCII)
_NUMERIC = _FORMS[4]


class DateOrder(Enum):
    """What comes first in dates such as 05/06/2024 and 05/06/24."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class AmbiguousDateError(ValueError):
    """05/06/2024: nothing shows whether the day or the month comes first. ``earliest`` is one that it may be."""

    def __init__(self, earliest: datetime) -> None:
        super().__init__("ambiguous")
        self.earliest = earliest


def order_of(values: Iterable[object]) -> DateOrder | None:
    """The order of a column's dates, by the one in which all can be read; None where it does not show."""
    orders, is_shown = set(DateOrder), False
    for value in values:
        match = _NUMERIC.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 80 else None
        readings = _readings(match.groupdict()) if match else {}
        if readings:
            orders &= readings.keys()
            is_shown = True
    return orders.pop() if is_shown and len(orders) == 1 else None


def read_date(written: str, order: DateOrder | None = None) -> datetime | None:
    """The date, without a zone where it says none; None for what is written in no known way.

    Raises AmbiguousDateError, and ValueError for the 31st of February and for what is against the order.
    """
    if match := _RUN.fullmatch(written):
        written = "{} {}:{}:{}".format(*match.groups())
    elif match := _C_TIME.fullmatch(written):
        month, day, time, offset, year = match.groups()
        written = f"{day} {month} {year} {time}{offset or ''}"
    for form in _FORMS:
        match = form.fullmatch(written)
        if match is not None:
            return _built(match.groupdict(), order)
    return None


def _built(parts: dict[str, str | None], order: DateOrder | None) -> datetime | None:
    try:
        zone = _zone((parts["zone"] or "").strip())
    except LookupError:
        return None
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    if parts["half"] is not None:
        if not 1 <= hour <= 12:
            raise ValueError("a half of the day has 12 hours")
        hour = hour % 12 + (12 if parts["half"] in "Pp" else 0)
    microsecond = int((parts["fraction"] or "0")[:6].ljust(6, "0"))
    days = _days(parts, order)
    found = [datetime(day.year, day.month, day.day, hour, minute, second, microsecond, zone) for day in sorted(days)]
    if len(found) > 1:
        raise AmbiguousDateError(found[0])
    return found[0]


def _days(parts: dict[str, str | None], order: DateOrder | None) -> set[date]:
    """The days that may be meant; ValueError for none."""
    if "one" in parts:
        readings = _readings(parts)
        found = {day for its_order, day in readings.items() if order in (None, its_order)}
        if not found:
            raise ValueError("no day in this order")
        return found
    name = parts.get("name")
    month = int(parts["month"] or 0) if name is None else _MONTHS.get(name.lower(), 0)
    return {date(int(parts["year"] or 0), month, int(parts["day"] or 0))}


def _readings(parts: dict[str, str | None]) -> dict[DateOrder, date]:
    """The days that a date of three numbers may mean."""
    one, two, last = (int(parts[name] or 0) for name in ("one", "two", "year"))
    orders = {DateOrder.DAY: (last, two, one), DateOrder.MONTH: (last, one, two)}
    is_short = len(parts["year"] or "") == 2
    if is_short:
        orders[DateOrder.YEAR] = (one, two, last)
    found = {}
    for order, (year, month, day) in orders.items():
        if is_short and year not in _SHORT_YEARS:
            continue
        try:
            found[order] = date(2000 + year if is_short else year, month, day)
        except ValueError:
            continue  # there is no such day
    return found


def _zone(written: str) -> tzinfo | None:
    """None for no zone; LookupError for one that is not known."""
    if not written:
        return None
    if match := _OFFSET.fullmatch(written):
        minutes = int(match[2] or 0) * 60 + int(match[3] or 0)
        return timezone(timedelta(minutes=minutes if match[1] == "+" else -minutes))
    match = _AREA.fullmatch(written)
    if match is None:
        raise LookupError(written)
    try:
        return ZoneInfo(match[1])
    except OSError as error:
        raise LookupError(written) from error
