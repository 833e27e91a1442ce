"""The graph of who copied whom among exported posts."""

from collections import Counter
from statistics import median
from typing import IO

from schemas.keys import parse_post_key
from sinks.store.reading.details import Copy
from sinks.store.reading.posts import StoredPost
from web.presentation.gexf import ChannelNode, Edge, gexf


class SpreadGraph:
    """Channels as nodes, with their number of posts; copies as edges from the channel that was copied."""

    def __init__(self) -> None:
        self._posts: Counter[int] = Counter()
        self._labels: dict[int, str] = {}
        self._copies: Counter[tuple[int, int]] = Counter()
        self._lags_ms: dict[tuple[int, int], list[int]] = {}

    def add(self, post: StoredPost, copy: Copy | None) -> None:
        """Count a post; ``copy``: how it repeats another one."""
        self._posts[post.channel_id] += 1
        self._labels[post.channel_id] = _label(post.channel_id, post.username, post.title)
        if post.copy_of is None:
            return
        origin, _ = parse_post_key(post.copy_of)
        pair = origin, post.channel_id
        self._copies[pair] += 1
        names = (None, None) if copy is None else (copy.username, copy.title)
        self._labels.setdefault(origin, _label(origin, *names))
        if copy is not None and copy.lag_ms is not None:
            self._lags_ms.setdefault(pair, []).append(copy.lag_ms)

    def write(self, file: IO[bytes]) -> None:
        """Write the graph as GEXF."""
        nodes = [ChannelNode(channel, label, self._posts[channel]) for channel, label in sorted(self._labels.items())]
        edges = [Edge(*pair, copies, self._median_lag_s(pair)) for pair, copies in sorted(self._copies.items())]
        file.write(gexf(nodes, edges))

    def _median_lag_s(self, pair: tuple[int, int]) -> float | None:
        lags_ms = self._lags_ms.get(pair)
        return median(lags_ms) / 1000 if lags_ms else None


def _label(channel: int, username: str | None, title: str | None) -> str:
    return (f"@{username}" if username else title) or str(channel)
