"""Plain text: one file is one post."""
