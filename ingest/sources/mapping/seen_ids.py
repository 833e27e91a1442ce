"""Which ids of messages have occurred, in little memory and time."""

_PAGE_BITS = 16
_MAX_PAGES = 256
"""16 MB; ids of a channel are dense, so this is 16 million messages."""


class SeenIds:
    """Ids that were added; of a file whose ids are anything but dense, those of long ago are forgotten."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}
        self._at = -1
        self._page = bytearray()

    def add(self, number: int) -> bool:
        """Note an id; False when it was there."""
        at = number >> _PAGE_BITS
        if at != self._at:
            self._turn_to(at)
        page, place = self._page, number & 0xFFFF
        if page[place]:
            return False
        page[place] = 1
        return True

    def _turn_to(self, at: int) -> None:
        if at not in self._pages:
            if len(self._pages) >= _MAX_PAGES:
                del self._pages[next(iter(self._pages))]
            self._pages[at] = bytearray(1 << _PAGE_BITS)
        self._at, self._page = at, self._pages[at]
