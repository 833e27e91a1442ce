"""Normalized records -> files and databases."""
