"""Parquet by day: change rows in Delta tables, in a folder or an S3-compatible bucket."""

from sinks.parquet.sink import ParquetSink

__all__ = ["ParquetSink"]
