"""Settings with several values: a list in the file, text in an environment variable."""


def words(value: object) -> object:
    """Before validation of a setting with several values: a list in a file, commas or blanks in a variable."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value
