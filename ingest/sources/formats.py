"""Every format that is known, in the order in which equal claims are weighed."""

from ingest.sources import (
    csv_table,
    fourcat,
    json_lines,
    json_table,
    normalized,
    parquet,
    pushshift,
    pyrogram,
    saved_preview,
    seed_text,
    snscrape,
    tdesktop_html,
    tdesktop_json,
    tdl,
    telegram_archive,
    telegram_scraper,
    telegram_tracker,
    telepathy,
    telethon,
    tg_archive,
    tgdataset,
)
from ingest.sources.format import Format

FORMATS: tuple[Format, ...] = (
    normalized.FORMAT,
    tdl.FORMAT,
    tdesktop_json.FORMAT,
    tdesktop_html.FORMAT,
    saved_preview.FORMAT,
    telegram_archive.FORMAT,
    tg_archive.FORMAT,
    telegram_scraper.FORMAT,
    pushshift.FORMAT,
    fourcat.NDJSON_FORMAT,
    telethon.FORMAT,
    pyrogram.FORMAT,
    snscrape.FORMAT,
    tgdataset.FORMAT,
    telegram_tracker.FORMAT,
    telepathy.FORMAT,
    fourcat.CSV_FORMAT,
    parquet.FORMAT,
    json_table.FORMAT,
    json_lines.FORMAT,
    csv_table.FORMAT,
    seed_text.FORMAT,
)


def format_by_name(name: str) -> Format | None:
    """The format of a ``--format``."""
    return next((each for each in FORMATS if each.name == name), None)
