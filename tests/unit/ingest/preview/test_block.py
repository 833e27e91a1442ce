"""Blocks of a preview as posts."""

from datetime import UTC, datetime

import pytest
from selectolax.lexbor import LexborHTMLParser

from ingest.live_reader import AbsenceReason, AbsentMessage, PostOrAbsence
from ingest.preview.messages.parser import PageContext, read_block
from schemas import Channel, ForwardOrigin, Media, MediaKind, Poll, PollAnswer, RawPost, Reply
from tests.support.preview_site.site import wrap

WIRE_NEWS = Channel(id=1234567890, username="wirenews", title="Wire News")
SEEN = datetime(2024, 5, 2, tzinfo=UTC)
DATE = '<a class="tgme_widget_message_date" href="x"><time datetime="{}" class="time">12:00</time></a>'
TEXT = '<div class="tgme_widget_message_text js-message_text" dir="auto">{}</div>'


def entries(body: str, classes: str = "") -> tuple[PostOrAbsence, ...]:
    node = LexborHTMLParser(wrap("wirenews/42", body, classes)).css_first(".tgme_widget_message")
    assert node is not None
    return read_block(node, 42, PageContext(WIRE_NEWS, SEEN))


def post(body: str) -> RawPost:
    (found,) = entries(body)
    assert isinstance(found, RawPost)
    return found


def only_media(body: str) -> Media:
    (found,) = post(body).media
    return found


def test_a_post() -> None:
    found = post(TEXT.format("News") + DATE.format("2024-05-01T14:00:00+02:00"))

    assert (found.channel, found.message_id, found.text) == (WIRE_NEWS, 42, "News")
    assert (found.posted_at, found.collected_at) == (datetime(2024, 5, 1, 12, tzinfo=UTC), SEEN)
    assert (found.source.kind, found.source.name, found.lane) == ("preview", "wirenews", "live")


def test_the_edit_date_is_unknown() -> None:
    edited = f'<span class="tgme_widget_message_meta">edited &nbsp;{DATE.format("2024-05-01T12:00:00+00:00")}</span>'

    assert post(edited).edited_at is None


def test_a_service_message_is_no_post() -> None:
    assert entries(TEXT.format("Channel photo updated"), "service_message") == (
        AbsentMessage(42, AbsenceReason.SERVICE),
    )


@pytest.mark.parametrize("date", ["tomorrow", "2024-05-01T12:00:00"])
def test_a_date_that_is_none_makes_the_post_unreadable(date: str) -> None:
    assert entries(DATE.format(date)) == (AbsentMessage(42, AbsenceReason.UNREADABLE),)


