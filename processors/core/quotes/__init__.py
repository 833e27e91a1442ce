"""Media-quote lists: the runs of a post that report what news outlets wrote."""

from processors.core.quotes.explain import Reason, ReasonSubject
from processors.core.quotes.lexicon.errors import QuoteDataError
from processors.core.quotes.loading import load_splitter
from processors.core.quotes.splitter import QuoteSplitter

__all__ = ["QuoteDataError", "QuoteSplitter", "Reason", "ReasonSubject", "load_splitter"]
