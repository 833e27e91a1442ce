"""``--join-albums``: the parts of an album become one record. The exporter does not say what belongs together."""

from collections.abc import Iterator

from ingest.sources.format import ArchiveRecord, Filler

_MAX_PARTS = 10
"""Telegram's limit."""
_VISUAL = frozenset({"photo", "video_file"})
"""These two mix within an album; files and music are each among themselves."""
_SAME = ("date", "date_unixtime", "from_id", "author", "forwarded_from", "forwarded_from_id", "reply_to_message_id")


def joined(records: Iterator[ArchiveRecord | Filler]) -> Iterator[ArchiveRecord | Filler]:
    """Records with runs of parts as one each, whose value is the tuple of their messages: of one second and author, of
    one kind, with at most one text.
    """
    parts: list[ArchiveRecord] = []
    for record in records:
        if isinstance(record, Filler) and not record.raw.strip(b" \t\r\n,"):
            continue  # blanks, which are in no digest
        is_repeat = _id(record) in map(_id, parts)  # it is rejected, alone
        if parts and (is_repeat or len(parts) == _MAX_PARTS or not _belongs(record, parts)):
            yield _record(parts)
            parts = []
        if isinstance(record, Filler) or is_repeat or _kind(record) is None:
            yield record
        else:
            parts.append(record)
    if parts:
        yield _record(parts)


def _record(parts: list[ArchiveRecord]) -> ArchiveRecord:
    if len(parts) == 1:
        return parts[0]
    raw, values = b"".join(part.raw for part in parts), tuple(part.value for part in parts)
    return parts[0]._replace(raw=raw, end=parts[-1].end, value=values)


def _id(record: ArchiveRecord | Filler) -> object:
    return record.value.get("id") if isinstance(record, ArchiveRecord) and isinstance(record.value, dict) else None


def _belongs(record: ArchiveRecord | Filler, parts: list[ArchiveRecord]) -> bool:
    if isinstance(record, Filler):
        return False
    first, message = parts[0].value, record.value
    if not isinstance(first, dict) or not isinstance(message, dict) or _kind(record) != _kind(parts[0]):
        return False
    texts = sum(bool(part.value.get("text")) for part in parts if isinstance(part.value, dict))
    return texts + bool(message.get("text")) <= 1 and all(first.get(name) == message.get(name) for name in _SAME)


def _kind(record: ArchiveRecord) -> str | None:
    """What a message can be a part of; None when it cannot."""
    message = record.value
    if not isinstance(message, dict) or record.error is not None or message.get("type") != "message":
        return None
    if type(message.get("id")) is not int or not isinstance(message.get("date"), str):
        return None
    media = "photo" if "photo" in message else message.get("media_type", "file" if "file" in message else None)
    if media in _VISUAL:
        return "visual"
    return media if media in ("file", "audio_file") else None
