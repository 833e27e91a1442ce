"""The entry of a worker process."""

import asyncio
import logging
import signal
from collections.abc import Callable

import structlog
from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry

from processors.errors import BudgetError, PipelineBugError
from processors.loading import load_analyzer
from processors.stream.faust_app.app import StreamWorker, WorkerDeps
from processors.stream.faust_app.supervisor import Supervisor, use_uvloop
from processors.stream.monitoring.exit_counters import ExitLog
from processors.stream.monitoring.health import WorkerHealth, WorkerPhase
from processors.stream.monitoring.metrics import WorkerMetrics
from processors.stream.monitoring.post_budget import COUNTED, PostBudget
from processors.stream.monitoring.suspect_posts import SuspectPosts
from processors.stream.process.data_dir import lock_data_dir
from processors.stream.process.fault_exit import FaultExit
from processors.stream.process.gc_schedule import configure_gc
from processors.stream.process.preflight import inspect_cluster
from runtime.errors import FatalError, TransientError
from runtime.kafka.cluster_topics import ClusterTopics
from runtime.kafka.errors import BrokerUnavailableError
from runtime.settings.tree import Settings
from schemas.topics import WORKER_INPUTS

MAX_FRAMES = 30
"""Lines that are logged of where a process was when it was ended."""

_log = structlog.stdlib.get_logger(__name__)


def run_worker(
    settings: Settings,
    *,
    registry: CollectorRegistry | None = None,
    health: WorkerHealth | None = None,
    on_ready: Callable[[], None] | None = None,
) -> int:
    """Run a worker until SIGTERM or SIGINT; the process's exit code, 0 after a graceful stop.

    For a process of its own: it sets the event loop's policy, and a fault ends the process at once with one of the
    codes in ``processors.errors``. Must be called on the main thread. What hinders the start is logged, not raised.
    """
    metrics = WorkerMetrics(registry if registry is not None else CollectorRegistry())
    health = health if health is not None else WorkerHealth()
    _quiet_libraries()
    use_uvloop()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until Faust's worker has its own
    try:
        lock_data_dir(settings.worker.data_dir)  # to the very end: a last save of the index may run on another thread
        exits = ExitLog(settings.worker.data_dir)
        suspects = SuspectPosts(settings.worker.data_dir)
        _report_stuck(suspects, exits)
        metrics.start(exits.exits, exits.gaps, tuple(topic.name for topic in WORKER_INPUTS))
        topics = asyncio.run(inspect_cluster(settings.kafka, flat=settings.worker.flat))
        ending = FaultExit(topics, exits)
        budget = PostBudget(settings.worker.post_budget_s, suspects, ending.fail)
        analyzer = load_analyzer(settings.language, settings.quotes)
        return _run(settings, topics, WorkerDeps(analyzer, metrics, health, ending.fail, budget, on_ready))
    except (FatalError, TransientError) as error:
        _log.error("worker cannot run", problem=str(error), exit_code=error.exit_code)
        return error.exit_code
    except KeyboardInterrupt:
        return 0  # before anything was taken
    finally:
        health.phase = WorkerPhase.STOPPED


def _run(settings: Settings, topics: ClusterTopics, around: WorkerDeps) -> int:
    worker = StreamWorker(settings, topics, around)
    configure_gc()
    around.budget.start()
    try:
        crash = Supervisor.run(worker.app, worker.app.shutdown)
    finally:
        around.budget.stop()
    if crash is None:
        return 0
    _log.error("faust crashed", exc_info=crash)
    if not isinstance(crash, KafkaError | OSError):
        around.fail(PipelineBugError(f"faust crashed: {type(crash).__name__}"))
    raise BrokerUnavailableError(f"the consumer failed: {type(crash).__name__}: {crash}") from crash


def _report_stuck(suspects: SuspectPosts, exits: ExitLog) -> None:
    """Report that the process before was ended by the guard of the budget, which could neither log nor count it."""
    if not suspects.was_stuck:
        return
    if suspects.was_stuck != COUNTED:
        exits.record(BudgetError(""), None)
    _log.error(
        "the worker before was ended: a post took longer than worker.post_budget_s; its posts are taken one by one",
        where=suspects.was_stuck.strip().rpartition("\n\n")[2].splitlines()[:MAX_FRAMES],  # the main thread comes last
    )


def _quiet_libraries() -> None:
    """Errors only: below, they print tables for each rebalance and a line for each retry of each partition."""
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(logging.ERROR)
