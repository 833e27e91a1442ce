"""Parquet files of any layout."""
