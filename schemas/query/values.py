"""Dates and lengths of time as queries write them."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.times import DAY_MS, HOUR_MS, UNIX_EPOCH

_LIMIT = datetime(2106, 1, 1, tzinfo=UTC)
_UNITS_MS = {"s": 1_000, "m": 60_000, "h": HOUR_MS, "d": DAY_MS, "w": 7 * DAY_MS}
_UNITS = {"sec": "s", "min": "m", **{unit: unit for unit in _UNITS_MS}}
_DURATION = re.compile(r"([0-9]{1,9})(sec|min|[smhdw])", re.IGNORECASE)
_MOST_MS = 200 * 365 * DAY_MS
_DATE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2})"
    r"(?:[T ](?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,6}))?)?)?)?)?)?"
    r"\s*(?P<zone>Z|UTC|[+-]\d{2}(?::?\d{2})?|\[[A-Za-z0-9_+/-]+\]|[A-Z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+/-]+)*)?",
    re.ASCII | re.IGNORECASE,
)


def read_date(text: str) -> int:
    """The first moment of a year, month, day, hour, minute or second, in milliseconds since 1970.

    UTC unless it names a zone: ``Z``, ``+02:00`` or a name as ``[Europe/Kyiv]``. ValueError says what is wrong.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a date: write 2026-11-29, 2026-11-29T14:05 or 2026-11-29T14:05+02:00")
    parts = match.groupdict()
    zone = _zone(parts["zone"])
    try:
        moment = datetime(
            int(parts["year"]),
            int(parts["month"] or 1),
            int(parts["day"] or 1),
            int(parts["hour"] or 0),
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
            int((parts["fraction"] or "0").ljust(6, "0")),
            tzinfo=zone,
        )
    except ValueError as error:
        raise ValueError(f"no such date: {error}") from None
    if not 1970 <= moment.year <= 2105 or not UNIX_EPOCH <= moment.astimezone(UTC) < _LIMIT:
        raise ValueError("outside the years 1970 to 2105")
    return (moment - UNIX_EPOCH) // timedelta(milliseconds=1)


def _zone(name: str | None) -> tzinfo:
    """The zone of that name; ValueError when there is none."""
    if name is None or name.upper() in ("Z", "UTC", "[UTC]"):
        return UTC
    if name[0] in "+-":
        hours, minutes = int(name[1:3]), int(name[3:].removeprefix(":") or 0)
        if hours > 15 or minutes > 59:
            raise ValueError(f"no such distance from UTC: {name}")
        return timezone((-1 if name[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
    try:
        return ZoneInfo(name.strip("[]"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no such time zone: {name.strip('[]')}; names are as Europe/Kyiv") from None


def date_text(moment_ms: int) -> str:
    """A moment as :func:`read_date` reads it: the day alone at midnight UTC."""
    moment = UNIX_EPOCH + timedelta(milliseconds=moment_ms)
    if moment_ms % DAY_MS == 0:
        return f"{moment:%Y-%m-%d}"
    fraction = f".{moment_ms % 1000:03}" if moment_ms % 1000 else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z" if moment_ms % 60_000 else f"{moment:%Y-%m-%dT%H:%M}Z"


def read_duration(text: str) -> int:
    """A length of time in milliseconds, e.g. of ``30m``, ``2h``, ``7d``; ValueError says what is wrong."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a length of time: write 30m, 24h, 7d or 2w")
    length = int(match[1]) * _UNITS_MS[_UNITS[match[2].lower()]]
    if length > _MOST_MS:
        raise ValueError("longer than 200 years")
    return length


def duration_text(length_ms: int) -> str:
    """A length of time as :func:`read_duration` reads it, in its largest unit without a rest."""
    unit = next(unit for unit in ("d", "h", "m", "s") if length_ms % _UNITS_MS[unit] == 0)
    return f"{length_ms // _UNITS_MS[unit]}{unit}"
