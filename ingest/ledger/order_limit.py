"""How far the orders that a ledger gives to states may go: durable before one of them is used."""

from runtime.sqlite_file import StateFile

RESERVE_US = 60_000_000
"""Between two writes. A start after a kill begins at most so far ahead of what was sent."""
LAYOUT = (
    "CREATE TABLE IF NOT EXISTS order_limit (id INTEGER PRIMARY KEY CHECK (id = 1), limit_us INTEGER NOT NULL) STRICT"
)


class OrderLimit:
    """Microseconds since 1970 below which orders may have been used, by this process or by one before it.

    There is one for the whole file, whatever the destination. Safe on any thread.
    """

    def __init__(self, file: StateFile) -> None:
        self._file = file
        with file.reading() as database:
            row = database.execute("SELECT limit_us FROM order_limit").fetchone()
        self._durable_us = 0 if row is None else int(row[0])
        self._used_us: int | None = None
        self.start_us = self._durable_us
        """Where a clock has to begin."""

    def raise_above(self, order_us: int) -> None:
        """Begin later: somebody has used this order."""
        self.start_us = max(self.start_us, order_us + 1)

    def reserve(self, order_us: int) -> None:
        """Allow orders up to this one to be used, durably. Raises StateError."""
        self._used_us = order_us if self._used_us is None else max(self._used_us, order_us)
        if order_us >= self._durable_us:
            self._write(order_us + RESERVE_US)

    def give_back(self) -> None:
        """At the end: what was reserved and not used. The next start then begins right behind the last one."""
        if self._used_us is not None:
            self._write(self._used_us + 1)

    def _write(self, limit_us: int) -> None:
        with self._file.writing() as database:
            database.execute("INSERT OR REPLACE INTO order_limit VALUES (1, ?)", (limit_us,))
        self._file.commit()
        self._durable_us = limit_us
