"""Posts of a list: what each row says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.plurals import counted
from schemas.query.occurrences import marks
from schemas.query.snippets import snippet
from schemas.query.tree import Node
from sinks.store.reading.details import Copy, Extent
from sinks.store.reading.posts import StoredPost
from web.presentation.headlines import Excerpt, excerpt
from web.presentation.moments import length
from web.presentation.words import channel_name, handle, media_words, plain, without_controls

_SNIPPET: Final = 420
Marked = tuple[str, bool]
"""A part of a text, and whether it was sought."""


@dataclass(frozen=True, slots=True)
class ListedPost:
    """A post as a row of a list, with all that the row shows."""

    post: StoredPost
    excerpt: Excerpt
    headline: list[Marked]
    rest: list[Marked]
    media: str
    outlets: list[tuple[str, str]]
    forward: str | None
    forward_link: str | None
    reply: str | None
    copy: Copy | None
    extent: Extent | None

    @property
    def name(self) -> str:
        """The name of the post's channel."""
        return channel_name(self.post.username, self.post.title, self.post.channel_id)

    @property
    def handle(self) -> str:
        """The public name of the post's channel."""
        return handle(self.post.username, self.post.channel_id)

    @property
    def is_first(self) -> bool:
        """Whether others repeat it, and it repeats nobody."""
        return self.post.copy_of is None and self.post.story is not None

    @property
    def css(self) -> str:
        """The CSS classes of the row."""
        copy = " is-copy" if self.post.copy_of is not None else ""
        return f"post{copy}{' is-deleted' if self.post.deleted_ms is not None else ''}"

    @property
    def spread(self) -> str:
        """How far its story has come: ``9 channels in 22 min``."""
        extent = self.extent
        if extent is None:
            return ""
        words = counted(extent.channels, "channel")
        if extent.first_ms is None or extent.last_ms is None or extent.last_ms == extent.first_ms:
            return words
        return f"{words} in {length(extent.last_ms - extent.first_ms)}"

    @property
    def original(self) -> str:
        """The channel of the post that this one repeats, in words."""
        copy = self.copy
        if copy is None or copy.channel_id is None:
            return "an earlier post"
        return (
            handle(copy.username, copy.channel_id) if copy.username else channel_name(None, copy.title, copy.channel_id)
        )

    @property
    def copy_words(self) -> str:
        """How it repeats: ``near copy 0.86 of``."""
        kind = self.post.copy_kind or "copy"
        if kind == "forward":
            return "forward of"
        similarity = self.copy.similarity if self.copy else None
        is_inexact = kind != "exact" and similarity is not None
        return f"{kind} copy {similarity:.2f} of" if is_inexact else f"{kind} copy of"

    @property
    def lag(self) -> str:
        """How much later than the original the copy was posted, in words; empty where that is unknown."""
        lag_ms = self.copy.lag_ms if self.copy else None
        return f", {length(lag_ms)} later" if lag_ms is not None and lag_ms >= 0 else ""


@dataclass(frozen=True, slots=True)
class Details:
    """What rows of a list show beside their posts: records, copies, sizes of stories, outlets."""

    records: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    copies: Mapping[str, Copy] = field(default_factory=dict)
    extents: Mapping[int, Extent] = field(default_factory=dict)
    outlets: Mapping[str, list[tuple[str, str]]] = field(default_factory=dict)


def row_of(post: StoredPost, details: Details, tree: Node | None = None) -> ListedPost:
    """A row of a list; of a search with what was sought marked."""
    record = details.records.get(post.id) or {}
    shown = excerpt(post.text)
    headline, rest = _marked(post.text, shown, tree)
    forward, link = _forward(record.get("forward"))
    reply = record.get("reply_to") or {}
    return ListedPost(
        post,
        shown,
        headline,
        rest,
        media_words(list(record.get("media") or ())),
        details.outlets.get(post.key, []),
        forward,
        link,
        _reply(post, reply),
        details.copies.get(post.key),
        details.extents.get(post.story) if post.story is not None else None,
    )


def pieces(text: str, found: Sequence[tuple[int, int]]) -> list[Marked]:
    """A text cut at its marks."""
    cut: list[Marked] = []
    done = 0
    for start, end in found:
        cut += [(text[done:start], False), (text[start:end], True)]
        done = end
    return [each for each in [*cut, (text[done:], False)] if each[0]]


def _marked(text: str, shown: Excerpt, tree: Node | None) -> tuple[list[Marked], list[Marked]]:
    if tree is None:
        return [(shown.headline, False)], [(shown.rest, False)]
    headline, rest = pieces(shown.headline, marks(tree, shown.headline)), pieces(shown.rest, marks(tree, shown.rest))
    if any(is_mark for _, is_mark in (*headline, *rest)):
        return headline, rest
    found = snippet(text, marks(tree, text), _SNIPPET)
    if not found.marks:
        return headline, rest
    around = [(" ".join(["", *without_controls(part).split(), ""]), is_mark) for part, is_mark in
              pieces(found.text, found.marks)]  # fmt: skip
    return headline, [(" … ", False), *around, ("…" if found.is_cut_after else "", False)]


def _forward(forward: Mapping[str, Any] | None) -> tuple[str | None, str | None]:
    if not forward:
        return None, None
    number = forward.get("channel_id")
    username = forward.get("channel_username")
    name = plain(forward.get("name") or "") or (f"@{plain(username)}" if username else "")
    return name or (f"channel {number}" if number else "an unknown sender"), str(number) if number else None


def _reply(post: StoredPost, reply: Mapping[str, Any]) -> str | None:
    number = reply.get("message_id")
    return f"tg:{reply.get('channel_id') or post.channel_id}:{number}" if number else None
