"""``tgwire tail``: the newest posts of the store, and those that come."""

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Annotated

import typer

from schemas.plurals import counted
from schemas.query.tree import Node, asks_about_stories, depends_on_later_knowledge
from sinks.store.reading.overview import newest_post
from sinks.store.reading.posts import StoredPost, feed, posts_by_id
from sinks.store.reading.readers import StoreReader
from sinks.store.search.changes import ChangeCursor, changes_after, kept_changes, last_place
from sinks.store.search.names import look_up
from sinks.store.search.searching import find_ids
from sinks.store.search.selection import HitSelection, Order
from sinks.store.search.story_posts import others_in_stories
from tgwire.cli.context import Context
from tgwire.cli.output.console import complain, remark, write_json
from tgwire.cli.output.stored_posts import as_json, as_stored, show_post
from tgwire.cli.queries import OptionalQuery, StoreOption, echo_query, now_ms, opened_store, read_query

_PAUSE_S = 0.5
_SHOWN = 100_000
"""Posts that are remembered as shown: as many as the store keeps changes."""


def tail(
    ctx: typer.Context,
    query: OptionalQuery = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=0, max=10_000, help="Number of newest posts to show first.")
    ] = 10,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Then show new posts as they come, until interrupted.")
    ] = False,
    store: StoreOption = None,
    from_kafka: Annotated[
        bool, typer.Option("--kafka", help="Read posts.normalized instead of the store; --json writes whole records.")
    ] = False,
    as_lines: Annotated[bool, typer.Option("--json", help="Write JSON lines.")] = False,
) -> None:
    """Show the newest posts of the store, the newest last.

    With --follow a post is shown when it begins to match: is:copy, story. and is:deleted often do so later.

    Examples: tgwire tail -f; tgwire tail 'lang:ru is:first' -n 50 --json
    """
    context: Context = ctx.obj
    tree = read_query(query) if query else None
    if from_kafka:
        _tail_kafka(context, tree, limit, follow, as_lines)
        return
    with opened_store(context, store) as reader:
        if tree is not None:
            echo_query(tree, reader)
        follower = MatchingPosts(reader, tree)
        for post in follower.newest(limit):
            _write(post, tree, as_lines)
        if not follower.shown and not follow:
            remark("no post matches" if tree else "the store has no posts yet")
        while follow:
            for post in follower.new():
                _write(post, tree, as_lines)
            time.sleep(_PAUSE_S)


def _tail_kafka(context: Context, tree: Node | None, limit: int, follow: bool, as_lines: bool) -> None:
    from tgwire.kafka_posts import KafkaPosts, needs_store  # the client takes its time to import

    if tree is not None and needs_store(tree):
        raise typer.BadParameter("is:first, is:copy, is:deleted and story. need the store: records lack them")
    posts = KafkaPosts(context.kafka, tree)
    newest = posts.newest(limit)
    if not newest and not follow:
        remark("no post matches" if tree else "the topic has no posts yet")
    if posts.unreadable:
        complain(f"{counted(posts.unreadable, 'record')} skipped: of another version of tgwire")
    for post in chain(newest, posts.new() if follow else ()):
        if as_lines:
            write_json(post)
        else:
            show_post(as_stored(post), tree)


class MatchingPosts:
    """The posts of a store that match a query, each given once."""

    def __init__(self, reader: StoreReader, tree: Node | None) -> None:
        self._reader, self._tree = reader, tree
        self._place = ChangeCursor()
        self._first_id = 0
        """Of what has come since the beginning, ids are greater."""
        self._is_late = tree is not None and depends_on_later_knowledge(tree)
        self._counts_stories = tree is not None and asks_about_stories(tree)
        self.shown: OrderedDict[str, None] = OrderedDict()

    def newest(self, limit: int) -> list[StoredPost]:
        """The newest that match, the newest last; what comes from now on is in ``new``."""
        with self._reader.reading() as rows:
            self._place = last_place(rows, self._reader.dialect)
            newest = newest_post(rows)
            self._first_id = newest.id if newest else 0
            if limit == 0:
                return []
            if self._tree is None:
                found = feed(rows, limit=limit)
            else:
                names = look_up(rows, self._tree)
                ids = find_ids(rows, self._reader.dialect, self._tree, names, HitSelection(limit), now_ms())
                found = posts_by_id(rows, ids)
        return list(self._once(reversed(found)))

    def new(self) -> list[StoredPost]:
        """The posts that began to match since the last call."""
        with self._reader.reading() as rows:
            if not kept_changes(rows, self._reader.dialect).has_all_after(self._place):
                complain("posts may be missing here: more has changed than the store remembers, or it was restored")
                self._place = min(self._place, last_place(rows, self._reader.dialect))
            changes, self._place = changes_after(rows, self._reader.dialect, self._place)
            keys = list(
                dict.fromkeys(
                    change.key
                    for change in changes
                    if change.key not in self.shown and (change.what == "new" or self._is_late)
                )
            )
            found = {number for (number,) in rows.among("SELECT id FROM posts WHERE key", keys)}
            if self._counts_stories:  # one that came before may match since then
                found |= others_in_stories(rows, sorted(found), self._first_id).keys()
            ids = tuple(sorted(found))
            if self._tree is not None and ids:
                chosen = HitSelection(len(ids), Order.OLDEST, among=ids)
                names = look_up(rows, self._tree)
                ids = tuple(find_ids(rows, self._reader.dialect, self._tree, names, chosen, now_ms()))
            return list(self._once(posts_by_id(rows, ids)))

    def _once(self, posts: Iterable[StoredPost]) -> Iterator[StoredPost]:
        for post in posts:
            if post.key not in self.shown:
                self.shown[post.key] = None
                yield post
        while len(self.shown) > _SHOWN:
            self.shown.popitem(last=False)


def _write(post: StoredPost, tree: Node | None, as_lines: bool) -> None:
    if as_lines:
        write_json(as_json(post))
    else:
        show_post(post, tree)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(tail)
