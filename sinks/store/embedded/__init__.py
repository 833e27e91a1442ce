"""The store of a process without Kafka."""
