"""Figures as a preview writes them: counts and sizes are rounded, lengths are clocks."""

import re

from schemas.bounds import COUNT_LIMIT
from schemas.keys import ID_LIMIT

_COUNT = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,6}))?([KMB]?)")
_SCALES = {"": 0, "K": 3, "M": 6, "B": 9}
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?(B|KB|MB|GB|TB)")
_UNITS = ("B", "KB", "MB", "GB", "TB")
_CLOCK = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,4}):([0-9]{2})")
_SPACES = re.compile(r"\s+")


def count(text: str | None) -> int | None:
    """A count; ``12.3K`` is 12300, which means anything from 12,250 to 12,349. None when it is none."""
    match = _COUNT.fullmatch(_SPACES.sub("", text or ""))
    if match is None:
        return None
    whole, fraction, scale = match[1], match[2] or "", _SCALES[match[3]]
    number = int(whole + fraction[:scale].ljust(scale, "0"))
    return number if number < COUNT_LIMIT else None


def is_rounded(text: str | None) -> bool:
    """Whether a count is written as one of thousands or millions."""
    return (text or "").strip()[-1:] in ("K", "M", "B")


def size_bytes(text: str | None) -> int | None:
    """Bytes of a size such as ``1.2 MB``, in units of 1024 and as rounded as it is written; None when it is none."""
    match = _SIZE.fullmatch((text or "").strip())
    if match is None:
        return None
    size = round(float(match[1]) * 1024 ** _UNITS.index(match[2]))
    return size if size < ID_LIMIT else None


def duration_s(text: str | None) -> float | None:
    """Seconds of a length such as ``0:42`` or ``1:02:03``; None when it is none."""
    match = _CLOCK.fullmatch((text or "").strip())
    if match is None:
        return None
    return float(int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3]))
