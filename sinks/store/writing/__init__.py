"""From batches of records to rows. What is decided here is decided without a database, then written by one."""
