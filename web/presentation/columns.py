"""Posts as flat rows: the columns of CSV and Parquet."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from schemas.keys import link_to_post
from schemas.times import UNIX_EPOCH
from sinks.store.reading.posts import StoredPost


def moment(moment_ms: int | None) -> datetime | None:
    """A moment in milliseconds since 1970 as a datetime in UTC; None stays None."""
    return None if moment_ms is None else UNIX_EPOCH + timedelta(milliseconds=moment_ms)


COLUMNS: Final[dict[str, tuple[type, Callable[[StoredPost], object]]]] = {
    "key": (str, lambda post: post.key),
    "posted_at": (datetime, lambda post: moment(post.posted_ms)),
    "is_dated": (bool, lambda post: post.is_dated),
    "channel_id": (int, lambda post: post.channel_id),
    "channel": (str, lambda post: post.username),
    "channel_title": (str, lambda post: post.title),
    "message_id": (int, lambda post: post.message_id),
    "language": (str, lambda post: post.language),
    "text": (str, lambda post: post.text),
    "edited_at": (datetime, lambda post: moment(post.edited_ms)),
    "edits": (int, lambda post: post.edits),
    "deleted_at": (datetime, lambda post: moment(post.deleted_ms)),
    "media": (int, lambda post: post.media),
    "links": (int, lambda post: post.links),
    "quotes": (int, lambda post: post.quotes),
    "citations": (int, lambda post: post.citations),
    "views": (int, lambda post: post.views),
    "forwards": (int, lambda post: post.forwards),
    "copy_of": (str, lambda post: post.copy_of),
    "copy_kind": (str, lambda post: post.copy_kind),
    "story": (int, lambda post: post.story),
    "story_size": (int, lambda post: post.story_size),
    "url": (str, lambda post: link_to_post(post.username, post.message_id)),
}
"""Of each column its type and its value; columns are only ever added."""
