"""Metrics, health and watchdogs of a worker."""
