"""CSV files of telegram-tracker, and of the data sets made with it (GRTM)."""
