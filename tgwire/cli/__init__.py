"""The command line."""

from tgwire.cli.app import main

__all__ = ["main"]
