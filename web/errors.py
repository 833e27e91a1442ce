"""What can go wrong with the pages.

- ServeError (fatal): the pages cannot be served so; the text explains what to set
- RefusedRequestError: a request that cannot be answered as it is; it becomes a page of its own
"""

from runtime.errors import FatalError


class ServeError(FatalError):
    """The pages cannot be served as they are set. Operator: do what the text says."""


class RefusedRequestError(Exception):
    """A request that is not answered: ``status`` is HTTP's, the rest is for the reader of the page."""

    def __init__(self, status: int, title: str, hint: str = "", pointed: str | None = None) -> None:
        """``pointed``: a query, with a caret below what is wrong with it."""
        self.status, self.title, self.hint, self.pointed = status, title, hint, pointed
        super().__init__(title)


def not_found(what: str) -> RefusedRequestError:
    """The error for something that the store does not have."""
    return RefusedRequestError(404, f"{what} is not here", "It may have been removed from the store, or never arrived.")
