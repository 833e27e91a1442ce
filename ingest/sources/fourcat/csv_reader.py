"""Rows of 4CAT."""

from ingest.sources.csv_table.known_columns import FixedCsvReader
from ingest.sources.fourcat.csv_fields import post_of


class FourcatCsvReader(FixedCsvReader):
    """One post a row."""

    id_column = "id"
    post_of = staticmethod(post_of)
