"""Kafka for every process: connections, TLS, topics, reading, error messages."""
