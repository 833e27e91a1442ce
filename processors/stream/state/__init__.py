"""The state of a worker: states of posts and the duplicate index, on disk and in snapshots."""
