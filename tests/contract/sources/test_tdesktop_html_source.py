"""HTML exports of Telegram Desktop."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest

from ingest.sources import NoPost, NoPostKind, ReadOptions, Source, open_sources
from ingest.sources.options import GivenChannel
from schemas import Counters, EntityKind, ForwardOrigin, Media, MediaKind, Poll, PollAnswer, RawPost, Reply
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections
from tests.contract.sources.test_packed_source import tarred, zipped

HEAD = """<!DOCTYPE html>
<html>

 <head>

  <meta charset="utf-8"/>
<title>Exported Data</title>
  <link href="css/style.css" rel="stylesheet"/>

  <script src="js/script.js" type="text/javascript">

  </script>

 </head>

 <body onload="CheckLocation();">

  <div class="page_wrap">

   <div class="page_header">

    {header}
     <div class="text bold">
{title}\x20
     </div>

    {end}

   </div>

   <div class="page_body chat_page">

    <div class="history">
"""
TAIL = """
    </div>

   </div>

  </div>

 </body>

</html>"""
DAY = """
     <div class="message service" id="message-{number}">

      <div class="body details">
14 September 2022
      </div>

     </div>
"""
MESSAGE = """
     <div class="message default clearfix{joined}" id="message{id}">

      <div class="body">

       <div class="pull_right date details" title="{date}">
20:02
       </div>
{body}
      </div>

     </div>
