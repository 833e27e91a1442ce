"""From one process without Kafka to topics: records, what is known of posts, and what the collector knows."""
