"""What a batch changes in the tables of posts, and the order in which it is written."""

from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.query.tokens import post_tokens
from sinks.store.compression import RecordCodec
from sinks.store.database import DbRow, Transaction
from sinks.store.writing.channel_names import COLUMNS as CHANNEL_NAMES
from sinks.store.writing.counts import count_row, thin_history, write_counts
from sinks.store.writing.mentions import CITATIONS, QUOTES, citation_rows, quote_rows
from sinks.store.writing.post_states import TEXT, PostStates
from sinks.store.writing.rollups import PostRollups
from sinks.store.writing.rows import Body, MarkRow, PostRow

REVISIONS = (
    *("key", "rank_us", "rank_class", "what", "revision", "seen_ms", "last_seen_ms", "edited_ms", "text", "record"),
)
_ID = ("id",)
_KEY = ("key",)
_SOURCE = ("id", "src_epoch", "src_offset")


class StoredText(NamedTuple):
    """A text to be kept, to be put into the word index, or both."""

    row: PostRow
    body: Body
    kept_in: list[tuple[int, str, str, bytes]] | None
    """Rows of ``bodies`` that it belongs to."""
    is_indexed: bool


@dataclass
class PostChanges:
    """Rows to write, gathered before the transaction begins."""

    codec: RecordCodec
    removed: list[DbRow] = field(default_factory=list)
    inserted: list[PostRow] = field(default_factory=list)
    updated: list[PostRow] = field(default_factory=list)
    repeated: list[DbRow] = field(default_factory=list)
    texts: list[StoredText] = field(default_factory=list)
    new_bodies: list[tuple[int, str, str, bytes]] = field(default_factory=list)
    changed_bodies: list[tuple[int, str, str, bytes]] = field(default_factory=list)
    unindexed: list[tuple[int, str]] = field(default_factory=list)
    indexed: list[tuple[int, str]] = field(default_factory=list)
    requoted: list[DbRow] = field(default_factory=list)
    quotes: list[DbRow] = field(default_factory=list)
    recited: list[DbRow] = field(default_factory=list)
    citations: list[DbRow] = field(default_factory=list)
    erased: list[DbRow] = field(default_factory=list)
    revisions: dict[DbRow, DbRow] = field(default_factory=dict)
    marks: list[MarkRow] = field(default_factory=list)
    unmarked: list[DbRow] = field(default_factory=list)
    counts: list[DbRow] = field(default_factory=list)
    recounted: list[str] = field(default_factory=list)
    rollups: PostRollups = field(default_factory=PostRollups)
    channels: list[DbRow] = field(default_factory=list)
    changes: list[DbRow] = field(default_factory=list)

    def take(self, states: PostStates, known_mark: MarkRow | None) -> None:
        """Gather what became of one post; its row has its id and its body's number."""
        self._take_mark(states, known_mark)
        self.changes.extend((states.key, what) for what in dict.fromkeys(states.changes))
        row, known = states.row, states.known
        if row is None or row == known:
            return
        if known is not None and _differs_in_source_alone(known, row):
            if row.src_epoch != known.src_epoch:
                self.repeated.append((row.id, row.src_epoch, row.src_offset))
            return
        self.rollups.change(known, row)
        self._take_rows(known, row)
        self._take_body(states, known, row)
        self._take_mentions(states, known, row)
        self._take_history(states, is_new=known is None)

    def _take_mark(self, states: PostStates, known: MarkRow | None) -> None:
        if states.mark is not None and states.mark != known:
            self.marks.append(states.mark)
        elif states.mark is None and known is not None:
            self.unmarked.append((states.key,))

    def _take_rows(self, known: PostRow | None, row: PostRow) -> None:
        if known is None:
            self.inserted.append(row)
        elif known.id == row.id:
            self.updated.append(row)
        else:
            self.removed.append((known.id,))
            self.inserted.append(row)

    def _take_body(self, states: PostStates, known: PostRow | None, row: PostRow) -> None:
        if known is not None and states.body is None and known.id == row.id:
            return
        old = states.load_body() if known is not None else None
        body = states.body or old
        assert body is not None
        is_same_text = old is not None and known is not None and _has_same_words(old, known, body, row)
        if is_same_text and old is not None:
            body.tokens = old.tokens
        rows = self.new_bodies if known is None else self.changed_bodies
        is_indexed = not is_same_text or known is None or known.id != row.id
        self.texts.append(StoredText(row, body, rows if states.body is not None else None, is_indexed))
        if is_indexed and old is not None and known is not None:
            self.unindexed.append((known.id, old.tokens or ""))

    def _take_mentions(self, states: PostStates, known: PostRow | None, row: PostRow) -> None:
        if states.post is None and not states.is_history_erased:
            return
        if known is not None and known.quotes:
            self.requoted.append((row.key,))
        if known is not None and known.citations:
            self.recited.append((row.key,))
        if states.post is not None:
            self.quotes.extend(quote_rows(row, states.post))
            self.citations.extend(citation_rows(row, states.post))

    def _take_history(self, states: PostStates, *, is_new: bool) -> None:
        if states.is_history_erased:
            self.erased.append((states.key,))
        for each in states.revisions:
            place = (states.key, each.rank_us, each.rank_class, each.what)
            kept = (None, None) if each.body is None else (each.body.text, each.body.packed(self.codec))
            row = (*place, each.revision, each.seen_ms, each.last_seen_ms, each.edited_ms, *kept)
            self.revisions.setdefault(place, row)
        self.counts.extend(count_row(states.key, counters) for counters in states.counts)
        if states.counts and not is_new:
            self.recounted.append(states.key)

    def finish(self) -> None:
        """Make tokens and kept records of all texts, after the last post was taken.

        One kind of work at a time: its tables stay in the processor's caches, which saves a tenth of a post's cost.
        """
        for text in self.texts:
            if text.body.tokens is None:
                text.body.tokens = _tokens(text.body, text.row)
        for row, body, kept_in, is_indexed in self.texts:
            tokens = body.tokens or ""
            if kept_in is not None:
                kept_in.append((row.body, body.text, tokens, body.packed(self.codec)))
            if is_indexed:
                self.indexed.append((row.id, tokens))

    def write(self, writer: Transaction) -> None:
        """Write everything, in the order that keeps keys and ids unique."""
        self._write_words_and_posts(writer)
        self._write_mentions(writer)
        self._write_history(writer)
        writer.delete("marks", _KEY, sorted(self.unmarked))
        writer.upsert("marks", MarkRow._fields, self.marks, keys=1)
        self.rollups.write(writer)
        writer.upsert("channels", CHANNEL_NAMES, self.channels, keys=1)
        writer.insert("changes", ("key", "what"), self.changes)

    def _write_words_and_posts(self, writer: Transaction) -> None:
        writer.unindex(sorted(self.unindexed))
        writer.delete("posts", _ID, sorted(self.removed))
        writer.update("posts", PostRow._fields, self.updated, keys=1)
        writer.update("posts", _SOURCE, self.repeated, keys=1)
        writer.update_bodies(self.changed_bodies)
        writer.insert_bodies(self.new_bodies)
        writer.insert("posts", PostRow._fields, sorted(self.inserted))
        writer.index(sorted(self.indexed))

    def _write_mentions(self, writer: Transaction) -> None:
        writer.delete("quotes", _KEY, self.requoted)
        writer.insert("quotes", QUOTES, self.quotes)
        writer.delete("citations", _KEY, self.recited)
        writer.insert("citations", CITATIONS, self.citations)

    def _write_history(self, writer: Transaction) -> None:
        writer.delete("revisions", _KEY, self.erased, when=f"what = '{TEXT}'")
        writer.delete("counters", _KEY, self.erased)
        writer.delete("counter_history", _KEY, self.erased)
        writer.upsert("revisions", REVISIONS, list(self.revisions.values()), keys=4, when="false")
        write_counts(writer, self.counts)
        thin_history(writer, self.recounted)


def _differs_in_source_alone(known: PostRow, row: PostRow) -> bool:
    return known == row._replace(src_epoch=known.src_epoch, src_offset=known.src_offset)


def _tokens(body: Body, row: PostRow) -> str:
    """What the word index holds for a post: of an erased text nothing, not even its language."""
    if body.is_erased:
        return ""
    return " ".join(post_tokens(body.text, row.language, row.channel_id, has_links=row.links > 0))


def _has_same_words(old: Body, known: PostRow, body: Body, row: PostRow) -> bool:
    was, now = (known.language, known.links > 0), (row.language, row.links > 0)
    return body is old or (body.text == old.text and was == now and body.is_erased == old.is_erased)
