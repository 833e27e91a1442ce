"""The API's methods, by area."""

from tests.support.mtproto_server.calls import METHODS
from tests.support.mtproto_server.methods import (
    auth,
    channels,
    configuration,
    contacts,
    dialogs,
    differences,
    discussions,
    history,
    invites,
    takeout,
    upload,
)

AREAS = (auth, channels, configuration, contacts, dialogs, differences, discussions, history, invites, takeout, upload)
"""Importing a module puts its handlers into `METHODS`."""

__all__ = ["AREAS", "METHODS"]