def test_a_page_without_all_of_its_classes_has_its_texts_and_dates() -> None:
    time = '<time datetime="2024-05-01T12:00:00+00:00"></time>'
    found = post(TEXT.replace(" js-message_text", "").format("Update") + time)
    assert (found.text, found.posted_at) == ("Update", datetime(2024, 5, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize("name", ["js-message_reply_text", "js-message_text"])
def test_a_reply_is_not_mixed_into_the_text(name: str) -> None:
    reply = (
        '<a class="tgme_widget_message_reply" href="https://t.me/wirenews/40">'
        f'<div class="tgme_widget_message_text {name}">Earlier news</div></a>'
    )

    found = post(reply + TEXT.format("Update"))
    assert (found.text, found.reply_to) == ("Update", Reply(message_id=40))


@pytest.mark.parametrize(
    ("link", "reply"),
    [
        ("https://t.me/WireNews/40", Reply(message_id=40)),
        ("https://t.me/c/77/40", Reply(message_id=40, channel_id=77)),
        ("https://t.me/c/1234567890/40", Reply(message_id=40)),
        ("https://wirenews.t.me/40", Reply(message_id=40)),
        ("https://telegram.me/wirenews/40?single", Reply(message_id=40)),
        ("https://t.me/otherchannel/40", None),
        ("https://t.me/wirenews", None),
        ("https://t.me/wirenews/0", None),
        ("https://t.me/wirenews/999999999999999999", None),
        ("", None),
    ],
)
def test_what_a_reply_answers(link: str, reply: Reply | None) -> None:
    assert post(f'<a class="tgme_widget_message_reply" href="{link}">x</a>').reply_to == reply


@pytest.mark.parametrize(
    ("link", "origin"),
    [
        (
            ' href="https://t.me/origin/5"',
            ForwardOrigin(channel_username="origin", message_id=5, name="Shown Name"),
        ),
        (' href="https://t.me/c/77/5?single"', ForwardOrigin(channel_id=77, message_id=5, name="Shown Name")),
        (' href="https://t.me/c/999999999999999999/5"', ForwardOrigin(name="Shown Name")),
        (' href="https://t.me/person"', ForwardOrigin(name="Shown Name")),
        ("", ForwardOrigin(name="Shown Name")),
    ],
)
def test_a_forward(link: str, origin: ForwardOrigin) -> None:
    name = f'<a class="tgme_widget_message_forwarded_from_name"{link}><span dir="auto">Shown Name</span></a>'
    block = f'<div class="tgme_widget_message_forwarded_from">Forwarded from&nbsp;{name}</div>'

    assert post(block + TEXT.format("News")).forward == origin


PHOTO = '<a class="tgme_widget_message_photo_wrap {}" href="https://t.me/wirenews/42" style="width:800px"></a>'
PLAYER = '<a class="tgme_widget_message_{}_player">{}</a>'
LENGTH = '<time class="{0} js-{0}">0:42</time>'
VIDEO = '<a class="tgme_widget_message_video_player" href="https://t.me/wirenews/42"><video src="x"{}></video>{}</a>'
DOCUMENT = (
    '<a class="tgme_widget_message_document_wrap"><div class="tgme_widget_message_document">'
    '<div class="tgme_widget_message_document_icon accent_bg {}"></div>'
    '<div class="tgme_widget_message_document_title">report.pdf</div>'
    '<div class="tgme_widget_message_document_extra">1.5 KB</div></div></a>'
)


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (PHOTO.format("5429460311875460150 12_34"), Media(kind=MediaKind.PHOTO, id="5429460311875460150")),
        (VIDEO.format("", LENGTH.format("message_video_duration")), Media(kind=MediaKind.VIDEO, duration_s=42)),
        (VIDEO.format(" autoplay loop muted", ""), Media(kind=MediaKind.ANIMATION)),
        (
            PLAYER.format("roundvideo", LENGTH.format("tgme_widget_message_roundvideo_duration")),
            Media(kind=MediaKind.VIDEO_NOTE, duration_s=42),
        ),
        (
            PLAYER.format("voice", LENGTH.format("tgme_widget_message_voice_duration")),
            Media(kind=MediaKind.VOICE, duration_s=42),
        ),
        (DOCUMENT.format(""), Media(kind=MediaKind.DOCUMENT, file_name="report.pdf", size_bytes=1536)),
        (DOCUMENT.format("audio"), Media(kind=MediaKind.AUDIO)),
        ('<div class="tgme_widget_message_sticker_wrap"></div>', Media(kind=MediaKind.STICKER)),
        ('<a class="tgme_widget_message_location_wrap"></a>', Media(kind=MediaKind.LOCATION)),
        ('<a class="tgme_widget_message_link_preview" href="x"></a>', Media(kind=MediaKind.WEB_PAGE)),
        ('<div class="message_media_not_supported_wrap">Open Telegram</div>', Media(kind=MediaKind.OTHER)),
    ],
    ids=lambda value: value.kind if isinstance(value, Media) else "",
)
def test_kinds_of_media(body: str, media: Media) -> None:
    assert only_media(body + TEXT.format("caption")) == media


def test_the_footer_that_every_post_has_is_no_media() -> None:
    footer = '<div class="media_not_supported_cont"><div class="message_media_not_supported_wrap"></div></div>'

    assert post(TEXT.format("News") + footer).media == ()


