"""Errors of Telethon's as an operator reads them."""

import pytest
from telethon import errors
from telethon.errors.rpcerrorlist import rpc_errors_dict
from telethon.tl import functions, types

from ingest.errors import (
    AccountError,
    ChannelUnavailableError,
    ReaderBusyError,
    ReaderLostError,
    TakeoutEndedError,
    UnreadableAnswerError,
)
from ingest.telegram.net.method_names import LABELS, OTHER, label_of, name_of
from ingest.telegram.net.rpc_errors import translate
from runtime.errors import TgwireError

PEER = types.InputPeerChannel(1, 2)
HISTORY = functions.messages.GetHistoryRequest(PEER, 0, None, 0, 1, 0, 0, 0)


def translated(error: BaseException, about: str | None = "channel @news (1)") -> TgwireError:
    return translate("main", "messages.getHistory", about, error)


@pytest.mark.parametrize(
    ("name", "kind", "state"),
    [
        ("CHANNEL_PRIVATE", ChannelUnavailableError, "private"),
        ("CHANNEL_INVALID", ChannelUnavailableError, "invalid"),
        ("USER_BANNED_IN_CHANNEL", ChannelUnavailableError, "banned"),
        ("CHANNEL_BANNED", ChannelUnavailableError, "banned"),
        ("USERNAME_NOT_OCCUPIED", ChannelUnavailableError, "unknown"),
        ("USERNAME_INVALID", ChannelUnavailableError, "unknown"),
        ("AUTH_KEY_DUPLICATED", AccountError, "signed_out"),
        ("SESSION_REVOKED", AccountError, "signed_out"),
        ("USER_DEACTIVATED_BAN", AccountError, "banned"),
        ("FROZEN_METHOD_INVALID", AccountError, "banned"),
        ("API_ID_INVALID", AccountError, "wrong_api_id"),
    ],
)
def test_refusals_name_the_state_and_telegrams_own_word(name: str, kind: type[TgwireError], state: str) -> None:
    error = translated(rpc_errors_dict[name](request=HISTORY))
    assert type(error) is kind
    assert isinstance(error, AccountError | ChannelUnavailableError)
    assert error.state == state
    assert str(error).endswith(f"({name})")


def test_every_error_of_telegrams_becomes_one_of_ours() -> None:
    """Whatever Telegram answers for a channel, the collector gets an error that it can act on."""
    expected: dict[bool, type[TgwireError]] = {True: ChannelUnavailableError, False: ReaderLostError}
    for name, kind in rpc_errors_dict.items():
        error, code = translated(kind(request=HISTORY)), kind.code or 500
        if not isinstance(error, AccountError | ReaderBusyError | TakeoutEndedError):
            assert type(error) is expected[400 <= code < 500], name


@pytest.mark.parametrize("kind", [errors.FloodWaitError, errors.FloodPremiumWaitError, errors.TakeoutInitDelayError])
def test_floods_have_the_length_of_the_wait(kind: type[errors.FloodError]) -> None:
    error = translated(kind(request=HISTORY, capture=77))
    assert isinstance(error, ReaderBusyError)
    assert error.wait_s == 77


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError("reset"),
        TimeoutError("no answer within 30 s"),
        errors.ServerError(HISTORY, "INTERNAL", 500),
        errors.BadMessageError(HISTORY, 35),
        errors.UserMigrateError(request=HISTORY, capture=4),
    ],
)
def test_what_passes_is_tried_again(error: Exception) -> None:
    assert type(translated(error)) is ReaderLostError
    assert type(translated(error, about=None)) is ReaderLostError


def test_an_answer_that_cannot_be_read_shows_none_of_its_bytes() -> None:
    error = translated(errors.TypeNotFoundError(0x0BADC0DE, b"text of a post"))
    assert isinstance(error, UnreadableAnswerError)
    assert "0badc0de" in str(error)
    assert "text of a post" not in str(error)


def test_methods_have_telegrams_names() -> None:
    assert name_of(HISTORY) == "messages.getHistory"
    assert name_of(functions.PingRequest(1)) == "ping"
    takeout = name_of(functions.InvokeWithTakeoutRequest(1, HISTORY))
    assert takeout == "takeout messages.getHistory"
    assert (label_of(takeout), label_of("messages.getHistory")) == ("takeout", "messages.getHistory")
    assert label_of("stories.getAllStories") == OTHER
    assert OTHER not in LABELS


def test_a_timeout_is_called_by_its_name() -> None:
    assert str(translated(TimeoutError(), None)) == "account main: messages.getHistory failed (TimeoutError)"
