"""Posts of a store: shown to people with what was sought in bold, or as JSON."""

from collections.abc import Iterator
from datetime import datetime

from rich.text import Text

from runtime.printable import one_line
from schemas.keys import link_to_post
from schemas.normalized import NormalizedPost
from schemas.plurals import counted
from schemas.query.occurrences import marks
from schemas.query.snippets import Snippet, snippet
from schemas.query.tree import Node
from sinks.store.reading.post_json import post_json
from sinks.store.reading.posts import StoredPost
from tgwire.cli.output.console import out
from web.presentation.columns import moment

_LINES = 3
"""Of the screen for the text of a post."""
_INDENT = 2


def show_post(post: StoredPost, tree: Node | None) -> None:
    """Print one post: when, where and what became of it; its text around what was sought; its key."""
    when = _moment(post.posted_ms) if post.posted_ms else "date unknown"
    head = Text.assemble((when, "bold"), "  ", out.text(_channel(post)), "  ", post.language)
    for remark in _remarks(post):
        head.append(f"  {remark}")
    if post.posted_ms and not post.is_dated:
        head.append("  date unknown: this is when it was collected")
    out.print(head, soft_wrap=False)
    if post.text.strip():
        shown = snippet(post.text, [] if tree is None else marks(tree, post.text), _LINES * (out.width - _INDENT) - 8)
        _print_indented(_marked(shown))
    places = Text("  ".join(filter(None, (post.key, link_to_post(post.username, post.message_id)))), style="dim")
    _print_indented(places)


def _print_indented(text: Text) -> None:
    for line in out.indented(text, _INDENT):
        out.print(line)


def _marked(shown: Snippet) -> Text:
    text = Text("…" if shown.is_cut_before else "")
    done = 0
    for start, end in [*shown.marks, (len(shown.text), len(shown.text))]:
        text.append(_flat(shown.text[done:start]))
        text.append(_flat(shown.text[start:end]), style="bold yellow")
        done = end
    return text.append("…" if shown.is_cut_after else "")


def _flat(text: str) -> str:
    return out.shown(one_line("".join(" " if character in "\r\n\t" else character for character in text)))


def _remarks(post: StoredPost) -> Iterator[str]:
    if post.copy_of is not None:
        yield f"copy of {post.copy_of}"
    elif post.story_size > 1:
        yield f"story of {counted(post.story_size, 'post')}"
    if post.edits or post.edited_ms is not None:
        yield "edited" if post.edits < 2 else f"edited {post.edits} times"
    if post.deleted_ms is not None:
        yield "deleted"


def _channel(post: StoredPost) -> str:
    return f"@{post.username}" if post.username else post.title or f"channel {post.channel_id}"


def _moment(moment_ms: int) -> str:
    return f"{moment(moment_ms):%Y-%m-%d %H:%M:%S}"


def as_stored(post: NormalizedPost) -> StoredPost:
    """A record as the store would show it, as far as a record goes."""
    counters = post.counters
    return StoredPost(
        id=0,
        key=post.key,
        channel_id=post.channel.id,
        username=post.channel.username,
        title=post.channel.title,
        message_id=post.message_id,
        posted_ms=_milliseconds(post.posted_at) or 0,
        is_dated=post.posted_at is not None,
        edited_ms=_milliseconds(post.edited_at),
        deleted_ms=None,
        last_seen_ms=None,
        language=post.language.code,
        revision=post.revision,
        edits=0,
        media=len(post.media),
        links=len(post.links),
        quotes=sum(len(quote_list.items) for quote_list in post.quote_lists),
        citations=0,
        text=post.text,
        views=None if counters is None else counters.views,
        forwards=None if counters is None else counters.forwards,
        copy_of=None,
        copy_kind=None,
        story=None,
        story_size=1,
        is_compared=False,
    )


def _milliseconds(found: datetime | None) -> int | None:
    return None if found is None else round(found.timestamp() * 1000)


def as_json(post: StoredPost) -> dict[str, object]:
    """A stored post as a line of JSON; ``cursor`` continues a list behind it."""
    return post_json(post, link_to_post(post.username, post.message_id))
