"""Which channels have a state on ``channels.state``: it is withdrawn when a channel is watched no more."""

from runtime.sqlite_file import StateFile

LAYOUT = """CREATE TABLE IF NOT EXISTS channel_states (
    destination INTEGER NOT NULL, channel INTEGER NOT NULL, PRIMARY KEY (destination, channel)
) STRICT, WITHOUT ROWID"""


class PublishedStates:
    """Channels of one destination whose state was published and not withdrawn. Durable with the ledger's commits."""

    def __init__(self, file: StateFile, destination: int) -> None:
        self._file, self._destination = file, destination
        with file.reading() as database:
            found = database.execute("SELECT channel FROM channel_states WHERE destination = ?", (destination,))
            self._channels = {channel_id for (channel_id,) in found}

    def channels(self) -> frozenset[int]:
        """Ids of the channels that have a state on ``channels.state``."""
        return frozenset(self._channels)

    def add(self, channel_id: int) -> bool:
        """The state of a channel is about to be published. Returns whether that is news, to be committed before."""
        return self._change(channel_id, "INSERT OR IGNORE INTO channel_states VALUES (?, ?)", is_there=True)

    def remove(self, channel_id: int) -> bool:
        """The state of a channel is withdrawn, durably."""
        delete = "DELETE FROM channel_states WHERE destination = ? AND channel = ?"
        return self._change(channel_id, delete, is_there=False)

    def _change(self, channel_id: int, statement: str, *, is_there: bool) -> bool:
        if (channel_id in self._channels) is is_there:
            return False
        with self._file.writing() as database:
            database.execute(statement, (self._destination, channel_id))
        (self._channels.add if is_there else self._channels.discard)(channel_id)
        return True
