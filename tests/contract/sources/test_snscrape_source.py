"""Posts of snscrape."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ingest.sources import NoPostKind, open_sources
from ingest.sources.options import ReadOptions
from schemas import Counters, ForwardOrigin, Media, MediaKind, RawPost
from tests.contract.sources.source_contract import Case, SourceContract, posts

POST: dict[str, Any] = {
    "_type": "snscrape.modules.telegram.TelegramPost",
    "url": "https://t.me/s/wirenews/528",
    "date": "2022-06-15T18:58:13+00:00",
    "content": "First line.Second line",
    "outlinks": ["https://example.org/"],
    "linkPreview": None,
    "outlinksss": "https://example.org/",
    "_snscrape": "0.7.0.20230622",
}
CHANNEL = {"_type": "snscrape.modules.telegram.Channel", "username": "wirenews", "title": "Wire News"}


def lines(*values: dict[str, Any]) -> bytes:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()


class TestSnscrape(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "lines": Case(
            {"a.jsonl": lines(POST, POST | {"url": "https://t.me/wirenews/527"})}, posts=2, encodings=("utf-16",)
        ),
        "a list": Case({"a.json": json.dumps([POST]).encode()}, posts=1),
        "with the channel": Case({"a.jsonl": lines(CHANNEL, POST)}, posts=1, no_posts={NoPostKind.METADATA: 1}),
        "an old version": Case(
            {"a.json": lines({key: value for key, value in POST.items() if key not in ("_type", "_snscrape")})}, posts=1
        ),
        "broken lines": Case(
            {
                "a.jsonl": lines(
                    POST, POST | {"url": "https://t.me/joinchat/x"}, POST | {"date": "soon"}, POST | {"content": 5}
                )
            },
            posts=1,
            rejected=3,
        ),
        "cut": Case({"a.jsonl": lines(POST, POST)[:-20]}, posts=1, rejected=1, has_open_end=True),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        messages = ({"url": f"https://t.me/s/wirenews/{number}", "content": text} for number, text in given)
        return {"a.jsonl": lines(*(POST | each for each in messages))}

    def test_fields(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_bytes(lines(POST))
        (source,) = open_sources(tmp_path / "a.jsonl", ReadOptions(), io.BytesIO()).sources
        (post,) = posts(list(source.read()))
        assert (post.channel.username, post.message_id, post.text) == ("wirenews", 528, "First line.Second line")
        assert post.posted_at == datetime(2022, 6, 15, 18, 58, 13, tzinfo=UTC)
        assert (post.forward, post.media, post.counters) == (None, (), None)
        assert [line for line in source.warnings if "line breaks are lost" in line]

    def test_newer_fields(self, tmp_path: Path) -> None:
        post = read(
            tmp_path,
            {
                "views": "12.3K",
                "forwarded": {
                    "_type": "snscrape.modules.telegram.Channel",
                    "username": "origin_news",
                    "title": "Origin",
                },
                "forwardedUrl": "https://t.me/origin_news/9",
                "media": [{"_type": "snscrape.modules.telegram.Video", "duration": 12.0}],
                "linkPreview": {"href": "https://example.org"},
            },
        )
        assert post.counters == Counters(is_exact=False, views=12300)
        assert post.forward == ForwardOrigin(channel_username="origin_news", message_id=9, name="Origin")
        assert post.media == (Media(kind=MediaKind.VIDEO, duration_s=12), Media(kind=MediaKind.WEB_PAGE))


def read(tmp_path: Path, given: dict[str, Any]) -> RawPost:
    (tmp_path / "a.jsonl").write_bytes(lines(POST | given))
    (source,) = open_sources(tmp_path / "a.jsonl", ReadOptions(), io.BytesIO()).sources
    return posts(list(source.read()))[0]
