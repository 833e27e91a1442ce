"""``tgwire`` in processes of its own, with settings that reach a data centre and a broker of the tests."""

import asyncio
import json
import os
import re
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from runtime.settings.kafka import KafkaSettings
from tests.support.mtproto_server.handshake import public_key
from tests.support.mtproto_server.server import API_HASH, API_ID, HOST, DataCentre
from tgwire.local_broker.ports import free_port

START_S = 300.0
_SAMPLE = re.compile(r"^(\w+)(\{[^}]*\})? (\S+)$", re.MULTILINE)


class Ended(NamedTuple):
    """A command that is over."""

    code: int
    out: str
    err: str


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
        self, *arguments: str, stdin: str = "", timeout_s: float = START_S, variables: Mapping[str, str] | None = None
    ) -> Ended:
        """Run a command to its end; ``variables`` are added to its environment."""
        process = await self._start(*arguments, port=0, variables=variables)
        try:
            out, err = await asyncio.wait_for(process.communicate(stdin.encode()), timeout_s)
        finally:
            if process.returncode is None:  # a process that outlived its event loop would end the whole session
                process.kill()
                await process.communicate()
        return Ended(process.returncode or 0, out.decode(), err.decode())

    @asynccontextmanager
    async def started(
        self, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """A command that runs, on the port of the site."""
        process = await self._start(*arguments, port=self.port, variables=variables)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()

    @asynccontextmanager
    async def collecting(self, channels: int, *options: str) -> AsyncIterator["Collecting"]:
        """A running collector, once so many channels are live."""
        async with self.started("collect", "--json", *options) as process:
            collecting = Collecting(process, self.port)
            await collecting.live(channels)
            yield collecting

    async def _start(
        self, *arguments: str, port: int, variables: Mapping[str, str] | None = None
    ) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TGWIRE_")}
        environment |= {"TGWIRE_HTTP__PORT": str(port)} | dict(variables or {})
        command = (sys.executable, "-m", "tgwire", "-c", str(self.settings), *arguments)
        return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)


class Collecting:
    """A running ``tgwire collect``."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process, self._port = process, port

    async def live(self, channels: int) -> None:
        """Wait until so many channels are collected."""
        await self.metric_is("tgwire_collect_channels", '{state="live"}', channels)

    async def metric_is(self, name: str, labels: str, value: float) -> None:
        """Wait until a metric has a value."""
        async with asyncio.timeout(START_S):
            while await asyncio.to_thread(self._metric, name, labels) != value:
                if self._process.returncode is not None:
                    _, err = await self._process.communicate()
                    raise AssertionError(f"the collector has ended: {err.decode()}")
                await asyncio.sleep(0.05)

    def _metric(self, name: str, labels: str) -> float:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self._port}/metrics", timeout=60) as answer:
                text = answer.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return -1.0
        samples = {found[1] + (found[2] or ""): float(found[3]) for found in _SAMPLE.finditer(text)}
        return samples.get(name + labels, 0.0)

    def ready(self) -> tuple[int, str]:
        """Status and text of /readyz."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self._port}/readyz", timeout=60) as answer:
                return answer.status, answer.read().decode().strip()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode().strip()

    async def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        await self._process.communicate()

    async def stop(self) -> dict[str, object]:
        """SIGTERM; the summary of its end."""
        summary, _ = await self.end()
        return summary

    async def end(self) -> tuple[dict[str, object], str]:
        """SIGTERM; the summary of its end, and what it logged."""
        self._process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(self._process.communicate(), START_S)
        assert self._process.returncode == 0, err.decode()
        summary: dict[str, object] = json.loads(out)
        return summary, err.decode()


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
