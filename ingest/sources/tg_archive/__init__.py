"""Databases of tg-archive (``data.sqlite``)."""
