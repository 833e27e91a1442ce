"""Reads the topics and hands batches to one sink."""
