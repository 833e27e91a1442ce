"""Exports of tdl (``tdl chat export``)."""
