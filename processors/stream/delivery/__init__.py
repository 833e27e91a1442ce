"""Records on their way to Kafka: partitions, batches, dead letters."""
