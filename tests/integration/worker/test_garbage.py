import subprocess
import sys

PROGRAM = """
import gc
from processors.stream.process.gc_schedule import NEW_CONTAINERS, configure_gc
configure_gc()
assert gc.get_threshold()[0] == NEW_CONTAINERS and gc.isenabled()
assert gc.get_freeze_count() > 1000
"""


def test_what_was_loaded_is_not_looked_through() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
