"""What goes wrong at a test's data centre."""


class RefusedError(Exception):
    """The answer to a call is an ``rpc_error``. Meant: the client under test has to deal with it."""

    def __init__(self, code: int, name: str) -> None:
        super().__init__(f"{code} {name}")
        self.code, self.name = code, name


class ProtocolError(Exception):
    """A client sent what MTProto does not allow, or this server reads it wrongly: correct the one or the other."""
