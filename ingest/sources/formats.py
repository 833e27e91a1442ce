"""Every format that is known, in the order in which equal claims are weighed."""

from ingest.sources import (
    json_lines,
    pushshift,
    pyrogram,
    saved_preview,
    seed_text,
    tdesktop_html,
    tdesktop_json,
    tdl,
    telegram_archive,
    telegram_scraper,
    telethon,
    tg_archive,
)
from ingest.sources.format import Format

FORMATS: tuple[Format, ...] = (
    tdl.FORMAT,
    tdesktop_json.FORMAT,
    tdesktop_html.FORMAT,
    saved_preview.FORMAT,
    telegram_archive.FORMAT,
    tg_archive.FORMAT,
    telegram_scraper.FORMAT,
    pushshift.FORMAT,
    telethon.FORMAT,
    pyrogram.FORMAT,
    json_lines.FORMAT,
    seed_text.FORMAT,
)


def format_by_name(name: str) -> Format | None:
    """The format of a ``--format``."""
    return next((each for each in FORMATS if each.name == name), None)
