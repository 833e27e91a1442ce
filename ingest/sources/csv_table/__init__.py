"""CSV and TSV of any layout."""
