"""What the tests of media-quote lists share."""

import pytest

from processors.core.quotes import QuoteSplitter, load_splitter


@pytest.fixture(scope="session")
def splitter() -> QuoteSplitter:
    """With the package's registry, lexicons and weights."""
    return load_splitter()
