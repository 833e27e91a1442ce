"""Finds the message at a given time in a channel whose source has only ids."""

from datetime import datetime

from ingest.live_reader import LiveReader, RequestPriority
from schemas import RawPost


async def search_by_date(reader: LiveReader, channel_id: int, moment: datetime, priority: RequestPriority) -> int:
    """The id of the newest post before a moment, 0 when there is none; takes the logarithm of the newest id in pages.

    Raises what the reader raises. Messages without a date are skipped.
    """
    low, high = 0, (await reader.newest(channel_id, priority)).last
    while low < high:
        middle = (low + high + 1) // 2
        dates = await _dates(reader, channel_id, middle - 1, high, priority)
        older = [message_id for message_id, posted_at in dates if posted_at < moment]
        if not older:
            high = middle - 1
        elif len(older) < len(dates):
            return older[-1]
        else:
            low = older[-1]
    return low


async def _dates(
    reader: LiveReader, channel_id: int, after: int, up_to: int, priority: RequestPriority
) -> list[tuple[int, datetime]]:
    """Id and date of the posts on the first page behind ``after`` that has any with a date."""
    while after < up_to:
        page = await reader.history(channel_id, after, up_to, priority)
        posts = (entry for entry in page.entries if isinstance(entry, RawPost))
        if dates := [(post.message_id, post.posted_at) for post in posts if post.posted_at is not None]:
            return dates
        if page.last <= after:
            break
        after = page.last
    return []
