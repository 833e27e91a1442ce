"""One of each kind of media that a post can carry."""

from datetime import UTC, datetime
from typing import Any

from telethon.tl import types

from tests.support.mtproto_server.files import FileShelf

UNTIL = datetime(2030, 1, 1, tzinfo=UTC)
VIDEO = types.DocumentAttributeVideo(12.5, 1280, 720, supports_streaming=True)


def every_kind(files: FileShelf) -> dict[str, Any]:
    """Media by kind, with their bytes on the shelf. A story and a video stream come from elsewhere and have none."""
    return {**_of_files(files), **_of_places(), **_of_words(files), **_of_sales(files)}


def poll(question: str, *answers: str, votes: int = 0) -> Any:
    """A poll, in which the first answer has all votes."""
    options = [types.PollAnswer(_words(text), bytes([number])) for number, text in enumerate(answers)]
    counts = [
        types.PollAnswerVoters(each.option, voters=0 if each.option[0] else votes, recent_voters=[]) for each in options
    ]
    return types.MessageMediaPoll(
        types.Poll(len(question), _words(question), options, 0), types.PollResults(results=counts, total_voters=votes)
    )


def _of_files(files: FileShelf) -> dict[str, Any]:
    def document(content: bytes, mime_type: str, *attributes: Any) -> Any:
        return types.MessageMediaDocument(document=files.add(content).document(mime_type, *attributes))

    name = types.DocumentAttributeFilename
    voice = types.DocumentAttributeAudio(3, voice=True, waveform=b"\0" * 8)
    sticker = types.DocumentAttributeSticker("👍", types.InputStickerSetEmpty())
    return {
        "photo": types.MessageMediaPhoto(photo=files.add(b"a photo").photo()),
        "photo that is gone": types.MessageMediaPhoto(ttl_seconds=5),
        "video": document(b"a video", "video/mp4", VIDEO, name("clip.mp4")),
        "animation": document(b"a gif", "video/mp4", VIDEO, types.DocumentAttributeAnimated()),
        "round video": document(b"round", "video/mp4", types.DocumentAttributeVideo(2, 384, 384, round_message=True)),
        "audio": document(b"a song", "audio/mpeg", types.DocumentAttributeAudio(180, title="Song", performer="Singer")),
        "voice": document(b"a voice", "audio/ogg", voice),
        "sticker": document(b"a sticker", "image/webp", sticker),
        "document": document(b"a document", "application/pdf", name("../../etc/passwd")),
        "document that is gone": types.MessageMediaDocument(),
    }


def _of_places() -> dict[str, Any]:
    point = types.GeoPoint(long=37.62, lat=55.75, access_hash=1)
    return {
        "place": types.MessageMediaGeo(point),
        "live place": types.MessageMediaGeoLive(point, 900),
        "venue": types.MessageMediaVenue(point, "Hall", "Main street 1", "foursquare", "v1", "arts"),
        "contact": types.MessageMediaContact("10000000001", "Press", "Office", "", 0),
    }


def _of_words(files: FileShelf) -> dict[str, Any]:
    page = types.WebPage(
        5, "https://example.org/a", "example.org/a", 0, type="article", site_name="Example", title="A page"
    )
    game = types.Game(1, 1, "game", "Game", "A game", files.add(b"a game's photo").photo())
    todo = types.TodoList(_words("List"), [types.TodoItem(1, _words("First"))])
    return {
        "web page": types.MessageMediaWebPage(page),
        "empty web page": types.MessageMediaWebPage(types.WebPageEmpty(6, url="https://example.org/b")),
        "poll": poll("Which?", "This", "That", votes=7),
        "dice": types.MessageMediaDice(6, "🎲"),
        "game": types.MessageMediaGame(game),
        "to-do list": types.MessageMediaToDo(todo),
        "story": types.MessageMediaStory(types.PeerChannel(1_000_001), 1),
        "video stream": types.MessageMediaVideoStream(types.InputGroupCall(1, 1)),
        "unsupported": types.MessageMediaUnsupported(),
    }


def _of_sales(files: FileShelf) -> dict[str, Any]:
    shown = types.MessageExtendedMedia(types.MessageMediaPhoto(photo=files.add(b"a bought photo").photo()))
    return {
        "invoice": types.MessageMediaInvoice("Thing", "A thing", "EUR", 100, "start"),
        "paid media": types.MessageMediaPaidMedia(10, [types.MessageExtendedMediaPreview(w=10, h=10), shown]),
        "giveaway": types.MessageMediaGiveaway([1_000_001], 3, UNTIL, months=6),
        "giveaway's results": types.MessageMediaGiveawayResults(1_000_001, 1, 3, 0, [500_001], UNTIL, months=6),
    }


def _words(text: str) -> Any:
    return types.TextWithEntities(text, [])
