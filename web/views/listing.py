"""Lists of posts, as rows of a page or as a feed, a table or JSON."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from runtime.extras import how_to_install
from schemas.keys import link_to_post
from schemas.query.tree import Node
from sinks.store.database import Dialect, Reader
from sinks.store.reading.details import copies, extents, records
from sinks.store.reading.outlets import outlets_of
from sinks.store.reading.post_json import post_json
from sinks.store.reading.posts import StoredPost, feed
from sinks.store.search.searching import find, find_relevant
from sinks.store.search.selection import HitSelection, Order
from web.errors import RefusedRequestError
from web.presentation.columns import COLUMNS
from web.presentation.csv_tables import csv_table
from web.presentation.rows import Details, ListedPost, row_of
from web.presentation.syndication import FeedEntry, atom, rss
from web.presentation.words import channel_name, plain

TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "gexf": "application/gexf+xml",
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
}


def posts_of(
    reader: Reader,
    dialect: Dialect,
    tree: Node | None,
    limit: int,
    before: int | None,
    now_ms: int,
    order: str = "newest",
) -> list[StoredPost]:
    """The posts of a page, of a query or of all, in an order."""
    if tree is None:
        return feed(reader, limit=limit, before=before)
    if order == "relevance":
        return find_relevant(reader, dialect, tree, limit, now_ms)
    return find(reader, dialect, tree, HitSelection(limit, Order(order), before), now_ms)


def rows_of(reader: Reader, posts: Sequence[StoredPost], tree: Node | None = None) -> list[ListedPost]:
    """The rows of a list of posts."""
    keys = [post.key for post in posts]
    details = Details(
        records(reader, [post.id for post in posts]),
        copies(reader, [post.key for post in posts if post.copy_of is not None]),
        extents(reader, sorted({post.story for post in posts if post.story is not None})),
        outlets_of(reader, [key for key, post in zip(keys, posts, strict=True) if post.quotes]),
    )
    return [row_of(post, details, tree) for post in posts]


def as_json(post: StoredPost) -> dict[str, object]:
    """One post as JSON, as ``tgwire search --json`` has it; ``cursor`` continues a list behind it."""
    return post_json(post, link_to_post(post.username, post.message_id))


def exported(request: Request, form: str, posts: Sequence[StoredPost], title: str, next_url: str | None) -> Response:
    """A list of posts in another form than a page."""
    base = str(request.base_url).rstrip("/")
    headers = linked(base, next_url)
    if form == "json":
        body = orjson.dumps({"posts": [as_json(post) for post in posts], "next": next_url})
    elif form == "jsonl":
        body = b"".join(orjson.dumps(as_json(post)) + b"\n" for post in posts)
    elif form == "csv":
        body = csv_table([_flat(post) for post in posts], list(COLUMNS))
        headers["Content-Disposition"] = 'attachment; filename="posts.csv"'
    elif form == "parquet":
        body = _parquet(posts)
        headers["Content-Disposition"] = 'attachment; filename="posts.parquet"'
    else:
        body = syndicated(request, form, title, _entries(posts, base))
    return Response(body, media_type=TYPES[form], headers=headers)


def linked(base: str, next_url: str | None) -> dict[str, str]:
    """The header that names what follows."""
    return {"Link": f'<{base}{next_url}>; rel="next"'} if next_url else {}


def syndicated(request: Request, form: str, title: str, entries: Iterable[FeedEntry]) -> bytes:
    """A response with entries as RSS or Atom."""
    write = rss if form == "rss" else atom
    return write(title, str(request.url), str(request.base_url).rstrip("/"), list(entries))


def _parquet(posts: Sequence[StoredPost]) -> bytes:
    try:
        from web.presentation.parquet import PostTable  # its library is large, and of an extra
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise RefusedRequestError(501, "Parquet is not installed here", how_to_install("parquet")) from None
    file = BytesIO()
    table = PostTable(file)
    table.write(posts)
    table.close()
    return file.getvalue()


def _flat(post: StoredPost) -> dict[str, object]:
    return as_json(post) | {
        "channel_id": post.channel_id,
        "channel": post.username,
        "channel_title": post.title,
        "copy_kind": post.copy_kind,
    }


def _entries(posts: Sequence[StoredPost], base: str) -> Iterator[FeedEntry]:
    for post in posts:
        name = channel_name(post.username, post.title, post.channel_id)
        line = plain(post.text[:400])
        title = f"{name}: {line[:120]}{'…' if len(line) > 120 else ''}" if line else name
        yield FeedEntry(f"{base}/post/{post.key}", title, post.text, name, post.posted_ms, post.edited_ms)
