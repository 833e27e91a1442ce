"""The query language of search, feeds, exports and alerts, and the tokens that texts and queries have in common."""
