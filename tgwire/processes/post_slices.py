"""Posts in slices, as the core takes them in the least time, and nobody waits for a slice to fill."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ingest.sources.base import Rejected, SourceItem
from schemas import RawPost

POSTS = 100
"""Most posts of a slice, unless it is set: as many as a worker's stages take at once."""
CHARACTERS = 1_000_000
"""A slice is closed at this length, so that memory stays bounded: a line may hold 8 MiB."""

PostOrRejected = RawPost | Rejected
E = TypeVar("E", PostOrRejected, SourceItem)


def always() -> bool:
    """The next entry is always there: for input that need not be waited for, such as a file."""
    return True


def slices(entries: Iterable[E], is_next_there: Callable[[], bool] = always, posts: int = POSTS) -> Iterator[list[E]]:
    """The entries in their order. A slice is passed on when it has so many, and when the next entry must be waited for.

    An error of the entries comes after those before it.
    """
    some: list[E] = []
    length = 0
    try:
        for entry in entries:
            some.append(entry)
            length += _length(entry)
            if len(some) == posts or length >= CHARACTERS or not is_next_there():
                yield some
                some, length = [], 0
    except Exception:
        if some:
            yield some
        raise
    if some:
        yield some


def _length(entry: PostOrRejected | SourceItem) -> int:
    post = entry.entry if isinstance(entry, SourceItem) else entry
    return len(post.text) if isinstance(post, RawPost) else 0
