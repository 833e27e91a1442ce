"""``python -m processors.stream``: a worker with settings from the environment, for supervisors and tests."""

import sys

from processors.stream.process.worker import run_worker
from runtime.settings.tree import Settings

if __name__ == "__main__":
    sys.exit(run_worker(Settings()))
