"""Live collection: a ledger of message ids is the truth, and what a source pushes only a hint."""
