"""What each address shows: read from the store, then given to a template, a feed or a table."""
