"""The same core under other clients: what a user could write instead of the worker."""
