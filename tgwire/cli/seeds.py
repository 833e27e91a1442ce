"""The posts that come with the project's source tree."""

from pathlib import Path

from ingest.errors import SourceNotFoundError

SEEDS = Path(__file__).parents[2] / "seeds"


def require_seeds() -> None:
    """Raise SourceNotFoundError where tgwire is installed without its source tree."""
    if not SEEDS.exists():
        raise SourceNotFoundError("The seeds come with tgwire's source tree only: name a file or folder of posts.")
