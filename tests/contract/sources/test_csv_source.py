"""CSV and TSV of any layout."""

import codecs
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest

from ingest.errors import UnknownColumnsError
from ingest.sources import NoPostKind, Source, open_sources
from ingest.sources.containers.piped_files import PipedFile
from ingest.sources.csv_table.format import FORMAT
from ingest.sources.options import ReadOptions
from ingest.sources.table.source import TableSource
from schemas import Counters, EntityKind, ForwardOrigin, Media, MediaKind, RawPost, Reply, TextEntity, synthetic_id
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

HEADER = "id,date,text,views\n"
ROWS = (
    '101,2024-05-01T12:00:00+00:00,"Перша новина, з комою",12\n'
    '102,2024-05-01T12:05:00+00:00,"Second\nwith ""quotes""\nand 7,2024-05-01T12:00:00+00:00,a line like a row",\n'
    "103,2024-05-01T12:10:00+00:00,third,14\n"
)
PLAIN = (HEADER + ROWS).encode()
OPEN_QUOTE = (
    HEADER + '101,2024-05-01T12:00:00Z,"never closed,12\n'
    '102,2024-05-01T12:05:00Z,"second",13\n'
    "103,2024-05-01T12:10:00Z,third,14\n"
).encode()
LATIN = HEADER.encode() + b"101,2024-05-01T12:00:00Z,caf\xe9,1\n102,2024-05-01T12:00:00Z,good,2\n"
BAD_IDS = HEADER + "".join(
    f"{number},2024-05-01T12:00:00Z,text,1\n"
    for number in (0, -5, 2**63, "abc", "1.23E+09", "", "5.0", "1.681050227E+09")
)
BAD_DATES = HEADER + "".join(
    f"{number},{date},text,1\n"
    for number, date in enumerate(("1970-01-01", "1e15", "yesterday", "1714564800000", "2024-13-45", "1.71E+09"), 1)
)
LONG = "x" * 200_000
TSV = "message_id\tdate\tmessage\n7\t1714564800\ttab, and comma; and semicolon\n8\t1714564801\tnext\n"


