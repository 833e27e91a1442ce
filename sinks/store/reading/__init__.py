"""Questions to a store, each answered by one short read."""
