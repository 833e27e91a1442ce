"""Every format that is known, in the order in which equal claims are weighed."""

from ingest.sources.bot_api import format as bot_api
from ingest.sources.csv_table import format as csv_table
from ingest.sources.format import Format
from ingest.sources.fourcat import formats as fourcat
from ingest.sources.json_lines import format as json_lines
from ingest.sources.json_table import format as json_table
from ingest.sources.normalized import format as normalized
from ingest.sources.pandas_json import format as pandas_json
from ingest.sources.parquet import format as parquet
from ingest.sources.pushshift import format as pushshift
from ingest.sources.pyrogram import format as pyrogram
from ingest.sources.saved_preview import format as saved_preview
from ingest.sources.seed_text import format as seed_text
from ingest.sources.snscrape import format as snscrape
from ingest.sources.tdesktop_html import format as tdesktop_html
from ingest.sources.tdesktop_json import format as tdesktop_json
from ingest.sources.tdl import format as tdl
from ingest.sources.tdlib import format as tdlib
from ingest.sources.telegram_archive import format as telegram_archive
from ingest.sources.telegram_scraper import format as telegram_scraper
from ingest.sources.telegram_tracker import format as telegram_tracker
from ingest.sources.telepathy import format as telepathy
from ingest.sources.telethon import format as telethon
from ingest.sources.tg_archive import format as tg_archive
from ingest.sources.tgdataset import format as tgdataset

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
    tdlib.FORMAT,
    telethon.FORMAT,
    bot_api.FORMAT,
    pyrogram.FORMAT,
    snscrape.FORMAT,
    tgdataset.FORMAT,
    telegram_tracker.FORMAT,
    telepathy.FORMAT,
    fourcat.CSV_FORMAT,
    parquet.FORMAT,
    json_table.FORMAT,
    pandas_json.FORMAT,
    json_lines.FORMAT,
    csv_table.FORMAT,
    seed_text.FORMAT,
)


def format_by_name(name: str) -> Format | None:
    """The format of a ``--format``."""
    return next((each for each in FORMATS if each.name == name), None)
