"""Kafka for every process: connections, TLS, topics, reading, faults in words."""
