"""Rows of telegram-tracker."""

from ingest.sources.csv_table.known_columns import FixedCsvReader
from ingest.sources.telegram_tracker.fields import post_of


class TelegramTrackerReader(FixedCsvReader):
    """One post a row."""

    id_column = "msg_id"
    post_of = staticmethod(post_of)
