"""The ledger of live collection: which message ids of a channel are explained, and by what."""
