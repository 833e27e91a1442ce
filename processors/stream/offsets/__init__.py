"""Offsets: what was consumed, what may be committed, and how far the group is behind."""
