"""Training of the model that decides which names are cited: see ``__main__``."""
