"""Rows of Telepathy."""

from ingest.sources.csv_table.known_columns import FixedCsvReader
from ingest.sources.telepathy.fields import post_of


class TelepathyReader(FixedCsvReader):
    """One post a row."""

    id_column = "Message ID"
    post_of = staticmethod(post_of)
