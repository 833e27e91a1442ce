"""``account``'s export sessions, in which history may be read faster."""

from typing import Any

from telethon.tl import functions, types

from tests.support.mtproto_server.calls import Call, handles
from tests.support.mtproto_server.errors import RefusedError


@handles(functions.account.InitTakeoutSessionRequest)
def init_takeout_session(call: Call) -> Any:
    call.authorization.takeout_id = 42_000 + call.account.id
    return types.account.Takeout(call.authorization.takeout_id)


@handles(functions.account.FinishTakeoutSessionRequest)
def finish_takeout_session(call: Call) -> Any:
    if not call.in_takeout:
        raise RefusedError(403, "TAKEOUT_REQUIRED")
    call.authorization.takeout_id = None
    return True
