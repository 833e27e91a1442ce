"""Saved pages of public previews."""

import base64
import io
import quopri
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ingest.sources import NoPostKind, ReadOptions, Source, open_sources
from schemas import Channel, Counters, EntityKind, ForwardOrigin, Media, MediaKind, RawPost, Reply
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections
from tests.contract.sources.test_packed_source import zipped
from tests.support.preview_site.site import wrap

CHANNEL, MADE = 1234567890, 1_714_651_200
HEAD = """<!DOCTYPE html>
<html>
  <head>
    <meta charset="utf-8">
    <title>{title} – Telegram</title>
    <meta property="og:title" content="{title}">
    <link href="//telegram.org/css/telegram-web.css" rel="stylesheet">
  </head>
  <body class="widget_frame_base tgme_webpreview emoji_image">
    <header class="tgme_header"><div class="tgme_channel_info_header">
      <div class="tgme_channel_info_header_title"><span dir="auto">{title}</span></div>
      <div class="tgme_channel_info_header_username"><a href="https://t.me/wirenews">@wirenews</a></div>
    </div></header>
    <main class="tgme_main" data-url="/wirenews">
      <section class="tgme_channel_history js-message_history">
"""
TAIL = """
      </section>
    </main>
    <script src="//telegram.org/js/widget-frame.js"></script>
  </body>
</html>
"""
DATE = (
    '<div class="tgme_widget_message_info"><span class="tgme_widget_message_views">12.3K</span>'
    '<a class="tgme_widget_message_date" href="https://t.me/wirenews/{id}">'
    '<time datetime="{date}" class="time">14:00</time></a></div>'
)
SERVICE = wrap("wirenews/40", '<div class="js-message_text">Channel created</div>', "service_message")


def view(channel: int = CHANNEL, made: int = MADE) -> str:
    return base64.urlsafe_b64encode(f'{{"c":{-channel},"p":1,"t":{made},"h":"ab"}}'.encode()).decode().rstrip("=")


def message(
    id_: object, text: str = "", more: str = "", date: str = "2024-05-01T12:00:00+00:00", seen: str | None = None
) -> str:
    box = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>' if text else ""
    return wrap(f"wirenews/{id_}", more + box + DATE.format(id=id_, date=date), view=view() if seen is None else seen)


def page(*messages: str, title: str = "Wire &amp; News") -> bytes:
    return (HEAD.format(title=title) + "\n".join(messages) + TAIL).encode()


ALBUM = (
    '<div class="tgme_widget_message_grouped_wrap">'
    '<a class="tgme_widget_message_photo_wrap 51" href="https://t.me/wirenews/50?single"></a>'
    '<a class="tgme_widget_message_photo_wrap 52" href="https://t.me/wirenews/51?single"></a></div>'
)
PLAIN = page(SERVICE, message(41, "Новость 😅"), message(42, "&lt;div class=&quot;tgme_widget_message&quot;&gt;"))


