"""``help`` and ``users``: what a client asks when it begins."""

import inspect
from typing import Any

from telethon.tl import functions, types

from tests.support.mtproto_server.calls import Call, handles
from tests.support.mtproto_server.files import DC

DATA_CENTRES = range(1, 6)
"""All at one address, so that a client can be redirected."""
_FILLERS = {int: 0, str: "", bool: False}


@handles(functions.help.GetConfigRequest, for_anyone=True)
def get_config(call: Call) -> Any:
    now = call.world.now()
    options = [types.DcOption(number, "127.0.0.1", call.server.port) for number in DATA_CENTRES]
    return _filled(
        types.Config,
        date=now,
        expires=now,
        this_dc=DC,
        dc_options=options,
        chat_size_max=200,
        megagroup_size_max=200_000,
    )


@handles(functions.help.GetNearestDcRequest, for_anyone=True)
def get_nearest_dc(_call: Call) -> Any:
    return types.NearestDc("XX", DC, DC)


@handles(functions.users.GetUsersRequest)
def get_users(call: Call) -> Any:
    account = call.account
    found = []
    for each in call.request.id:
        if isinstance(each, types.InputUserSelf) or each.user_id == account.id:
            found.append(call.world.me(account))
        else:
            found.extend(call.world.people(account, [each.user_id]) or [types.UserEmpty(each.user_id)])
    return found


def _filled(kind: Any, **fields: Any) -> Any:
    """An object whose other required fields are empty: clients ignore them."""
    for name, parameter in inspect.signature(kind.__init__).parameters.items():
        if name not in ("self", *fields) and parameter.default is parameter.empty:
            fields[name] = _FILLERS[parameter.annotation]
    return kind(**fields)
