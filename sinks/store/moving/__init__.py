"""A store that was filled without Kafka, while it is moved behind topics."""
