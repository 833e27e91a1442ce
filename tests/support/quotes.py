"""What the splitter of media-quote lists finds in a text."""

from processors.core.quotes import QuoteSplitter


def outlets_of(splitter: QuoteSplitter, text: str) -> list[str]:
    """The name of the first outlet of each item, of all lists in order."""
    return [item.outlets[0].name for quotes in splitter.split(text, (), "tg:7:8") for item in quotes.items]
