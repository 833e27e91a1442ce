"""Dates of archives: ISO 8601, unix time in seconds or milliseconds, and times without a zone."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ingest.sources.channel_fields import parse_moment
from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError

_FIRST_YEAR = 2013
"""Telegram's. A bare number whose unit is taken from its size means nothing earlier."""
_SECONDS = (1_356_998_400, 4_102_444_800)
"""Of the years 2013 to 2099."""
_DIGITS = 10
_NUMBER = re.compile(r"\s*-?[0-9]{1,19}(\.[0-9]*)?(?:[eE]\+?[0-9]{1,2})?\s*", re.ASCII)
_YEAR_OR_DAY = re.compile(r"(?:201[3-9]|20[2-9][0-9])(?:[0-9]{4})?", re.ASCII)
"""2024, 20240501: as unix time they would be of 1970."""
_NO_ZONE = "dates have no time zone and are left unknown; --timezone, e.g. Europe/Kyiv, gives it"


def moment(context: ReadContext, value: object, field: str) -> datetime | None:
    """A date in UTC; None for one that is not given: null, "", 0, and 1970, which exporters write for "never".

    A time without a zone is in ``--timezone``; without that it is unknown, and the user is warned once. Raises
    InvalidRecordError for what is no date.
    """
    if value is None or value == "" or value is False:
        return None
    if (found := of_seconds(value)) is not None:
        return found
    number = _number(value)
    if number is not None:
        return _of_unix_time(number, field)
    return of_datetime(context, _parsed(value, field), field)


def of_seconds(value: object) -> datetime | None:
    """What nearly all unix times are, in a tenth of the time: whole seconds of the years 2013 to 2099, also in digits;
    None for any other value.
    """
    if type(value) is str and len(value) == _DIGITS and value.isascii() and value.isdigit():
        value = int(value)
    return datetime.fromtimestamp(value, UTC) if type(value) is int and _SECONDS[0] <= value < _SECONDS[1] else None


def of_datetime(context: ReadContext, value: datetime, field: str) -> datetime | None:
    """The same for what is parsed already."""
    if value.year <= 1970:
        return None
    if value.tzinfo is None:
        if context.options.timezone is None:
            context.warn(_NO_ZONE)
            return None
        value = value.replace(tzinfo=context.options.timezone)
    return _in_utc(value, field)


def utc(value: object, field: str) -> datetime | None:
    """A date of a format that writes UTC without saying so ("2022-08-12 11:03:15"); else as ``moment``."""
    if value is None or value == "" or value is False:
        return None
    if not (isinstance(value, str) and value[4:5] == "-"):  # most are ISO 8601
        number = _number(value)
        if number is not None:
            return _of_unix_time(number, field)
    found = _parsed(value, field)
    aware = found.replace(tzinfo=UTC) if found.tzinfo is None else _in_utc(found, field)
    return None if aware.year <= 1970 else aware


def optional_utc(context: ReadContext, value: object, field: str) -> datetime | None:
    """As ``utc`` for a date that is not the post's own, such as a forward's: null, with a warning, where it is none."""
    return or_unknown(context, field, lambda: utc(value, field))


def optional_moment(context: ReadContext, value: object, field: str) -> datetime | None:
    """The same for ``moment``."""
    return or_unknown(context, field, lambda: moment(context, value, field))


def or_unknown(context: ReadContext, field: str, read: Callable[[], datetime | None]) -> datetime | None:
    """The same for a date that is read in another way."""
    try:
        return read()
    except InvalidRecordError:
        context.unknown(field, "date")
        return None


def _parsed(value: object, field: str) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise InvalidRecordError("not an ISO 8601 date and time, nor unix time", field) from None
    if not isinstance(value, datetime):
        raise InvalidRecordError("expected a date, in ISO 8601 or unix time", field)
    return value


def _in_utc(value: datetime, field: str) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise InvalidRecordError("the date is out of range", field) from None


def _number(value: object) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return None
    if _YEAR_OR_DAY.fullmatch(value.strip()):
        return None
    return int(value) if value.strip().lstrip("-").isdigit() else float(value)


def _of_unix_time(number: float, field: str) -> datetime | None:
    if number != number or abs(number) == float("inf"):
        raise InvalidRecordError("the date is no number", field)
    if 0 <= number < 365 * 86_400:
        return None
    try:
        found = parse_moment(number)
    except ValueError as error:
        raise InvalidRecordError(str(error), field) from None
    if found.year < _FIRST_YEAR:
        raise InvalidRecordError("the date is out of range", field)
    return found


def seconds(context: ReadContext, value: object, field: str) -> float | None:
    """A length in seconds; None when it is none, of which the user is warned."""
    if value is None:
        return None
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 31:
        context.unknown(field, "length in seconds")
        return None
    return float(value)
