"""What the citation reader finds in a text alone."""

from functools import cache

from processors.core.citations import CitationFinder, load_finder
from processors.core.quotes import load_splitter
from schemas import Channel, Citation


@cache
def _finder() -> CitationFinder:
    return load_finder(load_splitter().registry)


def cited(text: str) -> list[Citation]:
    """The citations of a text in a channel that belongs to no outlet."""
    (named,) = load_splitter().name_all([text])
    return list(_finder().citations(named, (), Channel(id=7), "tg:7:1"))
