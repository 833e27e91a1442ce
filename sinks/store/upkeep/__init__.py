"""What is done to a store beside writing records: checking, repairing, taking out, copying."""
