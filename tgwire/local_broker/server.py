"""A local broker: started, ready, stopped, killed, started again."""

import tempfile
import time
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr

from runtime.errors import FatalError
from runtime.kafka.admin import described_cluster
from runtime.settings.kafka import KafkaSettings
from tgwire.errors import BrokerStartError, EngineUnavailableError
from tgwire.local_broker import apache, tansu
from tgwire.local_broker.child import STOP_TIMEOUT_S, Child
from tgwire.local_broker.engine import CAPABILITIES, Capabilities, Engine, EngineName, choose
from tgwire.local_broker.ports import HOST, free_port, is_listening, require_free

START_TIMEOUT_S = 180.0
"""A broker that cannot start ends by itself; this is for one that hangs. A cluster on two busy cores took 70 s."""
POLL_S = 0.05
PROBE_S = 2.0
PORT_RACES = 3
"""A free port may be taken before the broker binds it: then others are tried, so often."""
_FRAME = "\tat "


class Broker:
    """A broker on loopback that ends with the process that started it. Use it as a context manager."""

    def __init__(
        self,
        engine: EngineName,
        data_dir: Path | None,
        port: int | None,
        users: Mapping[str, str] | None,
        proxied: apache.ProxiedListener | None = None,
        member: apache.Membership | None = None,
        scratch: Path | None = None,
    ) -> None:
        """``member`` makes it a node of a cluster; ``scratch`` is deleted should this process die without a stop."""
        self.engine: EngineName = engine
        self._member = member
        self._wanted_port = port
        self._users = dict(users or {})
        self._proxied = proxied
        self._resources = ExitStack()
        self._scratch = scratch
        self._is_temporary = data_dir is None
        if data_dir is None:
            temporary = tempfile.TemporaryDirectory(prefix="tgwire-broker-", ignore_cleanup_errors=True)
            self._scratch = data_dir = Path(self._resources.enter_context(temporary))
        self.data_dir = data_dir.absolute()
        self.log_path = self.data_dir / "broker.log"
        self._port = 0
        self._child: Child | None = None

    @property
    def capabilities(self) -> Capabilities:
        """The features that clients may rely on."""
        return CAPABILITIES[self.engine]

    @property
    def nodes(self) -> tuple["Broker", ...]:
        """Itself, as a cluster lists its nodes."""
        return (self,)

    @property
    def bootstrap_servers(self) -> str:
        """The broker's address, the same over restarts."""
        return f"{HOST}:{self._port}"

    @property
    def is_running(self) -> bool:
        """Whether the broker's process is alive."""
        return self._child is not None and self._child.exit_code is None

    @property
    def pid(self) -> int:
        """The id of the broker's process; FatalError when it was stopped."""
        if self._child is None:
            raise FatalError("the broker is not running")
        return self._child.pid

    def settings(self, base: KafkaSettings | None = None, *, user: str | None = None) -> KafkaSettings:
        """Settings for clients of this broker, with everything else from ``base``.

        Without a ``user`` those of the administrator, when the broker has users.
        """
        changes: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "idempotent": self.capabilities.idempotent_producers,
            "security_protocol": "SASL_PLAINTEXT" if self._users else "PLAINTEXT",
        }
        if self._users:
            name = user or next(iter(self._users))
            changes |= {"sasl_mechanism": "PLAIN", "username": name, "password": SecretStr(self._users[name])}
        return (base or KafkaSettings()).model_copy(update=changes)

    def start(self) -> None:
        """Start it, again after it ended, however it did: same address, and what it stored if the engine is durable."""
        if self.is_running:
            raise FatalError(f"the broker is running already (pid {self.pid})")
        self.kill()  # one that ended by itself has yet to be cleared away
        fixed = self._wanted_port or self._port
        for attempt in range(1, PORT_RACES + 1):
            if fixed:
                require_free(fixed)
            port = fixed or free_port()
            try:
                self._launch(port)
            except BrokerStartError as error:
                if attempt == PORT_RACES or not is_port_race(error):
                    raise
            else:
                self._port = port
                return

    def stop(self) -> None:
        """End it gracefully; no effect when it is not running."""
        if self._child is not None:
            self._child.stop(tansu.STOP_TIMEOUT_S if self.engine == "tansu" else STOP_TIMEOUT_S)
            self._child = None

    def kill(self) -> None:
        """End it as a power cut would; no effect when it is not running."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def close(self) -> None:
        """End it, and delete its data unless a data folder was given: only these are worth a graceful end."""
        if self._is_temporary:
            self.kill()
        else:
            self.stop()
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _launch(self, port: int) -> None:
        if self.engine == "apache":
            member = self._member or apache.alone(port)
            command, environment = apache.command(self.data_dir, port, self._users, self._proxied, member), None
            cluster_id = apache.cluster_id(self.data_dir)
        else:
            cluster_id = f"tgwire-{uuid.uuid4()}"
            command, environment = tansu.command(port, cluster_id), tansu.ENVIRONMENT
        log_start = self.log_path.stat().st_size if self.log_path.exists() else 0
        self._child = Child(command, self.log_path, environment=environment, scratch=self._scratch)
        try:
            self._await_ready(self._child, port, cluster_id)
        except BaseException as error:
            self.kill()
            if not isinstance(error, BrokerStartError):
                raise
            raise BrokerStartError(f"{error}. {self._log_tail(log_start)}") from error

    def _await_ready(self, child: Child, port: int, cluster_id: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not (is_listening(port) and _is_in_service(self._probe(port), port, cluster_id)):
            if child.exit_code is not None:
                raise BrokerStartError(f"{self.engine} ended with exit code {child.exit_code} before it was ready")
            if time.monotonic() > deadline:
                raise BrokerStartError(f"{self.engine} was not ready within {START_TIMEOUT_S:.0f} s")
            time.sleep(POLL_S)

    def _probe(self, port: int) -> KafkaSettings:
        return self.settings().model_copy(update={"bootstrap_servers": f"{HOST}:{port}", "request_timeout_s": PROBE_S})

    def _log_tail(self, start: int) -> str:
        with self.log_path.open("rb") as log:
            log.seek(start)
            lines = log.read().decode(errors="replace").strip().splitlines()
        # A broker ends with stack traces of Java that are longer than what is shown; their reason precedes the frames.
        tail = "\n".join([line for line in lines if not line.startswith(_FRAME)][-15:])
        return f"Its log ({self.log_path}) ends:\n{tail}" if tail else "Its log is empty"


def is_port_race(error: BrokerStartError) -> bool:
    """Whether somebody took a port that was free a moment before."""
    return "in use" in str(error)


def _is_in_service(settings: KafkaSettings, port: int, cluster_id: str) -> bool:
    """Whether the cluster of that id answers there, and counts the node among its brokers.

    The id distinguishes our broker from another that took the free port first.
    """
    cluster = described_cluster(settings)
    if cluster is None:
        return False
    return cluster["cluster_id"] == cluster_id and any(broker["port"] == port for broker in cluster["brokers"])


def start_broker(
    engine: Engine = "auto",
    *,
    data_dir: Path | None = None,
    port: int | None = None,
    users: Mapping[str, str] | None = None,
    proxied: apache.ProxiedListener | None = None,
) -> Broker:
    """Start a broker on loopback and wait until it answers; close it, or use it in ``with``.

    ``data_dir`` keeps the data (apache); ``port`` is a free one by default; ``users`` (name to password, apache)
    asks clients for SASL/PLAIN; ``proxied`` (apache) opens a second way in. Raises
    EngineUnavailableError, DownloadError, PortTakenError or BrokerStartError.
    """
    name = choose(engine)
    if name == "tansu":
        _refuse_for_tansu(data_dir, users, proxied)
    try:
        if data_dir is not None:
            data_dir.mkdir(parents=True, exist_ok=True)
        broker = Broker(name, data_dir, port, users, proxied)
        try:
            broker.start()
        except BaseException:
            broker.close()
            raise
    except OSError as error:
        raise BrokerStartError(f"cannot write the broker's files: {error}") from error
    return broker


def _refuse_for_tansu(
    data_dir: Path | None, users: Mapping[str, str] | None, proxied: apache.ProxiedListener | None
) -> None:
    refusals = (
        (data_dir, "keeps data in memory only, so a data folder"),
        (users, "has no users, so a login"),
        (proxied, "has one listener, so a second"),
    )
    for given, what in refusals:
        if given is not None:
            raise EngineUnavailableError(f"engine tansu {what} needs engine apache (java 17 and mvn)")
