"""Channels and archives -> raw posts -> Kafka."""
