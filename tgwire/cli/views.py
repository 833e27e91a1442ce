"""Records as tables for people."""

from collections.abc import Iterable

from schemas import Block, BlockKind, DuplicateRecord, NormalizedPost, Section
from tgwire.cli.console import table

SHORT = 60


def shorten(text: str, length: int = SHORT) -> str:
    """One line of at most ``length`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def show_posts(posts: Iterable[NormalizedPost]) -> None:
    """Print one line for each post."""
    table(
        "Normalized records",
        ("key", "channel", "posted (UTC)", "lang", "text", "blocks", "quotes", "duplicate of"),
        (
            (
                post.key,
                post.channel.title or post.channel.username,
                (post.posted_at and post.posted_at.strftime("%Y-%m-%d %H:%M")) or "unknown",
                post.language.code,
                shorten(_opening(post)),
                _layout(post),
                sum(len(quotes.items) for quotes in post.quote_lists) or None,
                post.duplicate and f"{post.duplicate.of} ({post.duplicate.kind})",
            )
            for post in posts
        ),
    )


def show_quotes(posts: Iterable[NormalizedPost]) -> None:
    """Print each media-quote list under its lead-in."""
    for post in posts:
        for quote_list in post.quote_lists:
            table(
                f"Quotes of {post.key}" + (f" — {shorten(quote_list.lead_in.text, 100)}" if quote_list.lead_in else ""),
                ("#", "outlet", "as written", "cue", "kind", "text"),
                (
                    (
                        item.position + 1,
                        ", ".join(outlet.name for outlet in item.outlets),
                        ", ".join(span.text for span in item.outlet_text),
                        item.cue.text if item.cue else None,
                        item.kind,
                        shorten(item.text, 80),
                    )
                    for item in quote_list.items
                ),
            )


def show_duplicates(records: Iterable[DuplicateRecord], texts: dict[str, str]) -> None:
    """Print what repeats what; ``texts`` has a post's text by key."""
    table(
        "Duplicates",
        ("post", "repeats", "kind", "similarity", "text"),
        (
            (r.key, r.duplicate.of, r.duplicate.kind, f"{r.duplicate.similarity:.2f}", shorten(texts.get(r.key, "")))
            for r in records
            if r.duplicate is not None
        ),
    )


def _opening(post: NormalizedPost) -> str:
    return next((b.text for b in post.blocks if isinstance(b, Block) and b.kind is BlockKind.HEADLINE), post.text)


def _layout(post: NormalizedPost) -> str:
    """Name the parts of a post, e.g. ``headline, media_description(1), embedded(6), addendum(7)``."""
    names = [
        f"{block.kind}({len(block.blocks)})" if isinstance(block, Section) else str(block.kind) for block in post.blocks
    ]
    counted = dict.fromkeys(names)
    return ", ".join(name if names.count(name) == 1 else f"{names.count(name)} {name}s" for name in counted)
