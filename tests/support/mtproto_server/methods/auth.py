"""``auth`` and the password of ``account``: how an account logs in and out."""

import os
import re
from typing import Any

from telethon.tl import functions, types

from tests.support.mtproto_server import srp
from tests.support.mtproto_server.accounts import Account
from tests.support.mtproto_server.calls import Call, handles
from tests.support.mtproto_server.errors import RefusedError

PHONE = re.compile(r"\+?\d{7,15}")


@handles(functions.auth.SendCodeRequest, for_anyone=True)
def send_code(call: Call) -> Any:
    request = call.request
    if request.api_id != call.server.api_id:
        raise RefusedError(400, "API_ID_INVALID")
    if not PHONE.fullmatch(request.phone_number):
        raise RefusedError(400, "PHONE_NUMBER_INVALID")
    account = call.world.account_of(request.phone_number)
    if account is not None and account.is_banned:
        raise RefusedError(400, "PHONE_NUMBER_BANNED")
    length = len(account.code) if account else 5
    return types.auth.SentCode(types.auth.SentCodeTypeApp(length), _code_hash(request.phone_number))


@handles(functions.auth.SignInRequest, for_anyone=True)
def sign_in(call: Call) -> Any:
    request = call.request
    if not PHONE.fullmatch(request.phone_number):
        raise RefusedError(400, "PHONE_NUMBER_INVALID")
    account = call.world.account_of(request.phone_number)
    if request.phone_code_hash != _code_hash(request.phone_number) or (account and account.is_code_expired):
        raise RefusedError(400, "PHONE_CODE_EXPIRED")
    if account is None:
        return types.auth.AuthorizationSignUpRequired()
    if request.phone_code != account.code:
        raise RefusedError(400, "PHONE_CODE_INVALID")
    if account.password is not None:
        call.authorization.awaits_password = account
        raise RefusedError(401, "SESSION_PASSWORD_NEEDED")
    return _logged_in(call, account)


@handles(functions.account.GetPasswordRequest, for_anyone=True)
def get_password(call: Call) -> Any:
    account = _who(call)
    settings = {"new_algo": srp.ALGORITHM, "new_secure_algo": types.SecurePasswordKdfAlgoUnknown()}
    if account.password is None:
        return types.account.Password(**settings, secure_random=b"")
    secret = int.from_bytes(os.urandom(srp.WIDTH), "big")
    srp_id = len(call.authorization.srp_secrets) + 1
    call.authorization.srp_secrets[srp_id] = secret
    return types.account.Password(
        **settings,
        secure_random=b"",
        has_password=True,
        current_algo=srp.ALGORITHM,
        srp_B=srp.public_value(account.password, secret),
        srp_id=srp_id,
    )


@handles(functions.auth.CheckPasswordRequest, for_anyone=True)
def check_password(call: Call) -> Any:
    account, check = _who(call), call.request.password
    secret = call.authorization.srp_secrets.pop(getattr(check, "srp_id", 0), None)
    if secret is None:
        raise RefusedError(400, "SRP_ID_INVALID")
    if account.password is None or not srp.is_proof(account.password, secret, check):
        raise RefusedError(400, "PASSWORD_HASH_INVALID")
    return _logged_in(call, account)


@handles(functions.auth.LogOutRequest)
def log_out(call: Call) -> Any:
    call.authorization.account = None
    return types.auth.LoggedOut()


def _who(call: Call) -> Account:
    if account := call.authorization.awaits_password or call.authorization.account:
        return account
    raise RefusedError(401, "AUTH_KEY_UNREGISTERED")


def _logged_in(call: Call, account: Account) -> Any:
    call.authorization.account, call.authorization.awaits_password = account, None
    return types.auth.Authorization(call.world.me(account))


def _code_hash(phone: str) -> str:
    return f"hash{phone.lstrip('+')}"
