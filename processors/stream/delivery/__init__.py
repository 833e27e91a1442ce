"""Records in flight to Kafka: partitions, batches, dead letters."""
