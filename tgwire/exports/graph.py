"""The graph of who copied whom among exported posts."""

from collections import Counter
from typing import IO

from schemas.keys import parse_post_key
from sinks.store.reading.posts import StoredPost
from web.presentation.gexf import ChannelNode, Edge, gexf


class SpreadGraph:
    """Channels as nodes, with their number of posts; copies as edges from the channel that was copied."""

    def __init__(self) -> None:
        self._posts: Counter[int] = Counter()
        self._labels: dict[int, str] = {}
        self._copies: Counter[tuple[int, int]] = Counter()

    def add(self, post: StoredPost) -> None:
        """Count a post."""
        self._posts[post.channel_id] += 1
        label = f"@{post.username}" if post.username else post.title
        self._labels[post.channel_id] = label or str(post.channel_id)
        if post.copy_of is not None:
            origin, _ = parse_post_key(post.copy_of)
            self._copies[origin, post.channel_id] += 1
            self._labels.setdefault(origin, str(origin))

    def write(self, file: IO[bytes]) -> None:
        """Write the graph."""
        nodes = [ChannelNode(channel, label, self._posts[channel]) for channel, label in sorted(self._labels.items())]
        edges = [Edge(origin, copier, copies) for (origin, copier), copies in sorted(self._copies.items())]
        file.write(gexf(nodes, edges))
