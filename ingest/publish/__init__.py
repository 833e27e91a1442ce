"""Publishers of raw posts: Kafka, and memory with the same interface."""
