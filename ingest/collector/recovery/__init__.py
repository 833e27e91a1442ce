"""Finds and reads what no update brought: gaps, history, and posts that have to be read again."""
