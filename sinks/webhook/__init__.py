"""Signed requests to a receiver, at least once."""

from sinks.webhook.sink import WebhookSink

__all__ = ["WebhookSink"]
