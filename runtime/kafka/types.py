"""Types of every Kafka client."""

TopicPartition = tuple[str, int]
"""Full name of a topic, and a partition of it."""
