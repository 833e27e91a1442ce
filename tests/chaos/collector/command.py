"""``tgwire`` in processes of its own, with settings that reach a data centre and a broker of the tests.

They are forks of one that has loaded what they need, which takes a second of CPU time or two.
"""

import asyncio
import json
import os
import re
import signal
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from runtime.settings.kafka import KafkaSettings
from tests.support.mtproto_server.handshake import public_key
from tests.support.mtproto_server.server import API_HASH, API_ID, HOST, DataCentre
from tests.support.patience import DEADLINE_S
from tests.support.warm_process import start
from tgwire.local_broker.ports import free_port

_SAMPLE = re.compile(r"^(\w+)(\{[^}]*\})? (\S+)$", re.MULTILINE)


class Ended(NamedTuple):
    """A command that is over."""

    code: int
    out: str
    err: str


class Command:
    """A command that runs."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        """Its outputs go to files in the folder."""
        self._out, self._err = (folder / f"{uuid.uuid4().hex}.{output}" for output in ("out", "err"))
        reading, writing = os.pipe()
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = start("tgwire", *arguments, env=environment, stdin=reading, stdout=out, stderr=err)
        os.close(reading)
        self._input = os.fdopen(writing, "wb", buffering=0)

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    @property
    def err(self) -> str:
        """What it has written to stderr so far."""
        return self._err.read_text()

    def write(self, text: str) -> None:
        """Give it input."""
        self._input.write(text.encode())

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    async def communicate(self, stdin: str = "") -> Ended:
        """Give it its last input, and wait until it has ended."""
        if stdin:
            with suppress(BrokenPipeError):  # it has ended without reading
                self.write(stdin)
        self._input.close()
        code = await asyncio.to_thread(self._process.wait)
        return Ended(code, self._out.read_text(), self.err)

    async def kill(self) -> None:
        """SIGKILL; no effect when it has ended."""
        self._process.kill()
        await self.communicate()


class Site:
    """A folder with settings, state and a list of channels."""

    def __init__(self, folder: Path, centre: DataCentre, kafka: KafkaSettings) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.channels, self.state = folder, folder / "channels.toml", folder / "state"
        self.port = free_port()
        (folder / "key.pem").write_text(public_key())
        self.settings = folder / "tgwire.toml"
        self.settings.write_text(
            _SETTINGS.format(site=self, centre=centre, kafka=kafka, host=HOST, idempotent=str(kafka.idempotent).lower())
        )

    async def run(
        self,
        *arguments: str,
        stdin: str = "",
        timeout_s: float = DEADLINE_S,
        variables: Mapping[str, str] | None = None,
    ) -> Ended:
        """Run a command to its end; ``variables`` are added to its environment."""
        command = self._start(*arguments, port=0, variables=variables)
        try:
            return await asyncio.wait_for(command.communicate(stdin), timeout_s)
        finally:
            if command.returncode is None:  # a process that outlived its event loop would end the whole session
                await command.kill()

    @asynccontextmanager
    async def started(self, *arguments: str, variables: Mapping[str, str] | None = None) -> AsyncIterator[Command]:
        """A command that runs, on the port of the site."""
        command = self._start(*arguments, port=self.port, variables=variables)
        try:
            yield command
        finally:
            if command.returncode is None:
                await command.kill()

    @asynccontextmanager
    async def collecting(self, channels: int, *options: str) -> AsyncIterator["Collecting"]:
        """A running collector, once so many channels are live."""
        async with self.started("collect", "--json", *options) as command:
            collecting = Collecting(command, self.port)
            await collecting.live(channels)
            yield collecting

    def _start(self, *arguments: str, port: int, variables: Mapping[str, str] | None = None) -> Command:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TGWIRE_")}
        environment |= {"TGWIRE_HTTP__PORT": str(port)} | dict(variables or {})
        return Command(("-c", str(self.settings), *arguments), environment, self.folder)


class Collecting:
    """A running ``tgwire collect``."""

    def __init__(self, command: Command, port: int) -> None:
        self._command, self._port = command, port

    async def live(self, channels: int) -> None:
        """Wait until so many channels are collected."""
        await self.metric_is("tgwire_collect_channels", '{state="live"}', channels)

    async def metric_is(self, name: str, labels: str, value: float) -> None:
        """Wait until a metric has a value."""
        async with asyncio.timeout(DEADLINE_S):
            while await asyncio.to_thread(self._metric, name, labels) != value:
                if self._command.returncode is not None:
                    raise AssertionError(f"the collector has ended: {self._command.err}")
                await asyncio.sleep(0.05)

    def _metric(self, name: str, labels: str) -> float:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self._port}/metrics", timeout=DEADLINE_S) as answer:
                text = answer.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return -1.0
        samples = {found[1] + (found[2] or ""): float(found[3]) for found in _SAMPLE.finditer(text)}
        return samples.get(name + labels, 0.0)

    def ready(self) -> tuple[int, str]:
        """Status and text of /readyz."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self._port}/readyz", timeout=DEADLINE_S) as answer:
                return answer.status, answer.read().decode().strip()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode().strip()

    async def kill(self) -> None:
        """SIGKILL."""
        await self._command.kill()

    async def stop(self) -> dict[str, object]:
        """SIGTERM; the summary of its end."""
        summary, _ = await self.end()
        return summary

    async def end(self) -> tuple[dict[str, object], str]:
        """SIGTERM; the summary of its end, and what it logged."""
        self._command.send_signal(signal.SIGTERM)
        ended = await asyncio.wait_for(self._command.communicate(), DEADLINE_S)
        assert ended.code == 0, ended.err
        summary: dict[str, object] = json.loads(ended.out)
        return summary, ended.err


_SETTINGS = f"""
[kafka]
bootstrap_servers = "{{kafka.bootstrap_servers}}"
topic_prefix = "{{kafka.topic_prefix}}"
idempotent = {{idempotent}}
request_timeout_s = {{kafka.request_timeout_s}}
[ingest]
state_dir = "{{site.state}}"
[http]
host = "{{host}}"
[telegram]
api_id = {API_ID}
api_hash = "{API_HASH}"
server = "{{host}}:{{centre.port}}"
server_key = "{{site.folder}}/key.pem"
requests_per_s = 50.0
request_timeout_s = 20.0
[collect]
channels = "{{site.channels}}"
sweep_normal_s = 1.0
album_wait_s = 0.3
recheck_h = [0.0008]
media_dir = "{{site.folder}}/media"
"""
