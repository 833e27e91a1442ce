"""The API's methods, by area."""

from tests.mtproto.calls import METHODS
from tests.mtproto.methods import channels, configuration, contacts, differences, history

AREAS = (channels, configuration, contacts, differences, history)
"""Importing a module puts its handlers into `METHODS`."""

__all__ = ["AREAS", "METHODS"]
