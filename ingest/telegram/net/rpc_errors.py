"""From Telethon's exceptions to errors that explain what an operator should do."""

from telethon import errors
from telethon.errors.rpcerrorlist import rpc_errors_dict

from ingest.errors import (
    AccountError,
    AccountState,
    ChannelUnavailableError,
    ReaderBusyError,
    ReaderLostError,
    TakeoutEndedError,
    UnavailableReason,
    UnreadableAnswerError,
)
from ingest.telegram.net.flood_waits import UNNAMED_WAIT_S
from runtime.errors import TgwireError

CAUGHT = (
    errors.RPCError,
    OSError,
    errors.TypeNotFoundError,
    errors.AuthKeyNotFound,
    errors.BadMessageError,
    BufferError,
)
"""What a request of Telethon's can raise."""

_NAMES: dict[type, str] = {kind: name for name, kind in rpc_errors_dict.items()}

_SIGN_IN = "Sign in again: tgwire login."
_FROZEN = (
    "Telegram has frozen the account, which can only read its own data. Appeal in an official app, or use another one."
)
_ACCOUNT: dict[type, tuple[AccountState, str]] = {
    errors.ApiIdInvalidError: (
        "wrong_api_id",
        "telegram.api_id and telegram.api_hash do not belong together; copy both from https://my.telegram.org",
    ),
    errors.ConnectionApiIdInvalidError: (
        "wrong_api_id",
        "Telegram does not know telegram.api_id; copy it from https://my.telegram.org",
    ),
    errors.ApiIdPublishedFloodError: (
        "wrong_api_id",
        "telegram.api_id is one that was published and is blocked; create your own at https://my.telegram.org",
    ),
    errors.AuthKeyDuplicatedError: (
        "signed_out",
        "the session was used from two places at once, and Telegram has voided it for good. "
        f"Never copy a session file to a second machine. {_SIGN_IN}",
    ),
    errors.SessionRevokedError: ("signed_out", f"the session was ended from another device. {_SIGN_IN}"),
    errors.SessionExpiredError: ("signed_out", f"the session has expired. {_SIGN_IN}"),
    errors.AuthKeyUnregisteredError: ("signed_out", f"not signed in, or signed out by Telegram. {_SIGN_IN}"),
    errors.AuthKeyInvalidError: ("signed_out", f"Telegram does not accept the session's key. {_SIGN_IN}"),
    errors.AuthKeyPermEmptyError: ("signed_out", f"Telegram does not accept the session's key. {_SIGN_IN}"),
    errors.AuthKeyNotFound: ("signed_out", f"Telegram does not know the session's key any more. {_SIGN_IN}"),
    errors.SessionPasswordNeededError: (
        "signed_out",
        f"the sign-in was not finished: the password is missing. {_SIGN_IN}",
    ),
    errors.UserDeactivatedError: (
        "banned",
        "Telegram has deleted or deactivated the account. Use another one.",
    ),
    errors.UserDeactivatedBanError: (
        "banned",
        "Telegram has banned the account. Appeal in an official app or to recover@telegram.org, or use another one.",
    ),
    errors.FrozenMethodInvalidError: ("banned", _FROZEN),
    errors.FrozenParticipantMissingError: ("banned", _FROZEN),
    errors.PhoneNumberBannedError: (
        "banned",
        "Telegram has banned the phone number. Appeal in an official app or to recover@telegram.org, or use another.",
    ),
}
_CHANNEL: dict[type, tuple[UnavailableReason, str]] = {
    errors.ChannelPrivateError: (
        "private",
        "private: the account is not a member, or was removed. Join it with the account, or drop it from the list.",
    ),
    errors.ChannelPublicGroupNaError: ("private", "not available to the account. Join it, or drop it from the list."),
    errors.ChatForbiddenError: ("private", "closed to the account. Join it, or drop it from the list."),
    errors.ChatAdminRequiredError: ("private", "only its administrators may read it. Drop it from the list."),
    errors.UserBannedInChannelError: ("banned", "the account is banned from it. Use another account, or drop it."),
    errors.ChannelBannedError: ("banned", "Telegram has banned it. Drop it from the list."),
    errors.UsernameNotOccupiedError: ("unknown", "no such name. Correct it, or drop it from the list."),
    errors.UsernameInvalidError: ("unknown", "not a name that Telegram allows. Correct it."),
    errors.ChannelInvalidError: ("invalid", "Telegram does not know it under the access hash that is kept."),
    errors.PeerIdInvalidError: ("invalid", "Telegram does not know it under the access hash that is kept."),
    errors.ChannelsTooMuchError: (
        "private",
        "the account is in as many channels as Telegram allows. Leave some, or use another account.",
    ),
    errors.InviteRequestSentError: ("private", "it admits members by hand: the request to join was sent."),
}


def code_of(error: BaseException) -> str:
    """Telegram's name of an error: ``CHANNEL_PRIVATE``."""
    if isinstance(error, errors.RPCError):
        return _NAMES.get(type(error)) or str(error.message)
    return type(error).__name__


def account_error(account: str, error: BaseException) -> AccountError | None:
    """The error as one of the account, when it is one."""
    state, advice = _ACCOUNT.get(type(error), (None, ""))
    if state is None and type(error) is errors.UnauthorizedError:
        state, advice = "signed_out", f"Telegram refuses the session. {_SIGN_IN}"
    return None if state is None else AccountError(f"account {account}: {advice} ({code_of(error)})", state)


def translate(account: str, method: str, about: str | None, error: BaseException) -> TgwireError:
    """The error that a caller of a reader gets. ``about`` names the channel that the request was for."""
    if found := account_error(account, error):
        return found
    if isinstance(error, errors.FloodError):
        wait_s = float(getattr(error, "seconds", UNNAMED_WAIT_S))
        return ReaderBusyError(f"account {account}: {method} must wait {wait_s:g} s ({code_of(error)})", wait_s)
    if isinstance(error, errors.TypeNotFoundError):
        return UnreadableAnswerError(
            f"account {account}: the answer to {method} holds a type that this version does not know "
            f"({error.invalid_constructor_id:08x}). Upgrade tgwire, or report it."
        )
    if isinstance(error, errors.TakeoutInvalidError):
        return TakeoutEndedError(f"account {account}: Telegram has ended the takeout session; a new one is begun.")
    if about is not None and (known := _CHANNEL.get(type(error))):
        state, advice = known
        return ChannelUnavailableError(f"{about}: {advice} ({code_of(error)})", state)
    if about is not None and isinstance(error, errors.RPCError) and 400 <= (error.code or 500) < 500:
        return ChannelUnavailableError(f"{about}: Telegram refuses {method} ({code_of(error)}). Report it.", "invalid")
    return ReaderLostError(f"account {account}: {method} failed ({_reason(error)})")


def _reason(error: BaseException) -> str:
    words = str(error) if isinstance(error, OSError) and not _may_hold_secrets(error) else ""
    return words or code_of(error)  # a timeout has no words


def _may_hold_secrets(error: BaseException) -> bool:
    """A proxy's own words are not ours to print."""
    return type(error).__module__.startswith(("python_socks", "telethon.network.connection"))
