"""Pages, feeds and a read-only API over a store: what a monitoring desk looks at (docs/pages.md)."""
