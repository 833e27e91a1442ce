"""The interface of a file that is to be fetched: its bytes from an offset on, and how it may fail."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Protocol

from schemas import Media


class RemoteFile(Protocol):
    """A file of a message that a source can download."""

    @property
    def media(self) -> Media:
        """Kind, id, type and size of the file, as far as they are known; the id always is."""

    @property
    def account(self) -> str:
        """Name of the account through which it is fetched."""

    @property
    def post_key(self) -> str:
        """Key of the post whose message carries the file."""

    @property
    def step(self) -> int:
        """Offsets from which it can be fetched are multiples of this."""

    def chunks(self, offset: int = 0) -> AsyncGenerator[bytes, None]:
        """The bytes of the file, from an offset on.

        Raises ReaderBusyError and ReaderLostError when it can be requested again, FileUnavailableError when it cannot.
        """


Find = Callable[[int, int, str], Awaitable[RemoteFile]]
"""A file by channel id, message id and media id; raises as ``RemoteFile.chunks`` does."""
