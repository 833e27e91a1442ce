"""Attachments of Telegram messages: real TL objects, sent through their wire form."""

from datetime import UTC, datetime
from typing import Any

import pytest
from telethon.extensions import BinaryReader
from telethon.tl import types

from ingest.telegram.messages.media import attachments
from schemas import Media, MediaKind, Poll, PollAnswer

POSTED = datetime(2024, 5, 1, 12, tzinfo=UTC)
LATER = datetime(2024, 5, 1, 13, tzinfo=UTC)
HERE = types.PeerChannel(1234567890)


def received(media: Any) -> tuple[Media, ...]:
    return attachments(BinaryReader(bytes(media)).tgread_object())


def only_media(media: Any) -> Media:
    (found,) = received(media)
    return found


def document(*attributes: Any, mime_type: str = "application/pdf", size: int = 1000) -> Any:
    file = types.Document(7, 8, b"reference", POSTED, mime_type, size, 2, list(attributes))
    return types.MessageMediaDocument(document=file)


def test_a_photo_is_as_large_as_its_largest_size() -> None:
    sizes = [
        types.PhotoStrippedSize("i", b"\1"),
        types.PhotoSize("m", 320, 240, 20_000),
        types.PhotoSizeProgressive("y", 1280, 960, [10_000, 90_000]),
    ]

    assert only_media(types.MessageMediaPhoto(photo=types.Photo(5, 6, b"r", POSTED, sizes, 2))) == Media(
        kind=MediaKind.PHOTO, id="5", mime_type="image/jpeg", size_bytes=90_000, width_px=1280, height_px=960
    )


def test_an_expired_photo_is_still_one() -> None:
    assert only_media(types.MessageMediaPhoto(ttl_seconds=10)) == Media(kind=MediaKind.PHOTO)


VIDEO = types.DocumentAttributeVideo(12.5, 1280, 720)
STICKER = types.DocumentAttributeSticker("🙂", types.InputStickerSetEmpty())


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ([VIDEO], MediaKind.VIDEO),
        ([types.DocumentAttributeVideo(5, 240, 240, round_message=True)], MediaKind.VIDEO_NOTE),
        ([VIDEO, types.DocumentAttributeAnimated()], MediaKind.ANIMATION),
        ([types.DocumentAttributeAudio(180, title="Song")], MediaKind.AUDIO),
        ([types.DocumentAttributeAudio(7, voice=True)], MediaKind.VOICE),
        ([STICKER], MediaKind.STICKER),
        ([VIDEO, STICKER], MediaKind.STICKER),
        ([types.DocumentAttributeFilename("a.pdf")], MediaKind.DOCUMENT),
        ([], MediaKind.DOCUMENT),
    ],
)
def test_kinds_of_document(attributes: list[Any], kind: MediaKind) -> None:
    assert only_media(document(*attributes)).kind is kind


def test_a_document_has_all_that_its_attributes_hold() -> None:
    name = types.DocumentAttributeFilename("../clip.mp4")

    assert only_media(document(VIDEO, name, mime_type="video/mp4", size=5_000_000_000)) == Media(
        kind=MediaKind.VIDEO,
        id="7",
        mime_type="video/mp4",
        file_name="../clip.mp4",
        size_bytes=5_000_000_000,
        width_px=1280,
        height_px=720,
        duration_s=12.5,
    )


def test_figures_that_cannot_be_are_unknown() -> None:
    found = only_media(document(types.DocumentAttributeVideo(float("nan"), -1, 720), size=-1))

    assert (found.duration_s, found.width_px, found.height_px, found.size_bytes) == (None, None, 720, None)


def test_figures_beyond_telegrams_own_are_unknown() -> None:
    found = only_media(document(types.DocumentAttributeVideo(1e30, 2**31 - 1, 720), size=2**62))

    assert (found.duration_s, found.width_px, found.height_px, found.size_bytes) == (None, 2**31 - 1, 720, None)


POINT = types.GeoPoint(2.3, 48.8, 1)


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        (types.MessageMediaGeo(POINT), MediaKind.LOCATION),
        (types.MessageMediaGeoLive(POINT, 60), MediaKind.LOCATION),
        (types.MessageMediaVenue(POINT, "Hall", "Street 1", "p", "v", "t"), MediaKind.LOCATION),
        (types.MessageMediaContact("+10000000", "Ann", "Example", "", 1), MediaKind.CONTACT),
        (types.MessageMediaWebPage(types.WebPage(3, "https://example.org", "example.org", 0)), MediaKind.WEB_PAGE),
        (types.MessageMediaDice(6, "🎲"), MediaKind.OTHER),
        (types.MessageMediaInvoice("Tea", "A cup", "EUR", 100, "start"), MediaKind.OTHER),
        (types.MessageMediaStory(HERE, 3), MediaKind.OTHER),
        (types.MessageMediaGiveaway([1], 2, LATER), MediaKind.OTHER),
        (types.MessageMediaGame(types.Game(1, 2, "g", "Game", "", types.PhotoEmpty(3))), MediaKind.OTHER),
        (types.MessageMediaUnsupported(), MediaKind.OTHER),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, types.TLObject) else "",
)
def test_of_some_media_the_kind_alone_is_kept(media: Any, kind: MediaKind) -> None:
    assert only_media(media) == Media(kind=kind)


def test_a_preview_that_is_none_is_no_media() -> None:
    assert received(types.MessageMediaWebPage(types.WebPageEmpty(3))) == ()
    assert received(types.MessageMediaEmpty()) == ()


def test_paid_media_are_what_was_paid_for() -> None:
    bought = types.MessageExtendedMedia(document(VIDEO))
    hidden = types.MessageExtendedMediaPreview(640, 480)
    found = received(types.MessageMediaPaidMedia(5, [bought, hidden]))

    assert [media.kind for media in found] == [MediaKind.VIDEO, MediaKind.OTHER]
    assert found[1].width_px == 640


def votes(option: bytes, voters: int) -> Any:
    return types.PollAnswerVoters(option, voters=voters, recent_voters=[])


def poll(results: Any, **flags: bool) -> Any:
    question, yes, no = (types.TextWithEntities(text, []) for text in ("Will it rain?", "Yes", "No"))
    answers = [types.PollAnswer(yes, b"\0"), types.PollAnswer(no, b"\1")]
    return types.MessageMediaPoll(types.Poll(11, question, answers, 0, **flags), results)


def test_a_poll_has_the_votes_of_each_answer() -> None:
    # Results come in an order of their own.
    results = types.PollResults(results=[votes(b"\1", 3), votes(b"\0", 9)], total_voters=12)

    assert only_media(poll(results, quiz=True, closed=True)).poll == Poll(
        question="Will it rain?",
        answers=(PollAnswer(text="Yes", voters=9), PollAnswer(text="No", voters=3)),
        is_quiz=True,
        is_closed=True,
        voters=12,
    )


def test_missing_votes_are_unknown() -> None:
    found = only_media(poll(types.PollResults()))

    assert (found.id, found.poll) == (
        "11",
        Poll(question="Will it rain?", answers=(PollAnswer(text="Yes"), PollAnswer(text="No"))),
    )
