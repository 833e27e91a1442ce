"""Channels through an account: found, read and listened to."""
