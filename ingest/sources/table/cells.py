"""Values of cells, as scripts, spreadsheets and data frames write them."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeGuard

from ingest.preview.messages import displayed_numbers
from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from ingest.sources.mapping import counts, ids, moments
from ingest.sources.table import dates, written_out
from schemas.channel_names import PostLink, post_link

NULLS = frozenset(("", "nan", "none", "null", "nat", "<na>", "n/a", "\\n"))
"""How data frames and databases write an unknown value; of texts only the empty one is."""
_TRUTHS = {
    **dict.fromkeys(("true", "yes", "1", "1.0"), True),
    **dict.fromkeys(("false", "no", "0", "0.0"), False),
}
_MONGO_NUMBERS = frozenset(("$numberInt", "$numberLong", "$numberDouble"))
_SCIENTIFIC = re.compile(r"(-?)([0-9])(?:[.,]([0-9]*))?[eE]\+?([0-9]{1,2})", re.ASCII)
_DECIMAL = re.compile(r"(-?(?![0-9]{1,3}[.,]000\Z)[0-9]{1,20})[.,]0+", re.ASCII)
"""Not 12,000 and 12.000, which may be twelve thousand."""
_DESKTOP_ID = re.compile(r"message(-?[0-9]{1,20})", re.ASCII)
"""As elements of Telegram Desktop's HTML are called."""
_PATH = re.compile(r"@?[A-Za-z][A-Za-z0-9_]{3,31}/[0-9]{1,12}", re.ASCII)
"""``data-post`` of t.me/s."""
_RFC_5322 = re.compile(
    r"(?:[A-Z][a-z]{2}, )?[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}(?::[0-9]{2})? "
    r"(?:[+-][0-9]{4}|GMT|UTC?|[ECMP][SD]T)(?: \([A-Za-z ]{1,40}\))?",
    re.ASCII,
)
"""With the zones that it knows: the library reads any other as none."""
_GROUPED = re.compile(r"[0-9]{1,3}([ ,'\u00a0\u2009\u202f])[0-9]{3}(?:\1[0-9]{3})*")
_NO_DIGIT = re.compile("[^0-9]")
_SCALED = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,2})? ?[KkMm]", re.ASCII)
"""Not 1,234K, which may be a million."""
_UNIX_TIME = re.compile(r"[0-9]{9,19}(?:\.[0-9]*)?", re.ASCII)
_FIRST_SERIAL, _SERIAL_LIMIT = 41_275, 80_000
"""Days of 2013 to 2118 as spreadsheets count them, from the end of 1899."""
_AMBIGUOUS = (
    "dates such as 05/06/2024 are left unknown: the first rows do not show whether the day or the month comes first"
)
_REFUSED = "a date such as 05/06/2024 does not show whether the day or the month comes first"
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's times have no zone


def known(value: object) -> object:
    """The value, or None where it says that nothing is known; MongoDB's ``{"$numberLong": "5"}`` is its digits."""
    if isinstance(value, str):
        return None if not value or value.strip().lower() in NULLS else value
    if isinstance(value, dict) and len(value) == 1:
        [(key, within)] = value.items()
        return within if key in _MONGO_NUMBERS else value
    return None if isinstance(value, float) and value != value else value


def whole(value: object, field: str) -> object:
    """An id from "1681050227.0", "1.681050227E+09" or "message42"; others as they are.

    Raises InvalidRecordError for a number of which a spreadsheet has cut digits off: 1.68E+09.
    """
    value = known(value)
    if not isinstance(value, str):
        return value
    written = value.strip()
    match = _SCIENTIFIC.fullmatch(written)
    if match is None:
        decimal = _DECIMAL.fullmatch(written) or _DESKTOP_ID.fullmatch(written)
        return decimal[1] if decimal else written
    digits, power = match[3] or "", int(match[4])
    if len(digits) < power or digits[power:].strip("0"):
        raise InvalidRecordError(
            "a number whose digits a spreadsheet has cut off, such as 1.23E+09; export the column as text", field
        )
    return int(f"{match[1]}{match[2]}{digits[:power]}")


def is_plain_id(value: object) -> TypeGuard[str]:
    """Whether a cell holds an id in its digits alone, as nearly all do: these need no patterns."""
    return type(value) is str and 0 < len(value) < 16 and value.isdecimal() and value.isascii() and value[0] != "0"


def message_id(value: object, field: str) -> int:
    """The id of a message; raises InvalidRecordError."""
    if is_plain_id(value):
        return int(value)
    return ids.message_id(whole(value, field), field)


def optional_message_id(context: ReadContext, value: object, field: str) -> int | None:
    """The id of another message; None for an unknown one, and with a warning for what cannot be one."""
    return ids.optional_message_id(context, optional_whole(context, value, field), field)


def optional_whole(context: ReadContext, value: object, field: str) -> object:
    """As ``whole``: None, with a warning, for a number whose digits are cut off. Frames write [] for nothing."""
    if not value:
        return None
    try:
        return whole(value, field)
    except InvalidRecordError:
        context.unknown(field, "id")
        return None


def link(value: object) -> PostLink | None:
    """The post that a link, or a mere ``wirenews/42``, leads to; None for anything else."""
    written = str(value).strip()
    return post_link(f"t.me/{written.removeprefix('@')}" if _PATH.fullmatch(written) else written)


def channel_id(value: object, field: str) -> int | None:
    """The id of a channel, also of a peer that is written out; raises InvalidRecordError."""
    if is_plain_id(value):
        return ids.channel_id(int(value), field)
    if isinstance(value, str) and written_out.class_of(value) is not None:
        value = written_out.channel_id(value)
    return ids.channel_id(whole(value, field), field)


