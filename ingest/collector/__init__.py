"""Live collection: a ledger of message ids decides; updates pushed by a source are only hints."""
