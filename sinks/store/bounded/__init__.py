"""Reading the store for people: never a write, never longer than a limit, whatever they ask."""