def mhtml(content: bytes, encoding: str = "quoted-printable", charset: str = "") -> bytes:
    if encoding == "quoted-printable":
        packed = quopri.encodestring(content)
    else:
        packed = base64.encodebytes(content) if encoding == "base64" else content
    lines = (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://t.me/s/wirenews\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="----MultipartBoundary--x----"\r\n\r\n'
        "------MultipartBoundary--x----\r\nContent-Type: text/css\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n.tgme_page {}\r\n"
        f"------MultipartBoundary--x----\r\nContent-Type: text/html{charset}\r\nContent-ID: <frame>\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    end = "\r\n------MultipartBoundary--x----\r\nContent-Type: image/png\r\n\r\nxx\r\n"
    end += "------MultipartBoundary--x------\r\n"
    return lines.encode() + packed.replace(b"\n", b"\r\n") + end.encode()


BAD = [
    message(0, "zero"),
    message(2**63, "large"),
    message("x", "letters"),
    message(43, "date", date="tomorrow"),
]


class TestSavedPreview(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "a page": Case(
            {"a.html": PLAIN},
            posts=2,
            no_posts={NoPostKind.SERVICE: 1},
            encodings=("utf-8-sig", "utf-16", "utf-16-le", "utf-32"),
        ),
        "an album": Case({"a.html": page(message(49), message(50, "caption", ALBUM), message(52))}, posts=4),
        "messages cut out of a page": Case(
            {"a.html": (message(41) + message(42)).replace(" js-widget_message", "").encode()}, posts=2
        ),
        "messages cut out of a page, and cut off": Case(
            {"a.html": (message(41) + message(42, "half a te"))[:-300].encode()}, posts=1, rejected=1, has_open_end=True
        ),
        "quoted-printable": Case({"a.mhtml": mhtml(PLAIN)}, posts=2, no_posts={NoPostKind.SERVICE: 1}),
        "base64": Case({"a.mht": mhtml(PLAIN, "base64")}, posts=2, no_posts={NoPostKind.SERVICE: 1}),
        "8bit": Case({"a.mht": mhtml(PLAIN, "8bit")}, posts=2, no_posts={NoPostKind.SERVICE: 1}),
        "no messages": Case({"a.html": page()}),
        "bad messages": Case({"a.html": page(message(41), *BAD, message(44))}, posts=2, rejected=len(BAD)),
        "a message that is not closed": Case(
            {"a.html": page(message(41), message(42, "half a te")[:-300], message(43))}, posts=2, rejected=1
        ),
        "a message that is not UTF-8": Case(
            {"a.html": page(message(41), message(42, "café")).replace("é".encode(), b"\xe9")}, posts=1, rejected=1
        ),
        "a message that nests deeply": Case(
            {"a.html": page(message(41), message(42, "<b>" * 100_000), message(43))}, posts=2, rejected=1
        ),
        "cut in a message": Case(
            {"a.html": PLAIN[: PLAIN.rindex(b"12.3K")]},
            posts=1,
            rejected=1,
            no_posts={NoPostKind.SERVICE: 1},
            has_open_end=True,
        ),
        "cut behind a message": Case(
            {"a.html": PLAIN[: -len(TAIL)]}, posts=2, rejected=1, no_posts={NoPostKind.SERVICE: 1}, has_open_end=True
        ),
        "a cut archive of a page": Case(
            {"a.mhtml": mhtml(page(message(41), message(42, "ж")))[:-700]}, posts=1, rejected=1, has_open_end=True
        ),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"a.html": page(*(message(number, text) for number, text in given))}


def read(folder: Path, name: str = "a.html", **options: Any) -> tuple[Source, list[RawPost]]:
    (source,) = open_sources(folder / name, ReadOptions(**options), io.BytesIO()).sources
    return source, posts(list(source.read()))


def test_fields(tmp_path: Path) -> None:
    forward = '<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/other/7">Other</a>'
    reply = (
        '<a class="tgme_widget_message_reply" href="https://t.me/wirenews/30">'
        '<div class="js-message_text">answered</div></a>'
    )
    emoji = '<tg-emoji emoji-id="5"><i class="emoji" style="background-image:url(\'a.png\')"><b>🔥</b></i></tg-emoji>'
    reactions = (
        '<div><span class="tgme_reaction tgme_reaction_paid">14.3K</span>'
        '<span class="tgme_reaction"><tg-emoji emoji-id="77"></tg-emoji>754</span></div>'
    )
    (tmp_path / "a.html").write_bytes(page(message(41, f"{emoji} <b>News</b>", forward + reply + reactions)))
    source, (post,) = read(tmp_path)

    assert (source.kind, source.warnings) == ("saved-preview", [])
    assert post.channel == Channel(id=CHANNEL, username="wirenews", title="Wire & News")
    assert (post.message_id, post.text) == (41, "🔥 News")
    assert [each.kind for each in post.entities] == [EntityKind.CUSTOM_EMOJI, EntityKind.BOLD]
    assert post.posted_at == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert post.forward == ForwardOrigin(channel_username="other", message_id=7, name="Other")
    assert post.reply_to == Reply(message_id=30)
    made = datetime(2024, 5, 2, 12, tzinfo=UTC)
    assert post.counters == Counters(
        is_exact=False, observed_at=made, views=12_300, reactions={"paid": 14_300, "custom:77": 754}
    )
    assert (post.source.kind, post.source.position, post.collected_at) == ("saved-preview", 1, None)


def test_an_album_is_taken_apart_into_its_messages(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(page(message(50, "caption", ALBUM)))
    _, found = read(tmp_path)

    assert [(post.message_id, post.album_id, post.text, post.media) for post in found] == [
        (50, 50, "caption", (Media(kind=MediaKind.PHOTO, id="51"),)),
        (51, 50, "", (Media(kind=MediaKind.PHOTO, id="52"),)),
    ]


def test_pages_of_one_channel_give_the_same_keys(tmp_path: Path) -> None:
    for name, content in (("a.html", page(message(41), message(42))), ("b.mhtml", mhtml(page(message(42))))):
        (tmp_path / name).write_bytes(content)
    found = [read(tmp_path, name)[1] for name in ("a.html", "b.mhtml")]

    assert [[(post.channel.id, post.message_id) for post in one] for one in found] == [
        [(CHANNEL, 41), (CHANNEL, 42)],
        [(CHANNEL, 42)],
    ]


def test_a_message_that_does_not_say_its_channel_belongs_to_the_one_above_it(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(page(message(41), message(42, seen="")))
    _, (_, second) = read(tmp_path)

    assert (second.channel.id, second.counters) == (CHANNEL, Counters(is_exact=False, views=12_300))


def test_messages_before_the_first_that_says_its_channel_belong_to_it(tmp_path: Path) -> None:
    other = wrap("other/7", DATE.format(id=7, date="2024-05-01T12:00:00+00:00"), view=view(77))
    content = page(message(41, seen=""), message(42, seen="!!!"), message(43), other)
    (tmp_path / "a.html").write_bytes(content)
    (tmp_path / "a.mhtml").write_bytes(mhtml(content))
    (tmp_path / "a.zip").write_bytes(zipped({"a.html": content}))
    for name in ("a.html", "a.mhtml", "a.zip"):
        source, found = read(tmp_path, name)
        assert [post.channel.id for post in found] == [CHANNEL, CHANNEL, CHANNEL, 77]
        assert source.warnings == []


def test_a_date_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(page(message(41, date="tomorrow"), message(42)))
    (source,) = open_sources(tmp_path, ReadOptions(), io.BytesIO()).sources
    (rejected,) = rejections(list(source.read()))
    assert (rejected.record, rejected.field) == (1, "datetime")


def test_a_page_that_names_its_channel_alone_has_a_derived_id(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(page(message(41, seen="")))
    source, (post,) = read(tmp_path)

    assert (post.channel.username, post.channel.id != CHANNEL) == ("wirenews", True)
    assert [remark for remark in source.warnings if "--channel ID" in remark]


def test_a_page_that_a_browser_saved_is_the_same(tmp_path: Path) -> None:
    content = page(message(41, '<a href="?q=%23storm">#storm</a> <a href="/other/5">there</a>'))
    (tmp_path / "a.html").write_bytes(content)
    saved = content.replace(b'href="?q=', b'href="https://t.me/s/wirenews?q=').replace(
        b'href="/', b'href="https://t.me/'
    )
    comment = b"<!DOCTYPE html>\n<!-- saved from url=(0023)https://t.me/s/wirenews -->\n"
    (tmp_path / "saved.html").write_bytes(
        comment + saved.partition(b"\n")[2].replace(b"//telegram.org/", b"./a_files/")
    )
    (first,), (second,) = read(tmp_path)[1], read(tmp_path, "saved.html")[1]

    assert [entity.kind for entity in second.entities] == [EntityKind.HASHTAG, EntityKind.TEXT_LINK]
    assert second.entities[1].url == "https://t.me/other/5"
    assert second.text == first.text


def test_a_page_with_its_styles_inside_is_recognised(tmp_path: Path) -> None:
    style = "<style>" + ".tgme_widget_message{color:red}" * 80_000 + "</style></head>"
    (tmp_path / "a.html").write_bytes(page(message(41)).replace(b"</head>", style.encode()))
    _, (post,) = read(tmp_path)
    assert (post.message_id, post.channel.title) == (41, "Wire & News")


def test_another_charset_of_an_archive_is_decoded(tmp_path: Path) -> None:
    content = page(message(41, "Новость")).decode().encode("cp1251", "replace")
    (tmp_path / "a.mht").write_bytes(mhtml(content, charset='; charset="windows-1251"'))
    _, (post,) = read(tmp_path, "a.mht")
    assert post.text == "Новость"


def test_a_rejection_names_message_byte_and_field(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(page(message(41), message(0)))
    (source,) = open_sources(tmp_path / "a.html", ReadOptions(), io.BytesIO()).sources
    (rejected,) = rejections(list(source.read()))

    assert (rejected.record, rejected.field) == (2, "data-post")
    block = (tmp_path / "a.html").read_bytes()[rejected.offset :]
    assert block.startswith(b'<div class="tgme_widget_message ')
    assert b'data-post="wirenews/0"' in block[:300]


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><html><body><div>tgme_widget_message js-widget_message</div></body></html>",
        b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\njs-widget_message",
        b'{"html": "class=\\"tgme_channel_history\\""}',
    ],
)
def test_other_files_are_of_other_formats(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.html").write_bytes(content)
    (tmp_path / "a.txt").write_bytes(b"text")
    kinds = [source.kind for source in open_sources(tmp_path, ReadOptions(), io.BytesIO()).sources]
    assert "saved-preview" not in kinds


def test_a_page_about_a_channel_is_passed_over_without_fault(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(
        b'<html><body><div class="tgme_page_wrap"><div class="tgme_page">x</div></div></body></html>'
    )
    (tmp_path / "b.html").write_bytes(PLAIN)
    (skipped,) = open_sources(tmp_path, ReadOptions(), io.BytesIO()).skipped
    assert (skipped.name, skipped.is_expected) == (f"{tmp_path.name}/a.html", True)
