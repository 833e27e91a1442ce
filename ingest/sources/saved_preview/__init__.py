"""Saved pages of public previews (t.me/s/NAME), as they were fetched or as a browser saved them."""
