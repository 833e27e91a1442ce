"""The stages of the worker, and the batches that run through them."""
