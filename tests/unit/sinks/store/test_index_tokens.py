"""What the word index holds for a post: in SQLite the same as in SQL, by which the index is made again."""

from pathlib import Path

import pytest

from schemas.query.tokens import post_tokens
from sinks.store.database import closing
from sinks.store.index_tokens import index_tokens, language_letter
from sinks.store.sqlite.database import SqliteDatabase
from tests.support.search.corpus import NOW_MS, Corpus, Post

USUAL = ("ru", "uk", "en", "fa", "ar", "de", "fr", "es", "it", "tr", "pl", "pt")


def test_usual_languages_have_letters_of_their_own() -> None:
    assert len(set(map(language_letter, USUAL))) == len(USUAL)


@pytest.mark.parametrize("language", ["ru", "und", "zh-Hant", "x", "", "EN", "é"])
def test_sql_has_the_same_tokens(tmp_path: Path, language: str) -> None:
    post = Post(1_000, 1, NOW_MS, "Bridge, Ёлка 桥!", language, id=NOW_MS // 1000 << 22)
    tokens = " ".join(post_tokens(post.text, language, post.channel_id))
    with closing(SqliteDatabase(tmp_path / "store.db")) as database:
        Corpus([post]).load(database)
        with database.writing() as writer:
            assert writer.rows("SELECT id, tokens FROM search") == [(post.id, index_tokens(post.id, tokens))]
            writer.execute("UPDATE bodies SET tokens = ''")
            assert writer.rows("SELECT tokens FROM search") == [(index_tokens(post.id, ""),)]
    assert index_tokens(post.id, tokens).startswith(language_letter(language))
