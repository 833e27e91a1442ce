"""The states of posts that the workers keep, made to start empty.

A worker's table is bound to the ids of ``posts.states`` and ``posts.normalized``; it starts empty where one of them is
another than before. So to make ``posts.states`` again empties the tables of all workers, on all machines.
"""

from runtime.kafka.admin import admin_client
from runtime.kafka.topics import recreate_topic
from runtime.run_files import running
from runtime.settings.tree import Settings
from schemas.topics import NORMALIZED, STATES
from tgwire.errors import WorkersRunningError

_NO_MEMBERS = {"Empty", "Dead"}
_NOT_KNOWN = "Unknown"
"""Tansu does not know the state of a group, and lists none before its first commit."""


def reset_states(settings: Settings) -> str:
    """Make ``posts.states`` again, empty; its full name.

    WorkersRunningError while a worker of the group runs: it would go on with what it knows, and write it again.
    """
    require_no_workers(settings)
    recreate_topic(settings.kafka, STATES, like=NORMALIZED)
    return settings.kafka.topic_prefix + STATES.name


def require_no_workers(settings: Settings) -> None:
    """WorkersRunningError while a worker of the group runs."""
    group = settings.worker.group
    with admin_client(settings.kafka) as admin:
        found = [str(each["group_state"]) for each in admin.list_groups() if each["group_id"] == group]
    is_known = bool(found) and found[0] != _NOT_KNOWN
    if is_known and found[0] not in _NO_MEMBERS:
        raise WorkersRunningError(
            f"workers of group {group} run ({found[0]}): stop them on every machine, and run this again; one that was "
            f"killed counts for {settings.worker.session_timeout_s:g} s more"
        )
    if not is_known and any(process.command == "worker" for process in running(settings.ingest.state_dir)):
        raise WorkersRunningError("a worker runs on this machine: stop all workers, and run this again")
