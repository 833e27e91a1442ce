"""From a request to its answer: wrappers, faults, permission, the method's handler."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from telethon.tl import functions, types

from tests.support.mtproto_server.accounts import Account, Authorization
from tests.support.mtproto_server.connection import Connection
from tests.support.mtproto_server.errors import RefusedError
from tests.support.mtproto_server.faults import Effect
from tests.support.mtproto_server.serialized import to_bytes

if TYPE_CHECKING:
    from tests.support.mtproto_server.server import DataCentre
    from tests.support.mtproto_server.world import World

REMEMBERED = 10_000
Handler = Callable[["Call"], Any]


@dataclass
class Call:
    """A request in its circumstances."""

    server: "DataCentre"
    authorization: Authorization
    request: Any
    method: str
    """As Telegram writes it: ``messages.getHistory``."""
    in_takeout: bool

    @property
    def world(self) -> "World":
        return self.server.world

    @property
    def account(self) -> Account:
        """Who calls; raises `RefusedError` when nobody is logged in."""
        if self.authorization.account is None:
            raise RefusedError(401, "AUTH_KEY_UNREGISTERED")
        return self.authorization.account


class Method(NamedTuple):
    """How a method is answered."""

    handler: Handler
    for_anyone: bool
    """Whether it needs no login."""


METHODS: dict[int, Method] = {}
"""By the request's constructor; `tests.support.mtproto_server.methods` fills it."""


def handles(request: Any, *, for_anyone: bool = False) -> Callable[[Handler], Handler]:
    """Make a function the handler of a method."""

    def register(handler: Handler) -> Handler:
        METHODS[request.CONSTRUCTOR_ID] = Method(handler, for_anyone)
        return handler

    return register


def method_name(request: Any) -> str:
    """``messages.getHistory`` for ``telethon.tl.functions.messages.GetHistoryRequest``."""
    kind = type(request)
    name = kind.__name__.removesuffix("Request")
    space = kind.__module__.removeprefix("telethon.tl.functions").lstrip(".")
    name = name[0].lower() + name[1:]
    return f"{space}.{name}" if space else name


class Calls:
    """Answers calls and keeps count of them."""

    def __init__(self, server: "DataCentre", methods: Mapping[int, Method]) -> None:
        self._server, self._methods = server, methods
        self.counts: Counter[tuple[int | None, str]] = Counter()
        """Calls by account id and method, refused ones among them."""
        self.recent: deque[tuple[int | None, str, Any]] = deque(maxlen=REMEMBERED)
        """Account id, method and request of the latest ones."""
        self.in_takeout: Counter[str] = Counter()
        self.alterations: defaultdict[str, deque[Callable[[Any], None]]] = defaultdict(deque)
        """By method: each changes one answer, in this order, before it is sent."""

    def count(self, method: str, account: Account | None = None) -> int:
        """Calls of a method, by one account or by all."""
        if account is not None:
            return self.counts[account.id, method]
        return sum(count for (_, name), count in self.counts.items() if name == method)

    def handle(self, connection: Connection, message_id: int, wrapped: Any) -> None:
        """Answer a request, or do to it what the schedule of faults asks."""
        if (authorization := connection.authorization) is None:
            raise AssertionError("a call comes encrypted, with a known key")
        request, silent, takeout_id, refusal = self._unwrap(wrapped)
        call = Call(self._server, authorization, request, method_name(request), takeout_id is not None)
        account_id = authorization.account.id if authorization.account else None
        self.counts[account_id, call.method] += 1
        self.recent.append((account_id, call.method, request))
        if takeout_id is not None:
            self.in_takeout[call.method] += 1
            if takeout_id != authorization.takeout_id:
                refusal = RefusedError(400, "TAKEOUT_INVALID")
        fault = self._server.faults.next(call.method, account_id, in_takeout=call.in_takeout)
        if fault is not None and fault.effect is Effect.DROP:
            connection.abort()
            return
        if fault is not None and fault.effect is Effect.CLOSE:
            connection.close()
            return
        if fault is not None and fault.effect is Effect.GARBLE:
            connection.garble()
            return
        if fault is not None and fault.effect is Effect.HANG:
            return
        if fault is not None and fault.effect is Effect.REFUSE:
            refusal = RefusedError(fault.code, fault.name)
        body = self._answer(call, refusal)
        if call.method != "help.getConfig":
            connection.wants_updates = not silent
        if fault is not None and fault.effect is Effect.DROP_AFTER:
            connection.abort()
        elif fault is not None and fault.effect is Effect.DELAY:
            asyncio.get_running_loop().call_later(fault.delay_s, connection.reply, message_id, body)
        else:
            connection.reply(message_id, body)

    def _unwrap(self, request: Any) -> tuple[Any, bool, int | None, RefusedError | None]:
        """The request itself, whether it wants no updates, its takeout session, the error that its wrapping brings."""
        silent, takeout_id, refusal = False, None, None
        while True:
            match request:
                case functions.InitConnectionRequest():
                    if request.api_id <= 0:
                        refusal = RefusedError(400, "CONNECTION_API_ID_INVALID")
                case functions.InvokeWithoutUpdatesRequest():
                    silent = True
                case functions.InvokeWithTakeoutRequest():
                    takeout_id = request.takeout_id
                case (
                    functions.InvokeWithLayerRequest()
                    | functions.InvokeAfterMsgRequest()
                    | functions.InvokeAfterMsgsRequest()
                ):
                    pass
                case _:
                    return request, silent, takeout_id, refusal
            request = request.query

    def _answer(self, call: Call, refusal: RefusedError | None) -> bytes:
        try:
            if refusal is not None:
                raise refusal
            return to_bytes(self._result(call))
        except RefusedError as error:
            return to_bytes(types.RpcError(error.code, error.name))
        except Exception as error:  # noqa: BLE001 - a client must not wait for ever on a bug of this server
            self._server.errors.append(error)
            return to_bytes(types.RpcError(400, f"TEST_SERVER_BUG_{type(error).__name__.upper()}"))

    def _result(self, call: Call) -> Any:
        if call.authorization.refusal is not None:
            raise call.authorization.refusal
        if (account := call.authorization.account) and account.is_banned:
            raise RefusedError(401, "USER_DEACTIVATED_BAN")
        if (method := self._methods.get(call.request.CONSTRUCTOR_ID)) is None:
            raise NotImplementedError(f"{call.method}: add a handler to tests/support/mtproto_server/methods")
        if account is None and not method.for_anyone:
            raise RefusedError(401, "AUTH_KEY_UNREGISTERED")
        answer = method.handler(call)
        if alterations := self.alterations[call.method]:
            alterations.popleft()(answer)
        return answer
