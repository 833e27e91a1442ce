"""Records without a post, in words."""

from collections.abc import Iterator, Mapping

from ingest.sources.base import NoPostKind
from schemas.plurals import counted

_WORDS = {
    NoPostKind.SERVICE: ("service message", None),
    NoPostKind.UNSUPPORTED: ("unsupported message", None),
    NoPostKind.UNSENT: ("message that was not sent", "messages that were not sent"),
    NoPostKind.EMPTY: ("empty message", None),
    NoPostKind.OTHER_CHAT: ("message of a chat that is no channel", "messages of chats that are no channels"),
    NoPostKind.METADATA: ("description or update beside the posts", "descriptions or updates beside the posts"),
    NoPostKind.REPEATED: ("repeated post", None),
    NoPostKind.FILTERED: ("post outside of the selection", "posts outside of the selection"),
}


def in_words(no_posts: Mapping[NoPostKind, int]) -> Iterator[str]:
    """``3 service messages``, one for each kind."""
    return (counted(number, *_WORDS[kind]) for kind, number in sorted(no_posts.items()))
