"""What runs with a folder of state, and how the store and its channels are."""
