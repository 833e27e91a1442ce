"""How long tests wait on a machine that is busy with other work."""

import signal
import subprocess

DEADLINE_S = 300.0
"""Until what is waited for must have happened, in seconds. A test that passes never waits that long."""
KAFKA_POLL_S = 0.6
"""Between two looks at Kafka: each opens a client, and takes CPU time of test and broker from what is waited for."""
SESSION_S = 60.0
"""Session timeout of a worker that nobody starts again: one that gets no CPU for so long ends with exit code 71."""
TANSU_SESSION_S = 20.0
"""The same on tansu, which lets a first assignment wait for half of it, and the second worker of a group for all of it
and more: aiokafka does not leave a group of generation 0, with which tansu begins."""


def end(process: "subprocess.Popen[bytes]") -> int:
    """End a process by SIGTERM; its exit code, however long it takes to end in order."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
