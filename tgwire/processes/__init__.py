"""The long-running processes, put together from the parts of the other packages."""
