"""JSON of any layout: lists and lines of objects, within other objects or not."""
