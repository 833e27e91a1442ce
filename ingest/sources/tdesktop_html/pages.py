"""Which pages of a folder are one chat, and in which order."""

import re
from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile

_NAME = re.compile(r"(.*?)([0-9]*)\.html?", re.IGNORECASE | re.DOTALL)
_MAX_DIGITS = 9


def pages_of(first: ArchiveFile, others: Sequence[ArchiveFile]) -> Sequence[ArchiveFile]:
    """The pages that ``first`` begins; only others where it is not the first of its chat.

    The page without a number is the first one. Pages are published with it renamed to ``index.html``, which begins the
    numbered pages of the folder where nothing else does.
    """
    files = sorted((first, *others), key=lambda file: file.base_name)
    stems = {_place(file)[0] for file in files if _place(file)[1] > 1}
    headless = sorted(stems - {_place(file)[0] for file in files if _place(file)[1] <= 1})
    mine = _stem(first, headless)
    pages = sorted((file for file in files if _stem(file, headless) == mine), key=lambda file: _place(file)[1])
    return tuple(pages) if pages[0] is first else tuple(page for page in pages if page is not first)


def _stem(file: ArchiveFile, headless: Sequence[str]) -> str:
    stem = _place(file)[0]
    return headless[0] if stem == "index" and len(headless) == 1 else stem


def _place(file: ArchiveFile) -> tuple[str, int]:
    """The stem of a page's name, and its number; 1 for none."""
    match = _NAME.fullmatch(file.base_name)
    if match is None or len(match[2]) > _MAX_DIGITS:
        return file.base_name, 1
    return match[1].lower(), int(match[2] or 1)
