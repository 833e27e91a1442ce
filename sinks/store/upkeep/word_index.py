"""The word index made again from the texts: after a repair, and when the tokeniser has changed."""

from collections.abc import Callable, Iterator
from typing import Final

from schemas.query.tokens import TOKENISER_VERSION, post_tokens
from sinks.store.database import Database, DbRow, Dialect, Transaction
from sinks.store.upkeep.transactions import meta, set_meta, upkeep

_CHUNK: Final = 1000
_TEXTS: Final = """SELECT p.id, b.seq, b.text, p.language, p.channel_id, p.links, length(b.record)
FROM posts p JOIN bodies b ON b.seq = p.body WHERE p.id > ? ORDER BY p.id LIMIT ?"""


def is_outdated(database: Database) -> bool:
    """Whether another tokeniser made the index: it would not find what this one asks for."""
    with database.reading() as reader:
        return meta(reader, "tokeniser") != str(TOKENISER_VERSION)


def index_again(database: Database, progress: Callable[[int], None] = lambda _: None) -> None:
    """Tokenise all texts and make the index again, in one transaction: a search finds the old words or the new ones."""
    with upkeep(database) as writer:
        writer.execute("DELETE FROM words" if database.dialect is Dialect.POSTGRES else _FORGET)
        done = 0
        for rows in _chunks(writer):
            tokens = [(row, " ".join(_tokens(row))) for row in rows]
            if database.dialect is Dialect.SQLITE:
                writer.update("bodies", ("seq", "tokens"), [(row[1], each) for row, each in tokens], keys=1)
            writer.index([(row[0], each) for row, each in tokens])
            done += len(rows)
            progress(done)
        set_meta(writer, "tokeniser", str(TOKENISER_VERSION))


_FORGET: Final = "INSERT INTO words(words) VALUES('delete-all')"


def _chunks(writer: Transaction) -> Iterator[list[DbRow]]:
    last = -1
    while rows := writer.rows(_TEXTS, (last, _CHUNK)):
        yield rows
        last = rows[-1][0]


def _tokens(row: DbRow) -> list[str]:
    """The tokens of a post; an erased text has none, not even its language."""
    _, _, text, language, channel, links, record_length = row
    return post_tokens(text, language, channel, has_links=links > 0) if record_length else []
