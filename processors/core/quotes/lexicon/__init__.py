"""The words that the quote splitter knows: outlets, cues, and terms of the press."""
