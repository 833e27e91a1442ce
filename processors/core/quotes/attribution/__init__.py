"""Attributions: which outlet a part of a post is credited to, and by what form."""
