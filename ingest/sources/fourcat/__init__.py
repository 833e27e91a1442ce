"""Data sets of 4CAT: CSV, and the NDJSON that it is made of."""

from ingest.sources.fourcat.formats import CSV_FORMAT, NDJSON_FORMAT

__all__ = ["CSV_FORMAT", "NDJSON_FORMAT"]
