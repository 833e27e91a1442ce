"""What can be wrong with the data of the quote splitter."""


class QuoteDataError(Exception):
    """A registry or lexicon file is unreadable or does not fit its model. Fatal: the operator corrects the file and
    entry that the message names, and starts again.
    """
