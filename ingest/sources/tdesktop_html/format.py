"""HTML exports of Telegram Desktop: pages of 1,000 messages each, of one chat or within a full export."""

import re
from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.tdesktop_html.pages import pages_of

_TITLE = re.compile(r"<title>\s*Exported Data\s*</title>", re.IGNORECASE)
_CHAT_PAGE = re.compile(r'class="page_body chat_page"')
_MESSAGE = re.compile(r'class="message (?:default|service)\b')
_OTHER_PAGE = re.compile(r'class="page_(?:body|header|wrap)\b')
_LAYOUT = {"style.css": re.compile(r"\.chat_page\b|\.page_wrap\b"), "script.js": re.compile(r"\bCheckLocation\b")}
"""Files beside the pages, by what only theirs hold."""


class DesktopHtmlFormat:
    """Pages titled "Exported Data" whose body is a ``chat_page``; the same program's lists hold no posts."""

    name = "tdesktop-html"
    title = "Telegram Desktop (HTML)"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """By classes of the page: people give pages that they publish other titles and names."""
        layout = _LAYOUT.get(sample.base_name.lower())
        if layout is not None and layout.search(sample.text):
            return FormatMatch(Certainty.CERTAIN, holds_posts=False, note="layout of a Telegram Desktop export")
        if not sample.text.startswith("<"):
            return None
        is_titled = bool(_TITLE.search(sample.text))
        if _CHAT_PAGE.search(sample.text) and (is_titled or _MESSAGE.search(sample.text)):
            return FormatMatch(Certainty.CERTAIN)
        if is_titled and _OTHER_PAGE.search(sample.text):
            note = "a page of a Telegram Desktop export that lists chats, contacts or sessions"
            return FormatMatch(Certainty.CERTAIN, holds_posts=False, note=note)
        return None

    def parts(self, first: ArchiveFile, others: Sequence[ArchiveFile]) -> Sequence[ArchiveFile]:
        """``messages.html`` (or ``index.html``), ``messages2.html``, ``messages3.html`` ..., by number."""
        return pages_of(first, others)

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        from ingest.sources.tdesktop_html.reader import DesktopHtmlReader  # a parser that few commands need

        return RecordSource(self.name, files, options, DesktopHtmlReader)


FORMAT = DesktopHtmlFormat()
