"""Posts that can come to match a query since another one has joined their story, or left it."""

from collections.abc import Sequence
from typing import Final

from sinks.store.database import Reader
from sinks.store.search.conditions import SLOT_BITS

MOST_OTHERS: Final = 1_000
"""Posts of all stories together: the newest ones."""


def others_in_stories(reader: Reader, changed: Sequence[int], first_id: int) -> dict[int, int]:
    """The posts behind ``first_id`` in the stories of changed posts, each with the id of one that changed."""
    clusters = "SELECT l.cluster, p.id FROM posts p JOIN links l ON l.key = p.key WHERE p.id"
    changes: dict[int, int] = dict(reader.among(clusters, changed))
    # The index of stories is ordered by date; posts without one are in no story.
    since_ms = (first_id >> SLOT_BITS) * 1000
    members = reader.among(
        "SELECT p.id, l.cluster FROM links l JOIN posts p ON p.key = l.key WHERE l.cluster",
        list(changes),
        f"AND l.posted_ms >= {since_ms} AND p.id > {first_id} ORDER BY l.posted_ms DESC LIMIT {MOST_OTHERS}",
    )
    return {number: changes[cluster] for number, cluster in members}
