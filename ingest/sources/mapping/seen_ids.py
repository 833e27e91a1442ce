"""Which ids of messages have occurred, in little memory."""

_PAGE = 10
"""Ids of a channel are dense: one number has the bits of 1,024."""
_MAX_PAGES = 1 << 16


class SeenIds:
    """Ids that were added; of a file whose ids are anything but dense, those of long ago are forgotten."""

    def __init__(self) -> None:
        self._pages: dict[int, int] = {}

    def add(self, number: int) -> bool:
        """Note an id; False when it was there."""
        page, bit = number >> _PAGE, 1 << (number & ((1 << _PAGE) - 1))
        bits = self._pages.get(page, 0)
        if bits & bit:
            return False
        if not bits and len(self._pages) >= _MAX_PAGES:
            del self._pages[next(iter(self._pages))]
        self._pages[page] = bits | bit
        return True
