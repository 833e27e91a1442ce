"""JSON lines, exactly once: records as they are, one to a line, in files that are rotated by day and size."""

from sinks.jsonl.sink import JsonlSink

__all__ = ["JsonlSink"]
