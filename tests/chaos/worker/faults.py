"""What is done to the system under trial."""

import resource
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.chaos.worker.fleet import Fleet
from tests.chaos.worker.jumping_clock import set_offset
from tests.chaos.worker.proxy import Proxy
from tests.support.patience import DEADLINE_S
from tgwire.local_broker import Broker, BrokerCluster

EXTRA = 100
"""Place of a worker that joins and leaves."""


@dataclass(frozen=True)
class System:
    """What faults act upon."""

    fleet: Fleet
    broker: Broker | BrokerCluster
    proxies: Sequence[Proxy]
    """One for each node."""
    session_timeout_s: float
    clock: Path
    """File that the workers' clocks follow."""
    pause: Callable[[float], None]


class Struck(NamedTuple):
    """When a fault struck, on the monotonic clock: what comes out of later posts shows that it is over."""

    began: float
    """Recovery is counted from here."""
    settled: float
    """Posts issued from here on met its consequences."""


def kill(system: System, random: Random) -> Struck:
    """kill -9 of a worker, and a new one in its place."""
    place, began = _any_worker(system, random), time.monotonic()
    system.fleet.kill(place)
    system.pause(random.uniform(0.0, 3.0))
    system.fleet.start(place)
    return Struck(began, began)


def term(system: System, random: Random) -> Struck:
    """SIGTERM of a worker, and a new one in its place."""
    place, began = _any_worker(system, random), time.monotonic()
    system.fleet.stop(place)
    settled = time.monotonic()
    system.fleet.start(place)
    return Struck(began, settled)


def freeze(system: System, random: Random) -> Struck:
    """SIGSTOP of a worker past its session timeout: the others take over, then it wakes up and knows of nothing."""
    place, began = _any_worker(system, random), time.monotonic()
    system.fleet.signal(place, signal.SIGSTOP)
    system.pause(system.session_timeout_s * random.uniform(1.3, 2.0))
    system.fleet.signal(place, signal.SIGCONT)
    return Struck(began, began)


def extra(system: System, random: Random) -> Struck:
    """A worker more joins, and leaves again: partitions really move, twice."""
    system.fleet.start(EXTRA)
    system.pause(random.uniform(4.0, 10.0))
    began = time.monotonic()
    system.fleet.stop(EXTRA)
    return Struck(began, time.monotonic())


def broker_kill(system: System, random: Random) -> Struck:
    """kill -9 of all brokers, and their restart over the same data."""
    system.broker.kill()
    system.pause(random.uniform(0.0, 4.0))
    system.broker.start()
    return _now()


def node_kill(system: System, random: Random) -> Struck:
    """kill -9 of one broker of several: the others go on without it, then it comes back."""
    node, began = random.choice(system.broker.nodes), time.monotonic()
    node.kill()
    system.pause(random.uniform(4.0, 15.0))
    node.start()
    return Struck(began, began)


def disk_full(system: System, random: Random) -> Struck:
    """A broker can write nothing more: it gives up its log, and every write is refused or unanswered; then there is
    room again."""
    node = random.choice(system.broker.nodes)
    resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (1, 1))
    system.pause(random.uniform(2.0, 6.0))
    node.kill()
    node.start()
    return _now()


def cut(system: System, random: Random) -> Struck:
    """The line between clients and brokers is cut, now and then more than once."""
    for _ in range(random.choice((1, 1, 2))):
        for proxy in system.proxies:
            proxy.cut()
        system.pause(random.uniform(0.5, 1.5 * system.session_timeout_s))
        _mend(system)
        system.pause(random.uniform(0.0, 1.0))
    return _now()


def delay(system: System, random: Random) -> Struck:
    """The line between clients and brokers is slow."""
    held_s = random.uniform(0.1, 0.6)
    for proxy in system.proxies:
        proxy.delay(held_s)
    system.pause(random.uniform(4.0, 10.0))
    _mend(system)
    return _now()


def clock(system: System, random: Random) -> Struck:
    """The wall clock of all workers jumps, by a second or by months, both ways."""
    began = time.monotonic()
    for _ in range(3):
        offset = random.choice((-1, 1)) * random.choice((1, 90, 3700, int(timedelta(days=120).total_seconds())))
        set_offset(system.clock, offset)
        system.pause(2.0)
    set_offset(system.clock, 0)
    return Struck(began, began)


Fault = Callable[[System, Random], Struck]

FAULTS: dict[str, Fault] = {
    "kill": kill,
    "term": term,
    "freeze": freeze,
    "extra": extra,
    "broker_kill": broker_kill,
    "node_kill": node_kill,
    "disk_full": disk_full,
    "cut": cut,
    "delay": delay,
    "clock": clock,
}


NODES_FOR_NODE_KILL = 3
"""Of two, neither can go on alone."""


def all_kinds(brokers: int) -> list[str]:
    """Every fault that this number of brokers is enough for."""
    return [kind for kind in FAULTS if kind != "node_kill" or brokers >= NODES_FOR_NODE_KILL]


def cannot_run(kinds: list[str], brokers: int = 1) -> str | None:
    """Why a schedule of these kinds cannot run here; None when it can."""
    if unknown := set(kinds) - set(FAULTS):
        return f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}"
    if "node_kill" in kinds and brokers < NODES_FOR_NODE_KILL:
        return f"fault node_kill needs --brokers {NODES_FOR_NODE_KILL}, not {brokers}"
    return None


def _now() -> Struck:
    now = time.monotonic()
    return Struck(now, now)


def _mend(system: System) -> None:
    for proxy in system.proxies:
        proxy.mend()


def _any_worker(system: System, random: Random) -> int:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if places := sorted(place for place in system.fleet.pids if place != EXTRA):
            return random.choice(places)
        system.pause(0.1)
    raise TimeoutError("no worker runs")
