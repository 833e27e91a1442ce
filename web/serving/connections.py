"""How many connections the process takes: each is an open file, of which systems allow a process 1,024 at first."""

import resource
from typing import Final

import structlog

OTHERS: Final = 200
"""Open files that are no connections: of the store, of pictures, of Python."""
_log = structlog.stdlib.get_logger(__name__)


def connections_for(pages: int) -> int:
    """Room for so many open pages: a connection that follows and one that browsers keep a while, for each and 500 more.

    The limit of open files is raised for it, as far as the system lets the process; a lower one is logged.
    """
    wanted = 2 * pages + 500
    least = wanted + OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < least:
        soft = least if hard == resource.RLIM_INFINITY else min(least, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft != resource.RLIM_INFINITY and soft < least:
        room = max(1, soft - OTHERS)
        if room < pages:
            _log.warning("fewer pages can follow than may: raise the hard limit of open files", room=room, limit=hard)
        return room
    return wanted
