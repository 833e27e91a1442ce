"""Numbers with their nouns, as people read them."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 post``, ``1,200 posts``; ``many`` where the plural is not ``one`` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
