"""Dates as people, spreadsheets and scripts write them: ``13.4.2024 18:05``, ``04/13/2024 6:05 PM``."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
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
_NUMERIC = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2(?:[0-9]{4}|(?<=/)[0-9]{2})\b", re.ASCII)


class AmbiguousDateError(ValueError):
    """05/06/2024: nothing shows whether the day or the month comes first."""


def is_month_first(values: Iterable[object]) -> bool | None:
    """Whether dates such as 04/13/2024 begin with the month, by those that show it; None where none does."""
    found = None
    for value in values:
        match = _NUMERIC.match(value.strip()) if isinstance(value, str) and len(value) < 40 else None
        if match is None or (int(match[1]) > 12) == (int(match[3]) > 12):
            continue
        if found is not None and found is not (int(match[3]) > 12):
            return None
        found = int(match[3]) > 12
    return found


def read_date(written: str, *, month_first: bool | None = None) -> datetime | None:
    """The date, without a zone where it says none; None for what is written in no known way.

    Raises AmbiguousDateError, and ValueError for the 31st of February.
    """
    if match := _RUN.fullmatch(written):
        written = "{} {}:{}:{}".format(*match.groups())
    elif match := _C_TIME.fullmatch(written):
        month, day, time, offset, year = match.groups()
        written = f"{day} {month} {year} {time}{offset or ''}"
    for form in _FORMS:
        match = form.fullmatch(written)
        if match is not None:
            return _built(match.groupdict(), month_first)
    return None


def _built(parts: dict[str, str | None], month_first: bool | None) -> datetime | None:
    day, month = _day_and_month(parts, month_first)
    try:
        zone = _zone((parts["zone"] or "").strip())
    except LookupError:
        return None
    hour = int(parts["hour"] or 0)
    if parts["half"] is not None:
        hour = hour % 12 + (12 if parts["half"] in "Pp" else 0)
    year, minute, second = (int(parts[name] or 0) for name in ("year", "minute", "second"))
    microsecond = int((parts["fraction"] or "0")[:6].ljust(6, "0"))
    return datetime(year if year > 99 else 2000 + year, month, day, hour, minute, second, microsecond, zone)


def _day_and_month(parts: dict[str, str | None], month_first: bool | None) -> tuple[int, int]:
    if name := parts.get("name"):
        short = name[:3].lower()
        return int(parts["day"] or 0), _MONTHS.index(short) + 1 if short in _MONTHS else 0
    if "one" not in parts:
        return int(parts["day"] or 0), int(parts["month"] or 0)
    one, two = int(parts["one"] or 0), int(parts["two"] or 0)
    if one == two or one > 12:
        return one, two
    if two > 12 or month_first:
        return two, one
    if month_first is None:
        raise AmbiguousDateError
    return one, two


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
