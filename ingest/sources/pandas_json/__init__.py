"""JSON of pandas (``DataFrame.to_json``) in the layouts that are no list of objects."""
