"""What can go wrong with a store.

- StoreUnavailableError (transient): the database is away, busy or full; the same write can succeed later
    - RacedError
    - QueryTimeoutError
- StoreError (fatal): an operator has to act; the text explains how
    - NewerStoreError
    - StoreInUseError
    - StoreReadOnlyError
- StatementTimeError (fatal), StatementRefusedError (poison): an SQL statement that somebody wrote
"""

from runtime.errors import FatalError, PoisonError, TransientError


class StoreUnavailableError(TransientError):
    """The database is away, busy or full. Operator: bring it back; the same write is tried again."""


class RacedError(StoreUnavailableError):
    """Another process has written what was read before. The batch is planned again, from what is there now."""


class QueryTimeoutError(StoreUnavailableError):
    """A reader's question took longer than it may. Whoever asked: ask for less."""


class StoreError(FatalError):
    """The store cannot be used as it is; the text explains what to do."""


class NewerStoreError(StoreError):
    """A newer tgwire wrote the store. Operator: use that version, or a store of its own."""


class StoreInUseError(StoreError):
    """Another process writes to the store. Operator: end that one, or wait for it."""


class StoreReadOnlyError(StoreError):
    """The user may read the store, but not write it. Operator: make its file and folder writable."""


class StatementTimeError(FatalError):
    """A statement took longer than its limit. Operator: narrow it, or give it more time."""


class StatementRefusedError(PoisonError):
    """A statement that is wrong, writes, or asks for more than it may have. Operator: correct it."""
