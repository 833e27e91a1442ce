"""Raw posts -> normalized records."""
