"""Sources of raw posts, one file for each."""
