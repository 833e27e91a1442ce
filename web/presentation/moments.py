"""Moments in the reader's zone; UTC is shown beside them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from markupsafe import Markup

from schemas.times import UNIX_EPOCH

_CITIES: Final = {"Kiev": "Kyiv", "Calcutta": "Kolkata", "Saigon": "Ho Chi Minh", "Katmandu": "Kathmandu"}
"""Of zones that browsers still give by their former names."""
_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                  "November", "December")  # fmt: skip
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MINUTE_MS: Final = 60_000


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_of(name: str | None) -> ZoneInfo:
    """The zone of a name as browsers give it; UTC for any other text."""
    return ZoneInfo(name if name in _zone_names() else "UTC") if name else ZoneInfo("UTC")


def utc(moment_ms: int) -> datetime:
    """A moment in milliseconds since 1970 as a datetime in UTC."""
    return UNIX_EPOCH + timedelta(milliseconds=moment_ms)


def length(length_ms: float) -> str:
    """A length of time in at most two units: ``4 min``, ``1 h 10``, ``3 days``."""
    seconds = round(length_ms / 1000)
    if seconds < 60:
        return f"{max(0, seconds)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest:02}" if rest and hours < 10 else f"{hours} h"
    days = round(minutes / (24 * 60))
    return f"{days} day{'' if days == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, and the zone in which moments are shown."""

    now_ms: int
    zone: ZoneInfo

    def local(self, moment_ms: int) -> datetime:
        """A moment in milliseconds since 1970 as a datetime in the reader's zone."""
        return utc(moment_ms).astimezone(self.zone)

    @property
    def zone_name(self) -> str:
        """The zone in words, with its distance from UTC."""
        if self.zone.key == "UTC":
            return "UTC"
        offset = self.local(self.now_ms).utcoffset() or timedelta()
        minutes = round(offset.total_seconds() / 60)
        hours, rest = divmod(abs(minutes), 60)
        away = f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"
        city = self.zone.key.rpartition("/")[2].replace("_", " ")
        return f"{_CITIES.get(city, city)} time ({away})"

    def time(self, moment_ms: int) -> Markup:
        """The time of day with seconds."""
        local = self.local(moment_ms)
        return self._element(moment_ms, f"{local.hour:02}:{local.minute:02}:{local.second:02}")

    def short(self, moment_ms: int) -> Markup:
        """Time of day of today, else with the day."""
        local, today = self.local(moment_ms), self.local(self.now_ms)
        if local.date() == today.date():
            return self._element(moment_ms, f"{local:%H:%M}")
        year = "" if local.year == today.year else f" {local.year}"
        return self._element(moment_ms, f"{local.day} {_MONTHS[local.month - 1][:3]}{year} {local:%H:%M}")

    def full(self, moment_ms: int) -> Markup:
        """An element with day and time of a moment."""
        local = self.local(moment_ms)
        return self._element(moment_ms, f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M:%S}")

    def day(self, moment_ms: int) -> Markup:
        """An element with the day of a moment in words."""
        return self._element(moment_ms, self.day_name(moment_ms))

    def day_name(self, moment_ms: int) -> str:
        """The day of a moment in words."""
        local, today = self.local(moment_ms), self.local(self.now_ms)
        name = f"{local.day} {_MONTHS[local.month - 1]}"
        if local.date() == today.date():
            return f"Today, {name}"
        if local.year != today.year:
            return f"{_DAYS[local.weekday()]}, {name} {local.year}"
        return f"{_DAYS[local.weekday()]}, {name}"

    def day_key(self, moment_ms: int) -> str:
        """Equal for moments of the same day."""
        return self.local(moment_ms).date().isoformat()

    def ago(self, moment_ms: int) -> str:
        """The age of a moment in words."""
        return f"{length(max(0, self.now_ms - moment_ms))} ago"

    def _element(self, moment_ms: int, text: str) -> Markup:
        moment = utc(moment_ms).isoformat(" ", "seconds")[:19]
        # A list has a hundred of these, of numbers and names of months: escaping them takes most of the time.
        return Markup(f'<time datetime="{moment.replace(" ", "T")}Z" title="{moment} UTC">{text}</time>')  # noqa: S704
