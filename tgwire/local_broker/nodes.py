"""Several nodes of Apache Kafka on this machine, as one cluster."""

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from runtime.settings.kafka import KafkaSettings
from tgwire.errors import BrokerStartError, EngineUnavailableError
from tgwire.local_broker import apache
from tgwire.local_broker.engine import Engine, missing
from tgwire.local_broker.formatting import META, new_id
from tgwire.local_broker.ports import free_ports, require_free
from tgwire.local_broker.server import PORT_RACES, Broker, is_port_race


class BrokerCluster:
    """Nodes on loopback that end with the process that started them. Use it as a context manager.

    Each is broker and controller at once. Three need two alive to elect leaders, and a write needs two replicas.
    """

    def __init__(self, nodes: Sequence[Broker], scratch: ExitStack | None) -> None:
        """``scratch`` deletes the data; None keeps them."""
        self.nodes = tuple(nodes)
        self._scratch = scratch

    @property
    def bootstrap_servers(self) -> str:
        """Addresses of all nodes, the same over restarts."""
        return ",".join(node.bootstrap_servers for node in self.nodes)

    def settings(self, base: KafkaSettings | None = None) -> KafkaSettings:
        """Settings for clients of the cluster, with everything else from ``base``."""
        return self.nodes[0].settings(base).model_copy(update={"bootstrap_servers": self.bootstrap_servers})

    def start(self) -> None:
        """Start those that do not run, and wait until each of them serves."""
        _each([node.start for node in self.nodes if not node.is_running])

    def kill(self) -> None:
        """End all nodes as a power cut would."""
        _each([node.kill for node in self.nodes])

    def close(self) -> None:
        """Stop all nodes, and delete their data unless a data folder was given."""
        if self._scratch is None:
            _each([node.stop for node in self.nodes])
        else:
            # The last ones to stop wait for a quorum that would take over from them.
            self.kill()
            self._scratch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def start_cluster(
    nodes: int,
    engine: Engine = "auto",
    *,
    data_dir: Path | None = None,
    port: int | None = None,
    proxied: Sequence[apache.ProxiedListener] = (),
) -> BrokerCluster:
    """Start nodes of Apache Kafka and wait until all serve; close it, or use it in ``with``.

    ``data_dir`` keeps the data, each node's in a folder of its own; ``port`` is that of the first node, the others
    take those that follow, by default all are free ones; ``proxied`` opens a second way in to each node. Raises
    EngineUnavailableError, DownloadError, PortTakenError or BrokerStartError.
    """
    if engine == "tansu":
        raise EngineUnavailableError("engine tansu is one node: a cluster needs engine apache (java 17 and mvn)")
    if reason := missing("apache"):
        raise EngineUnavailableError(reason)
    for attempt in range(1, PORT_RACES + 1):
        try:
            return _started(nodes, data_dir, port, proxied)
        except BrokerStartError as error:
            if attempt == PORT_RACES or not is_port_race(error):
                raise
        except OSError as error:
            raise BrokerStartError(f"cannot write the cluster's files: {error}") from error
    raise AssertionError("the last attempt returns or raises")


def _started(
    count: int, data_dir: Path | None, port: int | None, proxied: Sequence[apache.ProxiedListener]
) -> BrokerCluster:
    with ExitStack() as stack:
        if data_dir is None:
            temporary = tempfile.TemporaryDirectory(prefix="tgwire-cluster-", ignore_cleanup_errors=True)
            root = scratch = Path(stack.enter_context(temporary))
        else:
            root, scratch = data_dir.absolute(), None
        client_ports, controller_ports = _ports(count, port)
        for client_port in client_ports:
            require_free(client_port)  # before a node waits in vain for one that cannot start
        cluster_id = _cluster_id(root, count)
        nodes = []
        for number, (client_port, folder) in enumerate(zip(client_ports, _folders(root, count), strict=True), start=1):
            folder.mkdir(parents=True, exist_ok=True)
            member = apache.Membership(number, controller_ports, cluster_id)
            listener = proxied[number - 1] if proxied else None
            nodes.append(Broker("apache", folder, client_port, None, listener, member, scratch))
        cluster = BrokerCluster(nodes, stack.pop_all() if scratch else None)
        try:
            cluster.start()
        except BaseException:
            cluster.close()
            raise
    return cluster


def _ports(count: int, first: int | None) -> tuple[Sequence[int], tuple[int, ...]]:
    """Ports for clients and for controllers."""
    ports = free_ports(2 * count)
    return (ports[:count] if first is None else range(first, first + count)), tuple(ports[count:])


def _folders(root: Path, count: int) -> list[Path]:
    return [root / f"node-{number}" for number in range(1, count + 1)]


def _cluster_id(root: Path, count: int) -> str:
    """The id of the cluster whose data are there; a new one when there are none. BrokerStartError when they are of
    another number of nodes.
    """
    found = len(list(root.glob("node-*")))
    if (root / "data").exists() or found not in (0, count):
        raise BrokerStartError(
            f"{root} holds the data of {found or 1} node{'' if found in (0, 1) else 's'}, not of {count}: "
            "start as many, or take another folder"
        )
    for folder in _folders(root, count):
        if (folder / "data" / META).exists():
            return apache.cluster_id(folder)
    return new_id()


def _each(calls: Sequence[Callable[[], None]]) -> None:
    """Make all calls at once, and wait until all are over; raises what went wrong first."""
    with ThreadPoolExecutor(max_workers=max(1, len(calls))) as pool:
        for call in as_completed([pool.submit(call) for call in calls]):
            call.result()
