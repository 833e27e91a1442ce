"""Which channel a file is of: the program names folder and file after it, and a channel's posts have it as sender."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ingest.sources.context import ReadContext
from ingest.sources.mapping import ids, shapes

_STEM = re.compile(r"(?P<channel>-100\d+|[^_].*?)(?:_(?P<name>.+))?", re.DOTALL)
_ID = re.compile(r"-100\d{6,}")
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_NO_NAMES = ("no_username", "Unknown")


class ScrapedChannel(NamedTuple):
    """What is known of the channel."""

    channel_id: int | None
    username: str | None
    title: str | None


def identity_of(context: ReadContext, rows: Iterable[object]) -> ScrapedChannel:
    """By the names ``-1001088459257/-1001088459257_chp_chechnya.csv``, and by the first rows."""
    file = context.file
    stem = file.base_name.rpartition(".")[0] or file.base_name
    folder = file.folder.rpartition("/")[2]
    written, name = _parted(stem, folder)
    senders: Counter[int] = Counter()
    usernames: dict[int, str] = {}
    for row in rows:
        sender = ids.optional_channel_id(row.get("sender_id")) if isinstance(row, dict) and _is_channel(row) else None
        if sender is not None:
            senders[sender] += 1
            if username := shapes.text(context, row.get("username"), "username"):  # type: ignore[attr-defined]
                usernames.setdefault(sender, username)
    channel_id = ids.optional_channel_id(written) if written else None
    if channel_id is None and senders:
        channel_id = senders.most_common(1)[0][0]
    username = usernames.get(channel_id or 0)
    if username is None and name and name not in _NO_NAMES and _USERNAME.fullmatch(name):
        username = name
    title = None if username or name in (None, *_NO_NAMES) else name
    return ScrapedChannel(channel_id, username, title)


def _parted(stem: str, folder: str) -> tuple[str | None, str | None]:
    """Id and name out of the file's name; a file called like its folder is named after the channel."""
    written = _ID.match(stem)
    if written is not None:
        return written[0], stem[written.end() :].removeprefix("_") or None
    if _ID.fullmatch(folder):
        return folder, None
    if folder and (stem == folder or stem.startswith(f"{folder}_")):
        return None, folder
    return None, None


def _is_channel(row: dict[str, object]) -> bool:
    return str(row.get("sender_id") or "").startswith("-100")
