"""Records as tables for people."""

from collections.abc import Iterable

from schemas import Block, BlockKind, DuplicateRecord, NormalizedPost, QuoteList, Section
from tgwire.cli.output.tables import shorten, table

MAX_ROWS = 50
"""Rows of a table, unless other is requested."""
_LEAD_CELLS = 100


def show_posts(posts: Iterable[NormalizedPost], most: int = MAX_ROWS) -> None:
    """Print the posts, ``most`` of them at most; 0 prints all."""
    table(
        "Normalized records",
        ("key", "channel", "posted (UTC)", "lang", "text", "blocks", "quotes", "citations", "duplicate of"),
        (
            (
                post.key,
                post.channel.title or post.channel.username,
                (post.posted_at and post.posted_at.strftime("%Y-%m-%d %H:%M")) or "unknown",
                post.language.code,
                shorten(_opening(post)),
                _layout(post),
                sum(len(quotes.items) for quotes in post.quote_lists) or None,
                len(post.citations) or None,
                post.duplicate and f"{post.duplicate.of} ({post.duplicate.kind})",
            )
            for post in posts
        ),
        text="text",
        most=most,
    )


def show_quotes(posts: Iterable[NormalizedPost], most: int = MAX_ROWS) -> None:
    """Print each media-quote list under its lead-in, ``most`` items of it at most; 0 prints all."""
    for post in posts:
        for quote_list in post.quote_lists:
            _show_quote_list(post, quote_list, most)


def _show_quote_list(post: NormalizedPost, quote_list: QuoteList, most: int) -> None:
    lead_in = quote_list.lead_in
    table(
        f"Quotes of {post.key}" + (f" — {shorten(lead_in.text, _LEAD_CELLS)}" if lead_in else ""),
        ("#", "outlet", "cue", "text", "as written", "kind"),
        (
            (
                item.position + 1,
                ", ".join(outlet.name for outlet in item.outlets),
                item.cue.text if item.cue else None,
                shorten(item.text),
                ", ".join(span.text for span in item.outlet_text),
                item.kind,
            )
            for item in quote_list.items
        ),
        text="text",
        most=most,
    )


def show_citations(posts: Iterable[NormalizedPost], most: int = MAX_ROWS) -> None:
    """Print the citations of the posts, ``most`` of them at most; 0 prints all; nothing where there is none."""
    found = [(post, citation) for post in posts for citation in post.citations]
    if not found:
        return
    table(
        "Citations",
        ("post", "#", "outlet", "cue", "text", "cites", "kind"),
        (
            (
                post.key,
                citation.position + 1,
                ", ".join(outlet.name for outlet in citation.outlets) + (" (own)" if citation.is_own else ""),
                citation.cue.text if citation.cue else None,
                shorten(citation.text),
                ", ".join(span.text for span in citation.cited) or None,
                citation.kind,
            )
            for post, citation in found
        ),
        text="text",
        most=most,
    )


def show_duplicates(records: Iterable[DuplicateRecord], texts: dict[str, str], most: int = MAX_ROWS) -> None:
    """Print what repeats what; ``texts`` has a post's text by key."""
    table(
        "Duplicates",
        ("post", "repeats", "kind", "similarity", "text"),
        (
            (r.key, r.duplicate.of, r.duplicate.kind, f"{r.duplicate.similarity:.2f}", shorten(texts.get(r.key, "")))
            for r in records
            if r.duplicate is not None
        ),
        text="text",
        most=most,
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
