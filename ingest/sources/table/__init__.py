"""Tables of any layout (CSV, JSON, Parquet): which column is which field of a post, and a row -> RawPost."""
