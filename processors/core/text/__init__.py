"""Text of a post: cleaned, folded, its words and its links."""
