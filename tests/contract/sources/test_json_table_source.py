"""JSON of any layout."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ingest.errors import UnknownColumnsError
from ingest.sources import NoPost, NoPostKind, Source, open_sources
from ingest.sources.options import ReadOptions
from schemas import EntityKind, ForwardOrigin, Media, MediaKind, RawPost, Reply, TextEntity
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

POSTS: list[dict[str, Any]] = [
    {"message_id": 3, "text": "перший", "date": "2024-05-01T12:00:00+00:00", "views": 5},
    {
        "message_id": 2,
        "text": '[{"message_id": 9, "text": "frame"}, {',
        "date": "2024-05-01T11:00:00+00:00",
        "views": None,
    },
    {"message_id": 1, "text": "third 😅", "date": "2024-05-01T10:00:00+00:00", "views": 0},
]


def dump(value: object, **layout: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, **layout).encode()


def lines(*values: object) -> bytes:
    return b"".join(dump(value) + b"\n" for value in values)


BAD = [
    POSTS[0],
    {"message_id": 0, "text": "a", "date": "2024-05-01T10:00:00Z"},
    {"message_id": 2**63, "text": "a", "date": "2024-05-01T10:00:00Z"},
    {"message_id": "x", "text": "a", "date": "2024-05-01T10:00:00Z"},
    {"message_id": 7, "text": {"a": 1}, "date": "2024-05-01T10:00:00Z"},
    {"message_id": 7, "text": "a", "date": "soon"},
    "a string",
    POSTS[2],
]


class TestJsonTable(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "a list": Case({"a.json": dump(POSTS)}, posts=3, encodings=("utf-8-sig", "utf-16", "utf-16-le", "utf-32")),
        "indented": Case({"a.json": dump(POSTS, indent=4)}, posts=3),
        "NaN": Case({"a.json": dump([post | {"forwards": float("nan")} for post in POSTS])}, posts=3),
        "NaN, lines": Case(
            {"a.jsonl": lines(POSTS[0], *({"forwards": float("inf")} | post for post in POSTS[1:]))}, posts=3
        ),
        "sorted keys": Case({"a.json": dump(POSTS, indent=1, sort_keys=True)}, posts=3),
        "lines": Case({"a.jsonl": lines(*POSTS)}, posts=3, encodings=("utf-16",)),
        "one after the other": Case({"a.json": b"".join(map(dump, POSTS))}, posts=3),
        "within an object": Case({"a.json": dump({"channel": "wirenews", "count": 3, "messages": POSTS})}, posts=3),
        "within two": Case({"a.json": dump({"status": "ok", "data": {"total": 3, "items": POSTS}}, indent=2)}, posts=3),
        "by channel": Case({"a.json": dump({"wirenews": POSTS, "otherwire": POSTS[:1]})}, posts=4),
        "channels with their posts": Case(
            {"a.json": dump([{"id": 11, "title": "A", "posts": POSTS}, {"id": 12, "title": "B", "posts": POSTS[:1]}])},
            posts=4,
        ),
        "a single object": Case({"a.json": dump(POSTS[0])}, posts=1),
        "bad records": Case({"a.json": dump(BAD)}, posts=2, rejected=6),
        "a broken record": Case(
            {"a.json": dump(POSTS).replace(b'"views": null', b'"views": nul')}, posts=2, rejected=1
        ),
        "a broken line": Case(
            {"a.jsonl": lines(POSTS[0]) + b'{"message_id": 9, "te\n' + lines(*POSTS[1:])}, posts=3, rejected=1
        ),
        "a broken first line": Case(
            {"a.jsonl": b'{"message_id": 9, "text": "a", "views": \n' + lines(*POSTS)}, posts=3, rejected=1
        ),
        "cut": Case({"a.json": dump(POSTS)[:-30]}, posts=2, rejected=1, has_open_end=True),
        "cut within a character": Case(
            {"a.json": dump(POSTS)[: dump(POSTS).index("😅".encode()) + 2]}, posts=2, rejected=1, has_open_end=True
        ),
        "nested too deep": Case(
            {"a.json": dump(POSTS[:1])[:-1] + b', {"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]"},
            posts=1,
            rejected=1,
        ),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"a.json": dump([POSTS[0] | {"message_id": number, "text": text} for number, text in given])}

    def test_fields(self, tmp_path: Path) -> None:
        post = read(
            tmp_path,
            [
                {
                    "id": 12,
                    "date": 1714564800,
                    "content": ["parts ", {"type": "bold", "text": "joined"}],
                    "chat": {"id": -1001234567890, "username": "WireNews", "title": "Wire News"},
                    "stats": {"views": 7, "forwards": 2},
                    "views": 7,
                    "reply_to": {"reply_to_msg_id": 5},
                    "reactions": [{"emoji": "👍", "count": 3}],
                    "media": {"type": "photo"},
                    "fwd_from": {"channel_id": -1001111111111, "channel_post": 9},
                }
            ],
        )
        assert (post.channel.id, post.channel.username, post.channel.title) == (1234567890, "WireNews", "Wire News")
        assert (post.message_id, post.text, post.posted_at) == (
            12,
            "parts joined",
            datetime(2024, 5, 1, 12, tzinfo=UTC),
        )
        assert post.entities == (TextEntity(kind=EntityKind.BOLD, start=6, end=12),)
        assert post.reply_to == Reply(message_id=5)
        assert post.media == (Media(kind=MediaKind.PHOTO),)
        assert post.counters is not None
        assert (post.counters.views, post.counters.reactions) == (7, {"👍": 3})
        assert post.forward == ForwardOrigin(channel_id=1111111111, message_id=9)

    @pytest.mark.parametrize(
        ("frame", "expected"),
        [
            ({"channel": "wirenews"}, (None, "wirenews", None)),
            ({"channel": {"id": 1234567890, "title": "Wire News"}}, (1234567890, None, "Wire News")),
            ({"channel_id": -1001234567890, "channel_name": "Wire News"}, (1234567890, None, "Wire News")),
            ({"id": 1234567890, "name": "Wire News", "type": "channel", "about": "x"}, (1234567890, None, "Wire News")),
        ],
    )
    def test_the_channel_may_be_around_the_posts(
        self, tmp_path: Path, frame: dict[str, Any], expected: tuple[int | None, str | None, str | None]
    ) -> None:
        channel = read(tmp_path, frame | {"posts": [{"post_id": 1, "body": "text of a post"}]}).channel
        channel_id, username, title = expected
        assert channel_id is None or channel.id == channel_id
        assert (channel.username, channel.title) == (username, title)

    def test_fields_within_other_objects(self, tmp_path: Path) -> None:
        chat = {"id": -1001234567890, "title": "Wire News", "username": "wirenews", "type": "channel"}
        update = {"update_id": 9, "channel_post": {"message_id": 5, "chat": chat, "date": 1714564800, "text": "words"}}
        post = read(tmp_path, {"ok": True, "result": [update]})
        assert (post.channel.id, post.channel.username, post.channel.title) == (1234567890, "wirenews", "Wire News")
        assert (post.message_id, post.text, post.posted_at) == (5, "words", datetime(2024, 5, 1, 12, tzinfo=UTC))

    @pytest.mark.parametrize("given", [None, "none", 5, [None, 5, {"type": "bold"}, {"offset": "x", "length": 1}]])
    def test_what_are_no_entities_costs_no_post(self, tmp_path: Path, given: object) -> None:
        assert read(tmp_path, [POSTS[0] | {"entities": given}]).entities == ()

    def test_numbers_and_dates_of_mongodb(self, tmp_path: Path) -> None:
        date = {"$date": {"$numberLong": "1714564800000"}}
        row = {
            "_id": {"$oid": "5f"},
            "id": {"$numberInt": "5"},
            "text": "words",
            "date": date,
            "views": {"$numberLong": "7"},
        }
        post = read(tmp_path, [row])
        assert (post.message_id, post.posted_at) == (5, datetime(2024, 5, 1, 12, tzinfo=UTC))
        assert post.counters is not None
        assert post.counters.views == 7

    @pytest.mark.parametrize(
        ("written", "kinds"),
        [
            ([{"media_type": "MessageMediaPhoto", "media_id": 5}], [MediaKind.PHOTO]),
            (["a/photo_1.jpg", "a/b.mp4"], [MediaKind.PHOTO, MediaKind.VIDEO]),
            ([], []),
        ],
    )
    def test_a_list_of_media(self, tmp_path: Path, written: list[object], kinds: list[MediaKind]) -> None:
        post = read(tmp_path, [POSTS[0] | {"media": written}])
        assert [media.kind for media in post.media] == kinds

    def test_each_list_has_the_channel_of_its_own_frame(self, tmp_path: Path) -> None:
        value = [{"id": 11, "title": "A", "posts": POSTS}, {"id": 12, "title": "B", "posts": POSTS[:1]}]
        (tmp_path / "a.json").write_bytes(dump(value))
        found = posts(list(source(tmp_path / "a.json").read()))
        assert [(post.channel.id, post.message_id) for post in found] == [(11, 3), (11, 2), (11, 1), (12, 3)]

    def test_a_key_may_name_the_channel(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(dump({"wirenews": POSTS[:1], "-1001234567890": POSTS[:1]}))
        first, second = posts(list(source(tmp_path / "a.json").read()))
        assert (first.channel.username, second.channel.id) == ("wirenews", 1234567890)

    def test_the_sender_is_the_channel_when_it_is_one(self, tmp_path: Path) -> None:
        post = read(tmp_path, [{"message_id": 1, "text": "a", "sender_id": -1001234567890, "channel": "Wire"}])
        assert (post.channel.id, post.channel.title) == (1234567890, "Wire")
        assert read(tmp_path, [{"message_id": 1, "text": "a", "sender_id": 5551234}]).channel.id != 5551234

    @pytest.mark.parametrize(
        "row",
        [
            {"content": {"class": "messageContentText", "words": None}},
            {"content": {"kind": "private_channel_post"}},
            {"content": "messageText"},
            {"text": "{'@type': 'formattedText', 'text': 'words'}"},
            {"message": '{"kind": "text", "body": "words"}'},
            {"message": "Message(id=5, message='words')"},
        ],
    )
    def test_neither_a_class_nor_an_object_is_a_text(self, tmp_path: Path, row: dict[str, Any]) -> None:
        (tmp_path / "a.json").write_bytes(dump([{"id": n, "date": "2024-05-01T12:00:00Z"} | row for n in (1, 2, 3)]))
        with pytest.raises(UnknownColumnsError, match="--map"):
            list(source(tmp_path / "a.json").read())

    def test_ids_of_tdlib_are_read_as_those_of_telegram(self, tmp_path: Path) -> None:
        chat = {"chat_id": -1001234567890, "date": 1714564800, "content.text.text": "words of a post"}
        rows = [chat | {"id": number << 20, "reply_to_message_id": (number - 1) << 20} for number in (3, 2, 1)]
        (tmp_path / "a.json").write_bytes(dump([*rows, chat | {"id": (3 << 20) + 1}, chat | {"id": 5}]))
        read_from = source(tmp_path / "a.json")
        items = list(read_from.read())
        assert [(post.message_id, post.reply_to) for post in posts(items)] == [
            (3, Reply(message_id=2)),
            (2, Reply(message_id=1)),
            (1, None),
        ]
        assert [item.entry for item in items if isinstance(item.entry, NoPost)] == [NoPost(NoPostKind.UNSENT)]
        assert [each.field for each in rejections(items)] == ["id"]
        assert any("TDLib" in remark for remark in read_from.warnings)

    def test_columns_of_tdlib_with_dots(self, tmp_path: Path) -> None:
        link = {"@type": "textEntityTypeTextUrl", "url": "https://example.org/"}
        row = {
            "content.text.text": "words 😅",
            "content.text.entities": [{"offset": 6, "length": 2, "type": link}],
            "content.@type": "messageText",
        }
        post = read(tmp_path, [row | {"@type": "message", "id": 5 << 20, "chat_id": -1001234567890}])
        entity = TextEntity(kind=EntityKind.TEXT_LINK, start=6, end=7, url="https://example.org/")
        assert (post.message_id, post.text, post.entities, post.media) == (5, "words 😅", (entity,), ())

    def test_a_map_explains_any_keys(self, tmp_path: Path) -> None:
        value = [{"k": {"n": 5}, "w": "short", "t": 1714564800}]
        (tmp_path / "a.json").write_bytes(dump(value))
        with pytest.raises(UnknownColumnsError, match=r"k, k.n, w, t.*--map"):
            list(source(tmp_path / "a.json").read())
        options = ReadOptions(columns=(("id", "k.n"), ("text", "w"), ("date", "t")))
        (post,) = posts(list(source(tmp_path / "a.json", options).read()))
        assert (post.message_id, post.text, post.posted_at) == (5, "short", datetime(2024, 5, 1, 12, tzinfo=UTC))

    def test_a_rejection_names_record_byte_and_key(self, tmp_path: Path) -> None:
        content = dump(BAD)
        (tmp_path / "a.json").write_bytes(content)
        rejected = rejections(list(source(tmp_path / "a.json").read()))[0]
        assert (rejected.record, rejected.field) == (2, "message_id")
        assert content[rejected.offset :].startswith(b'{"message_id": 0')

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (lines({"text": "a", "date": "2024-05-01T10:00:00Z"}), "jsonl"),
            (lines({"text": "a", "message_id": 1, "views": 5}), "json"),
            (lines({"message": "a", "id": 1, "date": "2024-05-01T10:00:00Z"}), "json"),
        ],
    )
    def test_lines_of_our_own_short_form_stay_ours(self, tmp_path: Path, content: bytes, kind: str) -> None:
        (tmp_path / "a.jsonl").write_bytes(content)
        assert source(tmp_path / "a.jsonl").kind == kind

    def test_other_json_is_not_taken_for_posts(self, tmp_path: Path) -> None:
        for name, value in (("package.json", {"name": "a", "files": ["b"]}), ("n.json", [1, 2]), ("e.json", {})):
            (tmp_path / name).write_bytes(dump(value))
        (tmp_path / "good.json").write_bytes(dump(POSTS))
        found = open_sources(tmp_path, ReadOptions(), io.BytesIO())
        assert [each.name.rpartition("/")[2] for each in found.sources] == ["good.json"]


def source(path: Path, options: ReadOptions | None = None) -> Source:
    (found,) = open_sources(path, options or ReadOptions(), io.BytesIO()).sources
    return found


def read(tmp_path: Path, value: object) -> RawPost:
    (tmp_path / "a.json").write_bytes(dump(value))
    return posts(list(source(tmp_path / "a.json").read()))[0]