def count(context: ReadContext, value: object, field: str) -> int | None:
    """A count; None for an unknown one, and with a warning for what is none."""
    if type(value) is str and 0 < len(value) < 10 and value.isdecimal() and value.isascii():
        return int(value)
    value = known(value)
    if isinstance(value, str):
        value = written_out.replies(value) if written_out.class_of(value) is not None else _ungrouped(value.strip())
    return None if value is None else counts.count(context, known(value), field)


def _ungrouped(written: str) -> object:
    """``1 234``, ``1,234`` and ``1.2K`` as numbers; others as they are."""
    if _GROUPED.fullmatch(written):
        return int(_NO_DIGIT.sub("", written))
    return displayed_numbers.count(written.upper().replace(",", ".")) if _SCALED.fullmatch(written) else written


def is_rounded(value: object) -> bool:
    """Whether a count is written as one of thousands or millions."""
    return isinstance(value, str) and _SCALED.fullmatch(value.strip()) is not None


def moment(context: ReadContext, value: object, field: str, order: dates.DateOrder | None = None) -> datetime | None:
    """A date as ``moments.moment`` and ``dates.read_date`` read it, or as RFC 5322 or a spreadsheet's count of days has
    it. ``order`` is for dates such as 05/06/2024, which are unknown where it is None.
    """
    if (found := _of_usual_form(value)) is not None:
        return moments.of_datetime(context, found, field)
    value = known(value)
    if isinstance(value, dict) and "$date" in value:
        value = _of_mongo(value["$date"])
    if isinstance(value, str):
        try:
            value = _read(value.strip(), field, order)
        except dates.AmbiguousDateError:
            context.warn(_AMBIGUOUS)
            return None
    elif isinstance(value, int | float) and not isinstance(value, bool) and _FIRST_SERIAL < value < _SERIAL_LIMIT:
        value = _SERIAL_ZERO + timedelta(days=value)
    return moments.moment(context, value, field)


def _of_usual_form(value: object) -> datetime | None:
    """Most dates, in a tenth of the time that the patterns take: ISO 8601 and unix time; None for any other."""
    if type(value) is str and len(value) > 18 and value[4] == "-" and value[10] in "T ":
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass  # there is more than that, such as the name of a zone
    return moments.of_seconds(value)


def _of_mongo(value: object) -> object:
    """Of MongoDB's ``{"$date": ...}``: ISO 8601, milliseconds, or these within ``{"$numberLong": "..."}``."""
    if isinstance(value, dict):
        value = value.get("$numberLong")
    return _number(value)


def _read(written: str, field: str, order: dates.DateOrder | None = None) -> object:
    if _SCIENTIFIC.fullmatch(written):
        return whole(written, field)
    try:
        if 5 <= len(written) <= 12 and _FIRST_SERIAL < float(written) < _SERIAL_LIMIT:
            return _SERIAL_ZERO + timedelta(seconds=round(float(written) * 86_400))
    except ValueError:
        pass
    try:
        if found := dates.read_date(written, order):
            return found
        return parsedate_to_datetime(written) if _RFC_5322.fullmatch(written) else written
    except dates.AmbiguousDateError:
        raise
    except ValueError:
        return written  # the 31st of February


def _read_either(written: str) -> object:
    """The same; a date that may be one of two days is one of them."""
    try:
        return _read(written, "")
    except dates.AmbiguousDateError as error:
        return error.earliest


def _number(value: object) -> object:
    """Unix time in a string as a number."""
    if isinstance(value, str) and len(value) > 4 and _UNIX_TIME.fullmatch(value):
        return float(value) if "." in value else int(value)
    return value


def is_date(value: object) -> bool:
    """Whether a cell reads as a date of Telegram's time."""
    value = known(value)
    if isinstance(value, dict) and "$date" in value:
        value = _of_mongo(value["$date"])
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, str) and len(value.strip()) < 5:
        return False
    try:
        read = _read_either(value.strip()) if isinstance(value, str) else value
        found = read if isinstance(read, datetime) else moments.utc(_number(read), "")
    except (InvalidRecordError, ValueError, OverflowError):
        return False
    return found is not None and 2013 <= found.year < 2106


def has_zone(value: object) -> bool:
    """Whether a date says its zone, or is unix time."""
    try:
        read = _number(_read_either(value.strip())) if isinstance(value, str) else value
    except InvalidRecordError:
        return False
    if isinstance(read, datetime):
        return read.tzinfo is not None
    if isinstance(read, str):
        try:
            return datetime.fromisoformat(read).tzinfo is not None
        except ValueError:
            return False
    return True


def is_id(value: object) -> bool:
    """Whether a cell reads as the id of a message."""
    try:
        return 0 < message_id(value, "") < 1 << 33
    except InvalidRecordError:
        return False


def truth(value: object) -> bool | None:
    """A yes or no, however it is written; None for anything else."""
    value = value if isinstance(value, str) else known(value)
    if isinstance(value, str):
        return _TRUTHS.get(value.strip().lower())
    return bool(value) if value in (0, 1) else None


def utc(value: object, field: str) -> datetime | None:
    """A date of a format that writes UTC without saying so; InvalidRecordError for one that may be one of two days."""
    value = _of_usual_form(value) or known(value)
    if isinstance(value, str):
        try:
            value = _read(value.strip(), field)
        except dates.AmbiguousDateError:
            raise InvalidRecordError(_REFUSED, field) from None
    found = moments.utc(_number(value), field)
    return None if found is None else found.astimezone(UTC)
