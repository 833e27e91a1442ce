"""The server: who may read, the store's readers, and news as they come."""
