"""An archive's file on disk that changes while it is read."""

import os


def change_while_read(before: os.stat_result, after: os.stat_result, bytes_read: int) -> str | None:
    """The damage that a change did to what was read of a file, None without any.

    A file that grew is one that is being written; any other change makes nonsense of what was read.
    """
    is_rewritten = after.st_mtime_ns != before.st_mtime_ns and after.st_size <= before.st_size
    if bytes_read and (after.st_size < before.st_size or is_rewritten):
        return "the file was changed while it was read; replay it again when nobody writes to it"
    return None
