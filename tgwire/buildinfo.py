"""Version of the installed package, and the metric that shows it."""

import platform
from importlib.metadata import version

from prometheus_client import Info

VERSION = version("tgwire")
"""Version of the installed package."""


def build_info() -> Info:
    """Build the metric ``tgwire_build_info``, on no registry yet."""
    # Here, since `tgwire --version` needs no pipeline.
    from processors.core.pipeline import PIPELINE_VERSION

    info = Info("tgwire_build", "Versions of the running program; the value is always 1.", registry=None)
    info.info({"version": VERSION, "pipeline_version": PIPELINE_VERSION, "python": platform.python_version()})
    return info