class TestCsv(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "plain": Case({"a.csv": PLAIN}, posts=3, encodings=("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")),
        "windows line ends": Case({"a.csv": PLAIN.replace(b"\n", b"\r\n")}, posts=3),
        "old mac line ends": Case(
            {"a.csv": b"id,date,text\r1,2024-05-01T12:00:00Z,a\r2,2024-05-01T12:00:00Z,b\r"}, posts=2
        ),
        "semicolons": Case(
            {"a.csv": b"id;date;text\n1;2024-05-01T12:00:00Z;a, b, c\n2;2024-05-01T12:00:00Z;d\n"}, posts=2
        ),
        "sep line": Case({"a.csv": b"sep=|\nid|date|text\n1|2024-05-01T12:00:00Z|a\n"}, posts=1),
        "tabs": Case({"a.tsv": TSV.encode()}, posts=2),
        "blank lines": Case({"a.csv": b"\n\n" + PLAIN.replace(b"\n103", b"\n\n\n103")}, posts=3),
        "open quote": Case({"a.csv": OPEN_QUOTE}, posts=2, rejected=1),
        "rows of wrong length": Case(
            {"a.csv": HEADER.encode() + b"1,2024-05-01T12:00:00Z,a\n2,2024-05-01T12:00:00Z,b,1\n3,x,y,z,extra\n"},
            posts=1,
            rejected=2,
        ),
        "latin-1": Case({"a.csv": LATIN}, posts=1, rejected=1),
        "ids": Case({"a.csv": BAD_IDS.encode()}, posts=2, rejected=6),
        "dates": Case({"a.csv": BAD_DATES.encode()}, posts=2, rejected=4),
        "NULs": Case({"a.csv": PLAIN.replace(b"third", b"th\0ird")}, posts=2, rejected=1),
        "above csv's limit": Case({"a.csv": f'id,text\n1,"{LONG} ""q"", r"\n2,b\n'.encode()}, posts=2),
        "larger than a record may be": Case(
            {"a.csv": b'id,text\n1,a\n2,"' + b"y" * (9 << 20) + b'"\n3,c\n'}, posts=2, rejected=1
        ),
        "cut": Case({"a.csv": PLAIN[: PLAIN.index(b"a line")]}, posts=1, rejected=1, has_open_end=True),
        "cut within a character": Case({"a.csv": PLAIN[:50]}, posts=0, rejected=1, has_open_end=True),
        "no line end": Case({"a.csv": PLAIN[:-1]}, posts=3),
        "service": Case(
            {"a.csv": b"id,type,text\n1,message,a\n2,service,joined\n"}, posts=1, no_posts={NoPostKind.SERVICE: 1}
        ),
        "backslashes": Case(
            {"a.csv": b'id,text,views\n1,"he said \\"hi, there\\" and",5\n2,"\\"one, two\\", three",6\n3,plain,1\n'},
            posts=3,
        ),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        rows = (f"{number},2024-05-01T12:00:00Z,{text},1\n" for number, text in given)
        return {"a.csv": (HEADER + "".join(rows)).encode()}

    def test_fields(self, tmp_path: Path) -> None:
        post = read_one(
            tmp_path,
            "id,message_id,chat_id,chat_title,date,message,views,reply_to_msg_id,reactions,media_type,media_path,forwarded_from\n"
            '1,812.0,-1001234567890,Wire News,2024-05-01 12:00:00+02:00,"a\nb",1200.0,7.0,"{""👍"": 5}",photo,'
            "C:\\d\\p.jpg,Reuters\n",
        )
        assert (post.channel.id, post.channel.title, post.message_id) == (1234567890, "Wire News", 812)
        assert post.posted_at == datetime(2024, 5, 1, 10, tzinfo=UTC)
        assert (post.text, post.reply_to) == ("a\nb", Reply(message_id=7))
        assert post.counters is not None
        assert (post.counters.views, post.counters.forwards, post.counters.reactions) == (1200, None, {"👍": 5})
        assert post.counters.is_exact is None, "nobody knows where the numbers come from"
        assert post.media == (Media(kind=MediaKind.PHOTO, file_name="p.jpg"),)
        assert post.forward == ForwardOrigin(name="Reuters")

    @pytest.mark.parametrize("column", ["views", "forwards"])
    def test_a_count_of_thousands_is_rounded(self, tmp_path: Path, column: str) -> None:
        post = read_one(tmp_path, f"id,date,message,{column}\n1,2024-05-01T12:00:00Z,hello there,1.2K\n")
        assert post.counters is not None
        assert (getattr(post.counters, column), post.counters.is_exact) == (1200, False)

    def test_objects_of_telethon_that_are_written_out(self, tmp_path: Path) -> None:
        """What ``pandas.DataFrame(messages).to_csv()`` makes of them."""
        row = {
            "_": "Message",
            "id": "5",
            "peer_id": "PeerChannel(channel_id=1234567890)",
            "date": "2024-05-01 12:00:00+00:00",
            "message": "a",
            "views": "7.0",
            "replies": "MessageReplies(replies=3, replies_pts=9, comments=True)",
            "reactions": "MessageReactions(results=[ReactionCount(reaction=ReactionEmoji(emoticon='👍'), count=5, "
            "chosen_order=None), ReactionCount(reaction=ReactionCustomEmoji(document_id=77), count=2)], min=False)",
            "media": "MessageMediaPhoto(spoiler=False, photo=Photo(id=5, file_reference=b'x'))",
            "fwd_from": "MessageFwdHeader(date=datetime.datetime(2024, 5, 1), "
            "from_id=PeerChannel(channel_id=1111111111), "
            "from_name=None, channel_post=9)",
        }
        line = ",".join(f'"{value}"' for value in row.values())
        post = read_one(tmp_path, f"{','.join(row)}\n{line}\n")
        assert post.channel.id == 1234567890
        assert post.counters == Counters(views=7, replies=3, reactions={"👍": 5, "custom:77": 2})
        assert post.media == (Media(kind=MediaKind.PHOTO),)
        assert post.forward == ForwardOrigin(channel_id=1111111111, message_id=9)

    @pytest.mark.parametrize(
        ("written", "reactions"),
        [
            ("👍 5, ❤️ 2", {"👍": 5, "❤️": 2}),
            ("👍:5|🔥:1", {"👍": 5, "🔥": 1}),
            ('{"👍": 5}', {"👍": 5}),
            ("{'👍': 5, '🔥': 1}", {"👍": 5, "🔥": 1}),
            ("[{'emoji': '👍', 'count': 5}]", {"👍": 5}),
            ("[('👍', 5)]", {"👍": 5}),
            ("12", None),
            ("total: 12", None),
        ],
    )
    def test_reactions_in_one_cell(self, tmp_path: Path, written: str, reactions: dict[str, int] | None) -> None:
        cell = written.replace('"', '""')
        post = read_one(tmp_path, f'id,text,views,reactions\n1,a,1,"{cell}"\n')
        assert post.counters == Counters(views=1, reactions=reactions)

    def test_an_empty_cell_is_unknown_and_not_nought(self, tmp_path: Path) -> None:
        post = read_one(tmp_path, "id,text,views,reply_to\n1,nan,,nan\n")
        assert (post.counters, post.reply_to, post.text) == (None, None, "nan")

    @pytest.mark.parametrize(
        ("name", "channel_id"),
        [
            ("1001234567890_messages.csv", 1234567890),
            ("posts_-1001234567890.csv", 1234567890),
            ("channel_1234567890.csv", 1234567890),
            ("@wirenews.csv", synthetic_id("@wirenews")),
            ("wirenews.csv", synthetic_id("wirenews")),
            ("messages.csv", synthetic_id("news/messages")),
        ],
    )
    def test_the_channel_may_be_in_the_name_of_the_file_alone(self, tmp_path: Path, name: str, channel_id: int) -> None:
        assert read_one(tmp_path, "id,text\n1,a\n", name).channel.id == channel_id

    @pytest.mark.parametrize(
        ("written", "channel_id", "username", "title"),
        [
            ("-1001234567890", 1234567890, None, None),
            ("1234567890.0", 1234567890, None, None),
            ("@WireNews", synthetic_id("@wirenews"), "WireNews", None),
            ("https://t.me/wirenews", synthetic_id("@wirenews"), "wirenews", None),
            ("wirenews", synthetic_id("@wirenews"), "wirenews", None),
            ("Wire News", synthetic_id("Wire News"), None, "Wire News"),
        ],
    )
    def test_a_column_names_the_channel_in_any_way(
        self, tmp_path: Path, written: str, channel_id: int, username: str | None, title: str | None
    ) -> None:
        channel = read_one(tmp_path, f"channel,id,text\n{written},1,a\n").channel
        assert (channel.id, channel.username, channel.title) == (channel_id, username, title)

    def test_a_link_gives_channel_and_id(self, tmp_path: Path) -> None:
        post = read_one(tmp_path, "url,content,posted\nhttps://t.me/s/wirenews/42,text,2024-05-01T12:00:00Z\n")
        assert (post.channel.username, post.message_id) == ("wirenews", 42)
        assert post.posted_at == datetime(2024, 5, 1, 12, tzinfo=UTC)

    @pytest.mark.parametrize(
        "written",
        [
            '[{"_": "MessageEntityBold", "offset": 3, "length": 4}, '
            '{"type": "text_link", "offset": 8, "length": 2, "url": "https://a.io"}]',
            "[{'_': 'MessageEntityBold', 'offset': 3, 'length': 4}, "
            "{'_': 'MessageEntityTextUrl', 'offset': 8, 'length': 2, 'url': 'https://a.io'}]",
            "[MessageEntityBold(offset=3, length=4), MessageEntityTextUrl(offset=8, length=2, url='https://a.io')]",
        ],
    )
    def test_entities_in_one_cell(self, tmp_path: Path, written: str) -> None:
        cell = written.replace('"', '""')
        post = read_one(tmp_path, f'id,date,text,entities\n5,2024-05-01,😅 bold at,"{cell}"\n')
        assert post.entities == (
            TextEntity(kind=EntityKind.BOLD, start=2, end=6),
            TextEntity(kind=EntityKind.TEXT_LINK, start=7, end=9, url="https://a.io"),
        )

    def test_markdown_is_read_on_demand(self, tmp_path: Path) -> None:
        content = "id,date,text\n5,2024-05-01,😅 **bold** at\n"
        assert read_one(tmp_path, content).text == "😅 **bold** at"
        post = read_one(tmp_path, content, options=ReadOptions(is_markdown=True))
        assert (post.text, post.entities) == ("😅 bold at", (TextEntity(kind=EntityKind.BOLD, start=2, end=6),))

    def test_what_t_me_calls_a_post_gives_channel_and_id(self, tmp_path: Path) -> None:
        post = read_one(tmp_path, "post_id,text,date\nwirenews/5,words of a post,2024-05-01T12:00:00Z\n")
        assert (post.channel.username, post.message_id) == ("wirenews", 5)

    def test_ids_are_also_those_of_elements_of_an_html_export(self, tmp_path: Path) -> None:
        rows = "message-1,service,1 May,2024-05-01\nmessage5,default,words,2024-05-01\n"
        assert read_one(tmp_path, f"id,type,text,date\n{rows}").message_id == 5

    @pytest.mark.parametrize(
        ("column", "service"),
        [
            ("_", "MessageService"),
            ("action", "MessageActionPinMessage"),
            ("action", "MessageActionPinMessage()"),
            ("action", "\"{'_': 'MessageActionChatAddUser', 'users': [1]}\""),
        ],
    )
    def test_a_service_message_of_telethon_is_no_post(self, tmp_path: Path, column: str, service: str) -> None:
        other = "Message" if column == "_" else ""
        rows = f"5,{service},,2024-05-01\n6,{other},words,2024-05-01\n"
        assert read_one(tmp_path, f"id,{column},message,date\n{rows}").message_id == 6

    def test_a_persons_name_is_no_channel(self, tmp_path: Path) -> None:
        post = read_one(tmp_path, "id,sender_id,first_name,username,text\n1,55,Ann,ann_lee,a\n", "wirenews.csv")
        assert (post.channel.username, post.channel.title) == (None, "wirenews")

    @pytest.mark.parametrize(
        "date",
        ["2024-05-01 12:00:00", "01.05.2024 12:00:00", "2024/05/01 12:00", "45413.5", "2024-05-01T12:00:00.000"],
    )
    def test_a_date_without_zone_is_in_the_zone_given(self, tmp_path: Path, date: str) -> None:
        content = f"id,date,text\n1,{date},a\n"
        assert read_one(tmp_path, content).posted_at is None
        post = read_one(tmp_path, content, timezone=ZoneInfo("Europe/Kyiv"))
        assert post.posted_at == datetime(2024, 5, 1, 9, tzinfo=UTC)

    @pytest.mark.parametrize(
        "date",
        ["2024-05-01 12:00:00 UTC", "Wed, 01 May 2024 12:00:00 +0000", "1714564800", "1714564800.0", "1.714564800E+09"],
    )
    def test_a_date_with_a_zone_is_read_in_many_spellings(self, tmp_path: Path, date: str) -> None:
        assert read_one(tmp_path, f'id,date,text\n1,"{date}",a\n').posted_at == datetime(2024, 5, 1, 12, tzinfo=UTC)

    def test_unix_time_goes_before_a_date_without_zone(self, tmp_path: Path) -> None:
        post = read_one(tmp_path, "id,timestamp,date_unix,unix_timestamp,text\n1,2024-05-01 14:00:00,x,1714564800,a\n")
        assert post.posted_at == datetime(2024, 5, 1, 12, tzinfo=UTC)

    def test_a_number_that_a_spreadsheet_has_cut_is_rejected_with_the_reason(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("message_id,text\n1.23E+09,a\n5,b\n")
        (rejected,) = rejections(list(source(tmp_path / "a.csv").read()))
        assert (rejected.line, rejected.field) == (2, "message_id")
        assert "spreadsheet" in rejected.message

    def test_a_text_that_a_spreadsheet_has_cut_is_remarked_on(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text(f"id,text\n1,{'ü' * 32_767}\n2,{'😅' * 16_383}b\n3,{'c' * 32_766}\n")
        found = source(tmp_path / "a.csv")
        assert len(posts(list(found.read()))) == 3
        assert [line for line in found.warnings if "32,767 characters" in line and "(2 times)" in line]

    def test_a_rejection_names_line_byte_and_column(self, tmp_path: Path) -> None:
        latin = LATIN.partition(b"\n")[2].replace(b"102,", b"105,")
        (tmp_path / "a.csv").write_bytes(PLAIN + b"104,soon,text,1\n" + latin)
        date, encoding = rejections(list(source(tmp_path / "a.csv").read()))
        assert (date.line, date.offset, date.field) == (7, len(PLAIN), "date")
        assert encoding.line == 8
        assert (tmp_path / "a.csv").read_bytes()[encoding.offset : encoding.offset + 1] == b"\xe9"  # type: ignore[operator]

    def test_a_file_without_header_is_read_by_what_is_in_it(self, tmp_path: Path) -> None:
        post = read_one(tmp_path, "101,2024-05-01T12:00:00Z,some text of a post\n102,2024-05-02T12:00:00Z,other text\n")
        assert (post.message_id, post.text, post.posted_at) == (
            101,
            "some text of a post",
            datetime(2024, 5, 1, 12, tzinfo=UTC),
        )

    def test_columns_of_any_name_are_recognised_by_what_is_in_them(self, tmp_path: Path) -> None:
        post = read_one(
            tmp_path, "a,b,c\n9,2024-05-01T12:00:00Z,some text of a post\n8,2024-05-01T12:00:00Z,other text\n"
        )
        assert (post.message_id, post.text) == (9, "some text of a post")

    def test_a_map_goes_before_the_guess(self, tmp_path: Path) -> None:
        options = ReadOptions(columns=(("text", "translation"), ("views", "")))
        post = read_one(tmp_path, "id,text,translation,views\n1,привіт,hello,5\n", options=options)
        assert (post.message_id, post.text, post.counters) == (1, "hello", None)

    def test_columns_that_nobody_knows_are_an_error_with_a_map_to_fill_in(self, tmp_path: Path) -> None:
        (tmp_path / "users.csv").write_text("uid,name,phone\n1,Ann,5551234\n")
        with pytest.raises(UnknownColumnsError, match=r"users.csv.*uid, name, phone.*--map '.*text=COLUMN"):
            list(source(tmp_path / "users.csv").read())

    def test_a_column_of_the_map_that_is_not_there_is_an_error_that_lists_the_columns(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id,body\n1,a\n")
        with pytest.raises(UnknownColumnsError, match="no column 'txt'; columns are id, body"):
            list(source(tmp_path / "a.csv", ReadOptions(columns=(("text", "txt"),))).read())

    def test_the_layout_is_known_before_reading(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_bytes(PLAIN)
        found = source(tmp_path / "a.csv")
        assert isinstance(found, TableSource)
        layout = found.layout()
        assert layout is not None
        assert layout.as_map() == "id=id,text=text,date=date,views=views"

    def test_a_pipe_is_read_too(self) -> None:
        piped = FORMAT.open((PipedFile(io.BytesIO(codecs.BOM_UTF8 + PLAIN)),), ReadOptions())
        assert [post.message_id for post in posts(list(piped.read()))] == [101, 102, 103]

    @pytest.mark.parametrize("name", ["posts.txt", "posts", "posts.csv.bak"])
    def test_a_header_of_posts_is_recognised_whatever_the_name(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(PLAIN)
        assert source(tmp_path / name).kind == "csv"

    def test_a_text_with_commas_is_no_table(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("Text, date, id and links\nare words, too\n")
        assert source(tmp_path / "a.txt").kind == "text"


def source(path: Path, options: ReadOptions | None = None) -> Source:
    (found,) = open_sources(path, options or ReadOptions(), io.BytesIO()).sources
    return found


def read_one(
    tmp_path: Path,
    content: str,
    name: str = "news.csv",
    options: ReadOptions | None = None,
    timezone: ZoneInfo | None = None,
) -> RawPost:
    folder = tmp_path / "news"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content)
    return posts(list(source(folder / name, options or ReadOptions(timezone=timezone)).read()))[0]
