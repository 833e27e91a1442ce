"""Messages of TDLib, as scripts over its JSON interface write them: lists, lines, answers and logs of updates."""
