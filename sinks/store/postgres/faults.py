"""Errors of PostgreSQL in words."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from sinks.store.errors import QueryTimeoutError, RacedError, StoreError, StoreUnavailableError

_RACES = (errors.UniqueViolation, errors.SerializationFailure, errors.DeadlockDetected)
_FOR_THE_OPERATOR = {
    errors.InvalidPassword: "the password is wrong. Correct store.url, or PGPASSWORD",
    errors.InvalidAuthorizationSpecification: "this user is not let in. Correct store.url",
    errors.InvalidCatalogName: "there is no such database. Create it with the encoding UTF8",
    errors.InsufficientPrivilege: "this user may not write there. Give it the rights of the tables' owner",
    errors.ReadOnlySqlTransaction: "the server is read-only. Set store.url to the primary one",
    errors.UndefinedTable: "there is no store. Run `tgwire store migrate`",
}
_CONNECTING = {
    "password authentication failed": errors.InvalidPassword,
    "no password supplied": errors.InvalidPassword,
    "does not exist": errors.InvalidCatalogName,
    "no pg_hba.conf entry": errors.InvalidAuthorizationSpecification,
}


@contextmanager
def faults_in_words(name: str) -> Iterator[None]:
    """Errors of the server become StoreError, RacedError and StoreUnavailableError; faults of ours stay as they are."""
    try:
        yield
    except _RACES as error:
        raise RacedError(f"{name}: another process wrote at the same time") from error
    except errors.IdleInTransactionSessionTimeout as error:
        raise StoreUnavailableError(f"{name}: this process was frozen, and the server let it go") from error
    except errors.QueryCanceled as error:
        raise QueryTimeoutError(f"{name}: the query took too long") from error
    except psycopg.Error as error:
        for kind, advice in _FOR_THE_OPERATOR.items():
            if isinstance(error, kind):
                raise StoreError(f"{name}: {advice}") from error
        if isinstance(error, psycopg.OperationalError):
            raise _of_operation(name, error) from error
        raise


def _of_operation(name: str, error: psycopg.OperationalError) -> StoreError | StoreUnavailableError:
    text = str(error).strip()
    if error.sqlstate is None:  # it failed to connect: libpq has only words
        for words, kind in _CONNECTING.items():
            if words in text:
                return StoreError(f"{name}: {_FOR_THE_OPERATOR[kind]}")
    # libpq adds advice, and each of several addresses again, in lines of their own.
    reason = text.partition("\n")[0].removeprefix("connection failed: ") or type(error).__name__
    if isinstance(error, errors.DiskFull):
        reason = f"the server's disk is full: {reason}"
    return StoreUnavailableError(f"{name}: {reason}")
