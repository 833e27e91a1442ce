"""A post of the store as JSON: the same in ``tgwire search --json``, in the files of pages and in their API."""

from datetime import timedelta

from schemas.times import UNIX_EPOCH
from sinks.store.reading.posts import StoredPost


def iso(moment_ms: int | None) -> str | None:
    """A moment as records write it."""
    if moment_ms is None:
        return None
    found = UNIX_EPOCH + timedelta(milliseconds=moment_ms)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def post_json(post: StoredPost, url: str | None) -> dict[str, object]:
    """A post as JSON; ``url`` is its public address, ``cursor`` continues a list behind it."""
    return {
        "key": post.key,
        "channel": {"id": post.channel_id, "username": post.username, "title": post.title},
        "message_id": post.message_id,
        "posted_at": iso(post.posted_ms),
        "is_dated": post.is_dated,
        "edited_at": iso(post.edited_ms),
        "deleted_at": iso(post.deleted_ms),
        "language": post.language,
        "text": post.text,
        "edits": post.edits,
        "media": post.media,
        "links": post.links,
        "quotes": post.quotes,
        "citations": post.citations,
        "views": post.views,
        "forwards": post.forwards,
        "copy_of": post.copy_of,
        "story": post.story,
        "story_size": post.story_size,
        "url": url,
        "cursor": post.id,
    }
