"""A worker of another pipeline version. Run as a program; the version is its only argument."""

import sys

from processors.core import pipeline
from processors.stream.process import worker
from runtime.logs import configure_logging
from runtime.settings.loading import load_settings


def main() -> None:
    """Give the pipeline its version, and run it with the settings of the environment."""
    pipeline.PIPELINE_VERSION = sys.argv[1]
    settings = load_settings(None)
    configure_logging(settings.log)
    sys.exit(worker.run_worker(settings))


if __name__ == "__main__":
    main()
