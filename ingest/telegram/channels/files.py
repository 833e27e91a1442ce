"""Files of messages, fetched through an account."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from telethon import TelegramClient, errors
from telethon.tl import types

from ingest.errors import FileUnavailableError, ReaderBusyError, ReaderLostError
from ingest.telegram.messages.media import document_metadata, largest_size, photo_metadata
from ingest.telegram.net.flood_waits import UNNAMED_WAIT_S
from runtime.errors import TgwireError
from schemas import Media, post_key

CHUNK_BYTES = 512 << 10
"""The most that Telegram recommends for one request."""
_STALE = (errors.FileReferenceExpiredError, errors.FileReferenceInvalidError, errors.FileReferenceEmptyError)


@dataclass(frozen=True, slots=True)
class FileAccess:
    """What fetching files takes of an account."""

    client: Callable[[], TelegramClient]
    """The client of now; may raise an TgwireError. Its ``flood_sleep_threshold`` is 0: sleep would look like a hang."""
    message: Callable[[int, int], Awaitable[types.TypeMessage]]
    """A message as it is now, by channel id and message id; may raise an TgwireError."""
    timeout_s: float
    """Longest wait for one chunk, in seconds."""
    account: str = "main"
    """Name of the account."""


class FileReceiver(Protocol):
    """Fetches files later, as ``ingest.media.downloader.MediaDownloader`` does."""

    def offer(self, file: "TelegramFile") -> None:
        """Take note of a file that a message has; never waits or raises."""

    async def wait_for_room(self) -> None:
        """Wait until there is room for more: for whoever can wait."""


@dataclass(frozen=True, slots=True)
class _FileLocation:
    """Where a file is. It holds for hours; then its message has to be requested again."""

    media: Media
    location: types.TypeInputFileLocation
    dc_id: int


class TelegramFile:
    """A ``RemoteFile`` (``ingest.media.remote_file``)."""

    def __init__(self, place: _FileLocation, channel_id: int, message_id: int, access: FileAccess) -> None:
        self._place, self._access = place, access
        self._channel_id, self._message_id = channel_id, message_id

    @property
    def media(self) -> Media:
        """See ``RemoteFile``."""
        return self._place.media

    @property
    def post_key(self) -> str:
        """See ``RemoteFile``."""
        return post_key(self._channel_id, self._message_id)

    @property
    def account(self) -> str:
        """See ``RemoteFile``."""
        return self._access.account

    @property
    def step(self) -> int:
        """See ``RemoteFile``: Telegram wants offsets that are multiples of what is requested."""
        return CHUNK_BYTES

    async def chunks(self, offset: int = 0) -> AsyncGenerator[bytes, None]:
        """See ``RemoteFile``. A place that has become stale is looked up again, as often as chunks come in between."""
        received, is_renewed = offset, False
        while True:
            try:
                async with aclosing(self._from(received)) as chunks:
                    async for chunk in chunks:
                        received, is_renewed = received + len(chunk), False
                        yield chunk
                return
            except _STALE as error:
                if is_renewed:
                    raise self._error(error) from None
                await self._renew()
                is_renewed = True
            except (errors.RPCError, errors.TypeNotFoundError, BufferError, OSError) as error:
                # Without the cause: Telethon's errors hold the request.
                raise self._error(error) from None

    async def _from(self, offset: int) -> AsyncGenerator[bytes, None]:
        place = self._place
        download = self._access.client().iter_download(
            place.location,
            offset=offset,
            request_size=CHUNK_BYTES,
            file_size=place.media.size_bytes,
            dc_id=place.dc_id,
        )
        try:
            while True:
                async with asyncio.timeout(self._access.timeout_s):
                    chunk = await anext(download, None)
                if chunk is None:
                    return
                yield bytes(chunk)
        finally:
            await download.close()

    async def _renew(self) -> None:
        message = await self._access.message(self._channel_id, self._message_id)
        for place in _places(getattr(message, "media", None)):
            if place.media.id == self.media.id:
                self._place = place
                return
        raise FileUnavailableError(f"{self.post_key}: the message is gone, or holds another file now.")

    def _error(self, error: Exception) -> TgwireError:
        if isinstance(error, errors.FloodError):
            wait_s = float(getattr(error, "seconds", UNNAMED_WAIT_S))
            return ReaderBusyError(f"{self.post_key}: its file must wait {wait_s:.0f} s (flood wait)", wait_s)
        name = type(error).__name__
        if isinstance(error, OSError | BufferError) or (_error_code(error) or 0) >= 500:
            return ReaderLostError(f"{self.post_key}: no answer to a request for its file ({name})")
        return FileUnavailableError(f"{self.post_key}: Telegram refuses its file ({name}).")


def _error_code(error: Exception) -> int | None:
    """The code of an RPC error: 5xx, and its negative, are the server's own trouble."""
    return abs(error.code) if isinstance(error, errors.RPCError) and error.code else None


def files_of(message: types.TypeMessage, channel_id: int, access: FileAccess) -> Iterator[TelegramFile]:
    """The files that a message carries itself; what the preview of a link shows is none of them."""
    for place in _places(getattr(message, "media", None)):
        yield TelegramFile(place, channel_id, message.id, access)


class FileOffers:
    """Offers the files of messages to a receiver (``ingest.telegram.messages.parser.MessageFiles``)."""

    def __init__(self, receiver: FileReceiver, access: FileAccess) -> None:
        self._receiver, self._access = receiver, access

    def offer(self, message: types.TypeMessage, channel_id: int) -> None:
        """See ``MessageFiles``."""
        for file in files_of(message, channel_id, self._access):
            self._receiver.offer(file)

    async def wait_for_room(self) -> None:
        """See ``MessageFiles``."""
        await self._receiver.wait_for_room()


def _places(media: types.TypeMessageMedia | None) -> Iterator[_FileLocation]:
    match media:
        case types.MessageMediaPhoto(photo=types.Photo()):
            yield from _photo(media.photo)
        case types.MessageMediaDocument(document=types.Document()):
            file = media.document
            location = types.InputDocumentFileLocation(file.id, file.access_hash, file.file_reference, "")
            yield _FileLocation(document_metadata(file), location, file.dc_id)
        case types.MessageMediaPoll():
            yield from _places(media.attached_media)
        case types.MessageMediaPaidMedia():
            for extended in media.extended_media:
                if isinstance(extended, types.MessageExtendedMedia):
                    yield from _places(extended.media)


def _photo(photo: types.Photo) -> Iterator[_FileLocation]:
    size = largest_size(photo)
    if size is not None:
        location = types.InputPhotoFileLocation(photo.id, photo.access_hash, photo.file_reference, size.type)
        yield _FileLocation(photo_metadata(photo), location, photo.dc_id)
