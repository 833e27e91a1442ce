"""Requests to Telegram: the client, sessions, limits, errors and metrics."""
