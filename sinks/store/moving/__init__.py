"""A store that is filled without Kafka, on its way behind topics."""
