"""Messages written by Pyrogram, Hydrogram and their forks: ``str(message)``, one after the other or in a list."""
