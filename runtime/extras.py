"""The optional parts of the distribution, and how one is installed: no index has a package tgwire."""

from typing import Literal

Extra = Literal[
    "worker", "broker", "telegram", "preview", "lingua", "s3", "parquet", "duckdb", "sink", "postgres", "web"
]


def how_to_install(extra: Extra) -> str:
    """The commands that install an extra, for a message of one line."""
    return (
        f"pip install '.[{extra}]' in tgwire's source tree, "
        f"or pip install 'WHEEL[{extra}]' with the path of its wheel for WHEEL"
    )
