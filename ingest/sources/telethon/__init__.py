"""Dumps of Telethon's messages: ``to_dict`` or ``to_json``, one after the other or in a list."""