"""
LABELLED = "14.01.2022 20:02:17 UTC+07:00"
SERVICE = '<div class="message service" id="message9"><div class="body details">Channel photo changed</div></div>'
UNSUPPORTED = SERVICE.replace(
    "Channel photo changed",
    "This message is not supported by this version of Telegram Desktop. Please update the application.",
)


def page(*messages: str, title: str = "Wire &amp; News", is_full: bool = False) -> bytes:
    link = '<a class="content block_link" href="../../lists/chats.html" onclick="return GoBack(this)">'
    start, end = (link, "</a>") if is_full else ('<div class="content">', "</div>")
    return (HEAD.format(title=title, header=start, end=end) + "".join(messages) + TAIL).encode()


def text(markup: str) -> str:
    return f'\n       <div class="text">\n{markup}\n       </div>\n'


def message(id_: object, body: str = "", date: str = LABELLED, *, joined: bool = False, sender: str = "") -> str:
    if 'class="text"' not in body and "media_wrap" not in body:
        body += text("Ferries are late.")  # what has neither a text nor an attachment is no post
    name = f'\n       <div class="from_name">\n{sender} \n       </div>\n' if sender else ""
    return MESSAGE.format(id=id_, date=date, body=name + body, joined=" joined" if joined else "")


PLAIN = page(
    DAY.format(number=1),
    message(11, text("Новость 😅"), sender="Wire &amp; News"),
    message(12, text("&lt;div class=&quot;message default clearfix&quot; id=&quot;message7&quot;&gt;"), joined=True),
    DAY.format(number=2),
    SERVICE,
    UNSUPPORTED,
    message(13, text("<strong>third</strong>")),
)
BAD = [
    message(0, text("zero")),
    message("-999000", text("of a group that moved")),
    message(2**63, text("large")),
    message("x", text("letters")),
    message(21, text("date"), date="yesterday"),
    message(22, text("day"), date="31.02.2022 10:00:00"),
]
BROKEN = message(23, text("broken")).replace("</div>", "", 1)
DEEP = "<div>" * 100_000 + "deep" + "</div>" * 100_000
MANY_ATTRIBUTES = f"<div x='>' {' '.join(f'a{each}' for each in range(100_000))}>wide</div>"
FORMATTED = page(*(message(each, text(str(each))) for each in range(1, 6)))


class TestDesktopHtml(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "one page": Case(
            {"messages.html": PLAIN},
            posts=3,
            no_posts={NoPostKind.SERVICE: 1, NoPostKind.UNSUPPORTED: 1},
            encodings=("utf-8-sig", "utf-16", "utf-16-le", "utf-32"),
        ),
        "pages in the order of their numbers": Case(
            {
                "messages.html": page(message(1, text("a"))),
                "messages10.html": page(message(4, text("d"))),
                "messages2.html": page(message(2, text("b")), message(3, text("c"))),
            },
            posts=4,
            opened=".",
        ),
        "no messages": Case({"messages.html": page(DAY.format(number=1))}),
        "bad messages": Case({"messages.html": page(message(1), *BAD, message(2))}, posts=2, rejected=len(BAD)),
        "NULs": Case({"messages.html": page(message(1), message(2, text("a\0\0b")), message(3))}, posts=2, rejected=1),
        "ids that were there before": Case(
            {"messages.html": page(message(1), message(2), message(2)), "messages2.html": page(message(1), message(3))},
            posts=3,
            rejected=2,
            opened=".",
        ),
        "texts that hold the mark of a message": Case(
            {"messages.html": page(message(1), message(2, text('write class="message x" or &lt;div class="message')))},
            posts=2,
        ),
        "a message that is not closed": Case(
            {"messages.html": page(message(1), BROKEN, message(2))}, posts=2, rejected=1
        ),
        "a message that is not UTF-8": Case(
            {"messages.html": page(message(1), message(2, text("café")), message(3)).replace("é".encode(), b"\xe9")},
            posts=2,
            rejected=1,
        ),
        "a message that nests deeply": Case(
            {"messages.html": page(message(1), message(2, DEEP), message(3))}, posts=2, rejected=1
        ),
        "a message of an element with many attributes": Case(
            {"messages.html": page(message(1), message(2, MANY_ATTRIBUTES), message(3))}, posts=2, rejected=1
        ),
        "a message that is too long": Case(
            {"messages.html": page(message(1), message(2, text("x" * 3_000_000)), message(3))}, posts=2, rejected=1
        ),
        "one line": Case({"index.html": FORMATTED.replace(b"\n", b"")}, posts=5),
        "Windows line ends": Case({"index.html": FORMATTED.replace(b"\n", b"\r\n")}, posts=5),
        "cut in a message": Case(
            {"messages.html": FORMATTED[: FORMATTED.rindex(b'class="text"')]}, posts=4, rejected=1, has_open_end=True
        ),
        "cut behind a message": Case(
            {"messages.html": FORMATTED[: -len(TAIL)]}, posts=5, rejected=1, has_open_end=True
        ),
        "cut in the head": Case(
            {"messages.html": FORMATTED[: FORMATTED.index(b'id="message1"')]}, rejected=1, has_open_end=True
        ),
        "cut within a character": Case(
            {"messages.html": page(message(1), message(2, text("ж"))).partition("ж".encode())[0] + b"\xd0"},
            posts=1,
            rejected=1,
            has_open_end=True,
        ),
        "cut before another page": Case(
            {"messages.html": FORMATTED[: FORMATTED.rindex(b"20:02")], "messages2.html": page(message(6))},
            posts=5,
            rejected=1,
            opened=".",
        ),
        "two chats": Case(
            {"a.html": page(message(1), title="A"), "a2.html": page(message(1), title="B")}, posts=2, opened="."
        ),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        messages = [message(number, text(said)) for number, said in given]
        return {"messages.html": page(*messages[:-1]), "messages2.html": page(*messages[-1:])}


def read(folder: Path, name: str = "messages.html", **options: Any) -> tuple[Source, list[RawPost]]:
    (source,) = open_sources(folder / name, ReadOptions(**options), io.BytesIO()).sources
    return source, posts(list(source.read()))


def only(tmp_path: Path, body: str, date: str = LABELLED, **options: Any) -> RawPost:
    (tmp_path / "messages.html").write_bytes(page(message(5, body, date)))
    _, (post,) = read(tmp_path, **options)
    return post


def marked(tmp_path: Path, markup: str) -> tuple[str, list[tuple[EntityKind, str, str | None]]]:
    post = only(tmp_path, text(markup))
    return post.text, [(each.kind, post.text[each.start : each.end], each.url) for each in post.entities]


def test_fields(tmp_path: Path) -> None:
    (tmp_path / "messages.html").write_bytes(PLAIN)
    source, (first, second, third) = read(tmp_path)

    assert (first.channel.title, first.message_id, first.text) == ("Wire & News", 11, "Новость 😅")
    assert first.posted_at == datetime(2022, 1, 14, 13, 2, 17, tzinfo=UTC)
    assert second.text == '<div class="message default clearfix" id="message7">'
    assert (third.source.name, third.source.position) == (f"{tmp_path.name}/messages.html", 5)
    assert (first.edited_at, first.counters, first.media, first.forward) == (None, None, (), None)
    assert [remark for remark in source.warnings if "--channel ID" in remark]


def test_the_channel_that_is_given_is_the_one_of_every_page(tmp_path: Path) -> None:
    (tmp_path / "messages.html").write_bytes(page(message(1)))
    (tmp_path / "messages2.html").write_bytes(page(message(2)))
    source, found = read(tmp_path, ".", channel=GivenChannel(id=1234567890, username="wirenews"))

    assert {(post.channel.id, post.channel.username) for post in found} == {(1234567890, "wirenews")}
    assert source.warnings == []


class TestPages:
    @pytest.mark.parametrize("first", ["messages.html", "index.html", "Messages.HTML"])
    def test_they_are_read_in_the_order_of_their_numbers(self, tmp_path: Path, first: str) -> None:
        for number, name in enumerate((first, "messages2.html", "messages9.html", "messages10.html"), 1):
            (tmp_path / name).write_bytes(page(message(number)))
        _, found = read(tmp_path, ".")

        assert [post.message_id for post in found] == [1, 2, 3, 4]
        assert found[3].source.name == f"{tmp_path.name}/messages10.html"
        assert found[3].source.position == 1

    def test_an_index_beside_a_first_page_is_on_its_own(self, tmp_path: Path) -> None:
        for name in ("index.html", "messages.html", "messages2.html"):
            (tmp_path / name).write_bytes(page(message(1)))

        names = [source.name for source in open_sources(tmp_path, ReadOptions(), io.BytesIO()).sources]
        assert names == [f"{tmp_path.name}/index.html", f"{tmp_path.name}/messages.html"]

    def test_a_page_that_is_broken_off_names_itself(self, tmp_path: Path) -> None:
        (tmp_path / "messages.html").write_bytes(page(message(1)))
        (tmp_path / "messages2.html").write_bytes(page(message(2), message(3))[:-300])
        (source,) = open_sources(tmp_path, ReadOptions(), io.BytesIO()).sources
        (rejected,) = rejections(list(source.read()))

        assert rejected.source == f"{tmp_path.name}/messages2.html"
        assert rejected.message == "the file ends within this message"
        assert (tmp_path / "messages2.html").read_bytes()[rejected.offset :].startswith(b'<div class="message')


class TestFullExport:
    ENTRY = (
        '<a class="entry block_link clearfix" href="../chats/{folder}/messages.html#allow_back">'
        '<div class="body"><div class="pull_right info details">\n{kind}\n</div>'
        '<div class="name bold">A name</div></div></a>'
    )
    OTHER = (
        "<!DOCTYPE html><html><head><title>Exported Data</title></head><body><div class='x'><div class=\"page_wrap\">"
    )

    def export(self, folder: Path, **kinds: str) -> None:
        entries = "".join(self.ENTRY.format(folder=name, kind=kind) for name, kind in kinds.items())
        files = {"export_results.html": self.OTHER, "lists/contacts.html": self.OTHER}
        files["lists/chats.html"] = f'{self.OTHER}<div class="page_body list_page">{entries}</div></div></body></html>'
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        for number, name in enumerate(kinds, 1):
            (folder / "chats" / name).mkdir(parents=True)
            found = page(message(number), message(9, sender="A person"), title=name, is_full=True)
            (folder / "chats" / name / "messages.html").write_bytes(found)

    def titles(self, folder: Path, **options: Any) -> list[str | None]:
        found = open_sources(folder, ReadOptions(**options), io.BytesIO())
        return [post.channel.title for source in found.sources for post in posts(list(source.read()))]

    def test_channels_are_read_and_other_chats_on_demand(self, tmp_path: Path) -> None:
        self.export(tmp_path, chat_1="channel", chat_2="private", chat_3="group", chat_4="bot")

        assert self.titles(tmp_path) == ["chat_1"] * 2
        assert self.titles(tmp_path, chats="all") == [f"chat_{one}" for one in (1, 1, 2, 2, 3, 3, 4, 4)]

    def test_what_is_not_read_is_counted(self, tmp_path: Path) -> None:
        self.export(tmp_path, chat_1="private")
        (source,) = open_sources(tmp_path, ReadOptions(), io.BytesIO()).sources

        assert [item.entry for item in source.read()] == [NoPost(NoPostKind.OTHER_CHAT)] * 2

    def test_lists_are_passed_over_without_fault(self, tmp_path: Path) -> None:
        self.export(tmp_path, chat_1="channel")
        skipped = open_sources(tmp_path, ReadOptions(), io.BytesIO()).skipped

        assert {(each.name.partition("/")[2], each.is_expected) for each in skipped} == {
            ("export_results.html", True),
            ("lists/chats.html", True),
            ("lists/contacts.html", True),
        }

    @pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "nested.zip", "-"])
    def test_channels_are_read_in_containers_too(self, name: str, tmp_path: Path) -> None:
        self.export(tmp_path / "DataExport", chat_1="channel", chat_2="private", chat_3="channel")
        files = {
            each.relative_to(tmp_path).as_posix(): each.read_bytes()
            for each in sorted(tmp_path.rglob("*.html"))  # lists/ is behind chats/
        }
        packed = tarred(files, "w:gz" if name == "a.tar.gz" else "w") if ".tar" in name else zipped(files)
        if name == "nested.zip":
            packed = zipped({"export.tar": tarred(files)})
        (tmp_path / "a.zip").write_bytes(packed)

        for chats, expected in (("channels", (1, 1, 3, 3)), ("all", (1, 1, 2, 2, 3, 3))):
            path = "-" if name == "-" else tmp_path / "a.zip"
            found = open_sources(path, ReadOptions(chats=chats), io.BytesIO(packed))  # type: ignore[arg-type]
            every = [post for source in found.sources for post in posts(list(source.read()))]
            assert [post.channel.title for post in every] == [f"chat_{one}" for one in expected]

    @pytest.mark.parametrize("damage", ["no list", "no entry", "cut list", "packed alone", "broken head", "stdin"])
    def test_what_cannot_be_shown_to_be_a_channel_is_left_out(self, damage: str, tmp_path: Path) -> None:
        self.export(tmp_path, chat_1="channel", chat_2="private")
        own = page(message(1, sender="Anna"), message(2), title="Anna", is_full=True)
        place, chats = tmp_path / "chats/chat_2/messages.html", tmp_path / "lists/chats.html"
        place.write_bytes(own)
        opened, data = tmp_path / "chats/chat_2", b""
        if damage == "no list":
            chats.unlink()
        elif damage == "no entry":
            chats.write_bytes(chats.read_bytes().replace(b"chat_2", b"chat_3"))
        elif damage == "cut list":
            chats.write_bytes(chats.read_bytes().partition(b'"../chats/chat_2')[0])
        elif damage == "packed alone":
            opened = tmp_path / "a.zip"
            opened.write_bytes(zipped({"chats/chat_2/messages.html": own}))
        elif damage == "broken head":
            chats.unlink()
            place.write_bytes(own.replace(b'<div class="text bold">', b"<div>" * 5000, 1))
        else:
            opened, data = Path("-"), own
        (source,) = open_sources(opened, ReadOptions(), io.BytesIO(data)).sources

        assert [item.entry for item in source.read()] == [NoPost(NoPostKind.OTHER_CHAT)] * 2
        warnings = "\n".join(source.warnings)
        assert "nothing shows that its chat is a channel" in warnings
        assert "--chats all" in warnings
        assert "the id of channel" not in warnings


class TestDates:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("14.01.2022 20:02:17 UTC+07:00", datetime(2022, 1, 14, 13, 2, 17, tzinfo=UTC)),
            ("14.01.2022 20:02:17 UTC-08:00", datetime(2022, 1, 15, 4, 2, 17, tzinfo=UTC)),
            ("14.01.2022 20:02:17 UTC+05:30", datetime(2022, 1, 14, 14, 32, 17, tzinfo=UTC)),
            ("14.01.2022 20:02:17 UTC", datetime(2022, 1, 14, 20, 2, 17, tzinfo=UTC)),
            ("14.01.2022 20:02:17 UTC+00:00", datetime(2022, 1, 14, 20, 2, 17, tzinfo=UTC)),
            ("01.01.1970 02:00:00", None),
        ],
    )
    def test_a_label_gives_the_zone(self, tmp_path: Path, written: str, expected: datetime | None) -> None:
        assert only(tmp_path, "", written).posted_at == expected

    def test_without_a_label_the_zone_is_unknown_unless_it_is_given(self, tmp_path: Path) -> None:
        (tmp_path / "messages.html").write_bytes(page(*(message(each, "", "02.05.2019 11:08:55") for each in (1, 2))))
        source, (first, _) = read(tmp_path)

        assert first.posted_at is None
        assert [remark for remark in source.warnings if "--timezone" in remark and "(2 times)" in remark]
        zone = ZoneInfo("Europe/Kyiv")
        assert read(tmp_path, timezone=zone)[1][0].posted_at == datetime(2019, 5, 2, 8, 8, 55, tzinfo=UTC)

    def test_a_zone_that_is_given_goes_before_the_label_which_leaves_summer_time_out(self, tmp_path: Path) -> None:
        dates = ("14.07.2022 20:00:00 UTC-08:00", "14.01.2022 20:00:00 UTC-08:00")
        (tmp_path / "messages.html").write_bytes(page(*(message(each, "", dates[each - 1]) for each in (1, 2))))
        source, (summer, winter) = read(tmp_path)

        assert (summer.posted_at, winter.posted_at) == (
            datetime(2022, 7, 15, 4, tzinfo=UTC),
            datetime(2022, 1, 15, 4, tzinfo=UTC),
        )
        (remark,) = [remark for remark in source.warnings if "summer time" in remark]
        assert "times" not in remark.partition("itself")[2]
        source, (summer, winter) = read(tmp_path, timezone=ZoneInfo("America/Vancouver"))
        assert (summer.posted_at, winter.posted_at) == (
            datetime(2022, 7, 15, 3, tzinfo=UTC),
            datetime(2022, 1, 15, 4, tzinfo=UTC),
        )
        assert not [remark for remark in source.warnings if "summer time" in remark]

    @pytest.mark.parametrize(
        ("date", "is_doubtful"),
        [
            ("14.07.2022 20:00:00 UTC+01:00", True),
            ("14.12.2022 20:00:00 UTC+01:00", False),
            ("14.07.2022 20:00:00 UTC+03:00", False),
            ("14.07.2022 20:00:00 UTC+10:00", False),
            ("14.01.2022 20:00:00 UTC+10:00", True),
            ("14.07.2022 20:00:00 UTC", True),
        ],
    )
    def test_only_labels_of_zones_with_summer_time_are_doubted(
        self, tmp_path: Path, date: str, is_doubtful: bool
    ) -> None:
        (tmp_path / "messages.html").write_bytes(page(message(1, "", date)))
        source, _ = read(tmp_path)
        assert bool([remark for remark in source.warnings if "summer time" in remark]) is is_doubtful


class TestText:
    def test_line_breaks_are_those_of_the_text_and_not_of_the_source(self, tmp_path: Path) -> None:
        assert marked(tmp_path, "one<br>two<br><br>  three") == ("one\ntwo\n\n  three", [])

    def test_a_page_that_a_tool_indented_gives_the_same_text(self, tmp_path: Path) -> None:
        markup = "one\n   <br />\n   two\n   <strong>\n    three\n   </strong>\n   four"
        assert marked(tmp_path, markup) == ("one\ntwo three four", [(EntityKind.BOLD, "three", None)])

    @pytest.mark.parametrize(
        ("markup", "kind"),
        [
            ("<strong>word</strong>", EntityKind.BOLD),
            ("<em>word</em>", EntityKind.ITALIC),
            ("<u>word</u>", EntityKind.UNDERLINE),
            ("<s>word</s>", EntityKind.STRIKE),
            ("<code>word</code>", EntityKind.CODE),
            ("<pre>word</pre>", EntityKind.PRE),
            ("<blockquote>word</blockquote>", EntityKind.BLOCKQUOTE),
            (
                '<span class="spoiler hidden" onclick="ShowSpoiler(this)"><span aria-hidden="true">word</span></span>',
                EntityKind.SPOILER,
            ),
            ('<a href="https://word/">word</a>', EntityKind.URL),
            ('<a href="word">word</a>', EntityKind.URL),
            ('<a href="mailto:word">word</a>', EntityKind.EMAIL),
            ('<a href="tel:word">word</a>', EntityKind.PHONE),
            ('<a href="" onclick="return ShowMentionName()">word</a>', EntityKind.TEXT_MENTION),
            ('<a href="" onclick="return ShowBotCommand(&quot;ord&quot;)">word</a>', EntityKind.BOT_COMMAND),
        ],
    )
    def test_kinds_of_entity(self, tmp_path: Path, markup: str, kind: EntityKind) -> None:
        assert marked(tmp_path, f"😀 {markup}!") == ("😀 word!", [(kind, "word", None)])

    def test_links(self, tmp_path: Path) -> None:
        markup = (
            '<a href="" onclick="return ShowHashtag(&quot;storm&quot;)">#storm</a> '
            '<a href="" onclick="return ShowCashtag(&quot;ABC&quot;)">$ABC</a> '
            '<a href="https://t.me/wirenews">@wirenews</a> <a href="https://t.me/wirenews/5">here</a> '
            '<a href="book.bdut.ch">a book</a>'
        )
        assert marked(tmp_path, markup)[1] == [
            (EntityKind.HASHTAG, "#storm", None),
            (EntityKind.CASHTAG, "$ABC", None),
            (EntityKind.MENTION, "@wirenews", None),
            (EntityKind.TEXT_LINK, "here", "https://t.me/wirenews/5"),
            (EntityKind.TEXT_LINK, "a book", "book.bdut.ch"),
        ]

    @pytest.mark.parametrize(
        "attributes",
        [
            'href = "../../video_files/sticker.webm"',
            'href="stickers/AnimatedSticker.tgs"',
            'href="" onclick="return ShowNotLoadedEmoji();"',
            'href="" onclick="return ShowNotAvailableEmoji();"',
        ],
    )
    def test_a_custom_emoji_is_its_character(self, tmp_path: Path, attributes: str) -> None:
        assert marked(tmp_path, f"a <a {attributes}>🔥</a>") == ("a 🔥", [(EntityKind.CUSTOM_EMOJI, "🔥", None)])

    def test_elements_within_others_come_behind_them(self, tmp_path: Path) -> None:
        assert marked(tmp_path, "<strong>a <em>b</em></strong><em></em>c") == (
            "a bc",
            [(EntityKind.BOLD, "a b", None), (EntityKind.ITALIC, "b", None)],
        )

    def test_escapes_are_undone_once(self, tmp_path: Path) -> None:
        assert marked(tmp_path, "&amp;amp; &lt;b&gt; &quot;&apos; a&#x0B;b")[0] == "&amp; <b> \"' a\x0bb"

    def test_a_text_of_many_tags_side_by_side_is_read(self, tmp_path: Path) -> None:
        assert marked(tmp_path, "<b>x</b>" * 3000)[0] == "x" * 3000


class TestMedia:
    ROW = (
        '<div class="media_wrap clearfix"><{tag} class="media clearfix pull_left {name}"><div class="fill pull_left">'
        '</div><div class="body"><div class="title bold">\n{title}\n</div><div class="description">\n{more}\n</div>'
        '<div class="status details">\n{status}\n</div></div></{tag}></div>'
    )
    MISSING = "Not included, change data exporting settings to download."

    @pytest.mark.parametrize(
        ("name", "title", "status", "expected"),
        [
            ("media_photo", "Photo", "920x132, 34.8 KB", Media(kind=MediaKind.PHOTO, width_px=920, height_px=132)),
            ("media_photo", "Sticker", "😀, 34 KB", Media(kind=MediaKind.STICKER)),
            ("media_photo", "Self-destructing photo", "Expired", Media(kind=MediaKind.PHOTO)),
            ("media_video", "Video file", "15:07, 1.5 MB", Media(kind=MediaKind.VIDEO, duration_s=907)),
            ("media_video", "Animation", "34 KB", Media(kind=MediaKind.ANIMATION)),
            ("media_video", "Video message", "00:22, 2 MB", Media(kind=MediaKind.VIDEO_NOTE, duration_s=22)),
            ("media_voice_message", "Voice message", "01:02:03", Media(kind=MediaKind.VOICE, duration_s=3723)),
            ("media_audio_file", "Band \u2013 Song", "03:20", Media(kind=MediaKind.AUDIO, duration_s=200)),
            ("media_file", "a, b.pdf", "12 B", Media(kind=MediaKind.DOCUMENT, file_name="a, b.pdf", size_bytes=12)),
            ("media_file", "File", "12 B", Media(kind=MediaKind.DOCUMENT, size_bytes=12)),
            ("media_contact", "A Person", "+49 30 123456", Media(kind=MediaKind.CONTACT)),
            ("media_location", "Location", "52.5, 13.4", Media(kind=MediaKind.LOCATION)),
            ("media_live_location", "Live location", "", Media(kind=MediaKind.LOCATION)),
            ("media_venue", "A square", "", Media(kind=MediaKind.LOCATION)),
            ("media_game", "A game", "", Media(kind=MediaKind.OTHER)),
            ("media_invoice", "A thing", "5.00 EUR", Media(kind=MediaKind.OTHER)),
        ],
    )
    @pytest.mark.parametrize(("tag", "more"), [("a", ""), ("div", MISSING)])
    def test_rows(
        self, tmp_path: Path, tag: str, more: str, name: str, title: str, status: str, expected: Media
    ) -> None:
        (found,) = only(tmp_path, self.ROW.format(tag=tag, name=name, title=title, more=more, status=status)).media
        size = found.size_bytes if expected.size_bytes is None else expected.size_bytes

        assert found == expected.model_copy(update={"size_bytes": size})

    def test_sizes_are_as_rounded_as_they_are_written(self, tmp_path: Path) -> None:
        row = self.ROW.format(tag="a", name="media_file", title="a.zip", more="", status="1.5 MB")
        assert only(tmp_path, row).media[0].size_bytes == 1_572_864

    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("photo_wrap", MediaKind.PHOTO),
            ("animated_wrap", MediaKind.ANIMATION),
            ("sticker_wrap", MediaKind.STICKER),
            ("video_file_wrap", MediaKind.VIDEO),
        ],
    )
    def test_pictures(self, tmp_path: Path, name: str, kind: MediaKind) -> None:
        box = f'<div class="media_wrap clearfix"><a class="{name} clearfix pull_left" href="photos/a.jpg"></a></div>'
        assert only(tmp_path, box).media == (Media(kind=kind),)

    def test_a_video_has_its_length(self, tmp_path: Path) -> None:
        box = (
            '<div class="media_wrap clearfix"><a class="video_file_wrap clearfix pull_left" href = "video_files/v.mp4">'
            '<div class="video_duration">\n00:22\n</div></a></div>'
        )
        assert only(tmp_path, box).media == (Media(kind=MediaKind.VIDEO, duration_s=22),)

    POLL = (
        '<div class="media_wrap clearfix"><div class="media_poll"><div class="question bold">\nWill it rain?\n</div>'
        '<div class="details">\n{details}\n</div>{answers}'
        '<div class="total details&#x09;">\n{total}\n</div></div></div>'
    )

    def test_a_poll(self, tmp_path: Path) -> None:
        answers = (
            '<div class="answer">\n- Да <span class="details">252 votes, chosen vote</span>\n</div>'
            '<div class="answer">\n- - No <span class="details">1 vote</span>\n</div><div class="answer">\n- Hm\n</div>'
        )
        box = self.POLL.format(details="Final results", answers=answers, total="253 votes")
        assert only(tmp_path, box).media[0].poll == Poll(
            question="Will it rain?",
            answers=(
                PollAnswer(text="Да", voters=252),
                PollAnswer(text="- No", voters=1),
                PollAnswer(text="Hm", voters=0),
            ),
            is_closed=True,
            voters=253,
        )

    def test_votes_that_are_not_shown_are_unknown(self, tmp_path: Path) -> None:
        answers = '<div class="answer">\n- Yes\n</div><div class="answer">\n- No\n</div>'
        poll = (
            only(tmp_path, self.POLL.format(details="Anonymous poll", answers=answers, total="12 votes")).media[0].poll
        )

        assert poll is not None
        assert ([answer.voters for answer in poll.answers], poll.voters, poll.is_closed) == ([None, None], 12, False)

    def test_a_to_do_list_is_no_poll(self, tmp_path: Path) -> None:
        box = self.POLL.format(details="To-do List", answers="", total="")
        assert only(tmp_path, box).media == (Media(kind=MediaKind.OTHER),)


class TestForwardsAndReplies:
    FORWARDED = (
        '<div class="from_name">\nWire News\n</div><div class="pull_left forwarded userpic_wrap"></div>'
        '<div class="forwarded body"><div class="from_name">\n{name} <span class="{classes}"{title}> {date}</span>\n'
        "</div>{rest}</div>"
    )

    def forward(self, **parts: str) -> str:
        given = {"classes": "date details", "title": "", "date": "13.01.2022 10:00:00", "rest": text("words")}
        return self.FORWARDED.format(**(given | parts))

    def test_a_forward_has_its_text_media_and_date_within(self, tmp_path: Path) -> None:
        title = ' title="13.01.2022 10:00:00 UTC+07:00"'
        picture = '<div class="media_wrap clearfix"><a class="photo_wrap clearfix pull_left"></a></div>'
        post = only(tmp_path, self.forward(name="Other &amp; Co ", title=title, rest=picture + text("words")))

        assert post.forward == ForwardOrigin(name="Other & Co", posted_at=datetime(2022, 1, 13, 3, tzinfo=UTC))
        assert (post.text, len(post.media)) == ("words", 1)

    def test_a_forward_of_an_old_export_has_no_zone(self, tmp_path: Path) -> None:
        body = self.forward(name="Other via @gif", classes="details")
        assert only(tmp_path, body, "14.01.2022 20:02:17").forward == ForwardOrigin(name="Other")
        zone = ZoneInfo("Europe/Kyiv")
        assert only(tmp_path, body, timezone=zone).forward == ForwardOrigin(
            name="Other", posted_at=datetime(2022, 1, 13, 8, tzinfo=UTC)
        )

    def test_a_hidden_sender_has_no_name(self, tmp_path: Path) -> None:
        forward = only(tmp_path, self.forward(name="Deleted Account")).forward
        assert forward is not None
        assert forward.name is None

    def test_a_joined_forward_shares_the_name_above_it(self, tmp_path: Path) -> None:
        bare = f'<div class="forwarded body">{text("more")}</div>'
        messages = [
            message(1, self.forward(name="A Person")),
            message(2, bare, joined=True),
            message(3, bare, joined=True),
            message(4, text("own words")),
        ]
        (tmp_path / "messages.html").write_bytes(page(*messages))
        _, found = read(tmp_path)

        assert [post.forward.name if post.forward else None for post in found] == ["A Person"] * 3 + [None]
        assert found[1].text == "more"

    @pytest.mark.parametrize(
        ("link", "expected"),
        [
            (
                '<a href="#go_to_message1024" onclick="return GoToMessage(1024)">this message</a>',
                Reply(message_id=1024),
            ),
            ('<a href="messages3.html#go_to_message988">this message</a>', Reply(message_id=988)),
            ('<a href="file:///C:/x/messages.html#go_to_message7">this message</a>', Reply(message_id=7)),
            ('<a href="#go_to_message-999">this message</a>', None),
            ("a message in another chat", None),
        ],
    )
    def test_replies(self, tmp_path: Path, link: str, expected: Reply | None) -> None:
        post = only(tmp_path, f'<div class="reply_to details">\nIn reply to {link}\n</div>{text("words")}')
        assert (post.reply_to, post.text) == (expected, "words")

    def test_a_signature_is_no_text(self, tmp_path: Path) -> None:
        assert only(tmp_path, f'{text("words")}<div class="signature details">\nTL TL\n</div>').text == "words"


class TestReactions:
    ONE = '<span class="reaction{kind}"><span class="emoji">\n{emoji}\n</span>{rest}</span>'

    def counters(self, tmp_path: Path, *found: str) -> Counters | None:
        return only(tmp_path, f'<span class="reactions">{"".join(found)}</span>').counters

    def test_they_are_counted_by_their_names(self, tmp_path: Path) -> None:
        count = '<span class="count">{}</span>'
        thumb = self.ONE.format(kind=" active", emoji="👍", rest=count.format(12))
        paid = self.ONE.format(kind=" paid", emoji="⭐", rest=count.format(3))
        custom = self.ONE.format(kind="", emoji='<a href="stickers/a.tgs">👋</a>', rest=count.format(2))

        assert self.counters(tmp_path, thumb, paid, custom) == Counters(
            is_exact=True, reactions={"👍": 12, "paid": 3, "custom:unknown": 2}
        )

    def test_where_everybody_is_shown_there_is_no_number(self, tmp_path: Path) -> None:
        pictures = '<span class="userpics">' + '<div class="userpic userpic5"></div>' * 3 + "</span>"
        assert self.counters(tmp_path, self.ONE.format(kind="", emoji="🔥", rest=pictures)) == Counters(
            is_exact=True, reactions={"🔥": 3}
        )


def test_messages_of_a_migrated_group_are_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "messages.html").write_bytes(page(message(-999_999_990), message(1)))
    (source,) = open_sources(tmp_path, ReadOptions(), io.BytesIO()).sources
    (refused,) = rejections(list(source.read()))
    assert (refused.record, refused.field) == (1, "id")
    assert "became this supergroup" in refused.message


def test_the_original_is_the_markup_of_the_message(tmp_path: Path) -> None:
    original = only(tmp_path, text("words"), keeps_original=True).original
    assert isinstance(original, str)
    assert original.startswith('<div class="message default')
    assert original.endswith("</div>")


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><html><body><div class='message'>Exported Data</div></body></html>",
        b"Exported Data chat_page",
        b'{"title": "<title>Exported Data</title>", "text": "class=\\"page_body chat_page\\""}',
    ],
)
def test_other_pages_are_of_no_format(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "messages.html").write_bytes(content)
    (tmp_path / "a.txt").write_bytes(b"text")
    kinds = [source.kind for source in open_sources(tmp_path, ReadOptions(), io.BytesIO()).sources]
    assert "tdesktop-html" not in kinds


def test_the_layout_of_an_export_is_passed_over_without_fault(tmp_path: Path) -> None:
    for name, content in (("style.css", ".page_wrap {}"), ("script.js", "function CheckLocation() {}")):
        (tmp_path / name).write_text(content)
    (tmp_path / "messages.html").write_bytes(page(message(1)))
    assert [each.is_expected for each in open_sources(tmp_path, ReadOptions(), io.BytesIO()).skipped] == [True, True]