def test_a_poll_shows_shares_and_no_votes() -> None:
    option = (
        '<div class="tgme_widget_message_poll_option"><div class="tgme_widget_message_poll_option_percent">60%</div>'
        '<div class="tgme_widget_message_poll_option_value">'
        '<div class="tgme_widget_message_poll_option_text">{}</div></div></div>'
    )
    poll = (
        '<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">Will it rain?</div>'
        '<div class="tgme_widget_message_poll_type">Anonymous Quiz</div>'
        f'<a class="tgme_widget_message_poll_options">{option.format("Yes")}{option.format("No")}</a></div>'
        '<div class="tgme_widget_message_info"><span class="tgme_widget_message_voters">1.2K</span> votes</div>'
    )

    assert only_media(poll).poll == Poll(
        question="Will it rain?", answers=(PollAnswer(text="Yes"), PollAnswer(text="No")), is_quiz=True, voters=1200
    )


def test_the_preview_of_a_link_to_the_next_post_makes_no_album_with_it() -> None:
    found = post('<a class="tgme_widget_message_link_preview" href="https://t.me/wirenews/43"></a>')

    assert (found.album_id, [media.kind for media in found.media]) == (None, [MediaKind.WEB_PAGE])


def test_an_album_is_taken_apart_into_its_messages() -> None:
    photo = '<a class="tgme_widget_message_photo_wrap grouped_media_wrap" href="https://t.me/wirenews/{}?single"></a>'
    album = (
        f'<div class="tgme_widget_message_grouped_wrap">{"".join(photo.format(part) for part in (42, 43, 44))}</div>'
    )
    found = entries(album + TEXT.format("caption") + DATE.format("2024-05-01T12:00:00+00:00"))

    posts = [part for part in found if isinstance(part, RawPost)]
    assert [(part.message_id, part.album_id, part.text, len(part.media)) for part in posts] == [
        (42, 42, "caption", 1),
        (43, 42, "", 1),
        (44, 42, "", 1),
    ]
    assert {part.posted_at for part in posts} == {datetime(2024, 5, 1, 12, tzinfo=UTC)}


def test_media_that_name_a_message_out_of_reach_belong_to_the_block() -> None:
    found = post(PHOTO.format("").replace("wirenews/42", "wirenews/99") + PHOTO.format("").replace("wirenews", "other"))

    assert (len(found.media), found.album_id) == (2, None)


def test_counters_are_as_rounded_as_they_are_shown() -> None:
    reaction = '<span class="tgme_reaction {}">{}{}</span>'
    body = (
        '<span class="tgme_widget_message_views">12.3K</span><div class="tgme_widget_message_reactions">'
        + reaction.format("", '<i class="emoji"><b>👍</b></i>', "1.5K")
        + reaction.format("", '<tg-emoji emoji-id="555"></tg-emoji>', "3")
        + reaction.format("tgme_reaction_paid", '<i class="icon"></i>', "7")
        + "</div>"
    )
    found = post(body).counters

    assert found is not None
    assert (found.observed_at, found.views, found.forwards, found.replies) == (SEEN, 12_300, None, None)
    assert found.reactions == {"👍": 1500, "custom:555": 3, "paid": 7}
    assert found.is_exact is False


@pytest.mark.parametrize(("views", "is_exact"), [("999", True), ("1.2K", False), ("3M", False), ("", None)])
def test_counts_below_a_thousand_are_exact(views: str, is_exact: bool | None) -> None:
    found = post(f'<span class="tgme_widget_message_views">{views}</span>').counters

    assert found is not None
    assert found.is_exact is is_exact


def test_what_is_not_shown_is_unknown() -> None:
    found = post("")

    assert (found.text, found.posted_at, found.media, found.forward) == ("", None, (), None)
    assert found.counters is not None
    assert (found.counters.views, found.counters.reactions) == (None, None)
