"""Which posts of an archive have come before, in little memory and time."""

from ingest.sources.format import InvalidRecordError
from schemas import RawPost
from schemas.keys import ID_LIMIT

_BLOCK_BITS = 6
_IN_BLOCK = (1 << _BLOCK_BITS) - 1
_ID_BITS = ID_LIMIT.bit_length()
_MAX_BLOCKS = 1 << 16
"""Twice as many take 13 MB. A block is 64 ids of one channel: ids of a channel are dense, so this is four million
posts, and at the very least 65,536."""


class SeenPosts:
    """The posts of one archive by channel, id and state: what a record says of its place among the states of its post
    (``edited_at``, ``order`` and whether it is a deletion). Those of long ago are forgotten.
    """

    def __init__(self) -> None:
        self._blocks: dict[int, int] = {}
        """Channel, block and state in one number -> which ids of the block have come."""
        self._earlier: dict[int, int] = {}

    def add(self, post: RawPost) -> InvalidRecordError | None:
        """Note a post, with all parts of an album; an error when the same state of it has come."""
        is_new = self._add(post, post.message_id)
        for media in post.media:
            if media.message_id is not None:
                self._add(post, media.message_id)
        if is_new:
            return None
        return InvalidRecordError(
            f"repeats post {post.message_id}: a record before it has the same id and date of edit", "id"
        )

    def _add(self, post: RawPost, message_id: int) -> bool:
        key = post.channel.id << _ID_BITS | message_id >> _BLOCK_BITS
        if post.edited_at is not None or post.order is not None or post.is_deleted:
            key = hash((key, post.edited_at, post.order, post.is_deleted))
        bit = 1 << (message_id & _IN_BLOCK)
        bits = self._blocks.get(key, 0)
        if (bits | self._earlier.get(key, 0)) & bit:
            return False
        self._blocks[key] = bits | bit
        if len(self._blocks) == _MAX_BLOCKS:
            self._earlier, self._blocks = self._blocks, {}
        return True
