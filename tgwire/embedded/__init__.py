"""tgwire without Kafka: what becomes of raw posts is decided in this process, and committed to a store."""
