"""Posts of a store written to files for other programs."""
