"""Dates of a Telegram Desktop page: local time of whoever exported it, labelled with the zone's standard offset."""

import re
from datetime import datetime, timedelta, timezone

from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.mapping import moments

_DATE = re.compile(
    r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4}),? ([0-9]{1,2}):([0-9]{2}):([0-9]{2})"
    r"(?: (UTC|GMT)(?:([+\u2212-])([0-9]{1,2})(?::?([0-9]{2}))?)?)?",
    re.ASCII,
)
_NORTHERN = frozenset(
    (-600, -540, -480, -420, -360, -300, -240, -210, -180, -120, -60, 0, 60, 120, 210)  # Adak to Cairo, Tehran to 2022
)
_SOUTHERN = frozenset((-360, -240, -180, 570, 600, 630, 660, 720, 765, 780))
"""Offsets from UTC in minutes of zones with summer time, by the time zone database since 2017."""
_MAYBE_LATE = (
    "dates may be an hour late: they fall into summer time, which the export's zone label leaves out; "
    "--timezone, e.g. Europe/Berlin, gives the zone itself"
)


def date_of(context: ReadContext, written: str, field: str) -> datetime | None:
    """``14.09.2022 20:02:17 UTC+07:00`` or, of exports before 2021, without a zone; None for a date of 1970.

    ``--timezone`` goes before the label: a label UTC+01:00 is Berlin's in July, too, where the clock shows UTC+02:00.
    Raises InvalidRecordError.
    """
    match = _DATE.fullmatch(written.strip())
    if match is None:
        raise InvalidRecordError("expected DD.MM.YYYY hh:mm:ss", field)
    day, month, year, hour, minute, second = (int(match[group]) for group in range(1, 7))
    try:
        local = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - its zone is what follows
    except ValueError:
        raise InvalidRecordError("no such date", field) from None
    if match[7] is not None and context.options.timezone is None:
        minutes = _minutes(match)
        if abs(minutes) > 18 * 60:
            raise InvalidRecordError("no such time zone", field)
        if _may_be_summer_time(local, minutes):
            context.warn(_MAYBE_LATE)
        local = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    return moments.of_datetime(context, local, field)


def _minutes(match: re.Match[str]) -> int:
    minutes = int(match[9] or 0) * 60 + int(match[10] or 0)
    return minutes if match[8] == "+" else -minutes


def _may_be_summer_time(local: datetime, minutes: int) -> bool:
    day = (local.month, local.day)
    is_northern = minutes in _NORTHERN and (3, 8) <= day <= (11, 7)
    is_southern = minutes in _SOUTHERN and not (4, 15) < day < (8, 10)
    return is_northern or is_southern
