"""Brokers for integration tests, and the rule that a broker that could have been tested against was."""

import gc
import logging
import os
import signal
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.database import DirectoryBasedExampleDatabase

from runtime.kafka.outage_log import BrokerWatch
from runtime.kafka.topics import create_topics, delete_topics
from runtime.logs import OWN_PACKAGES
from runtime.settings.kafka import KafkaSettings
from schemas.topics import TOPICS
from tests.support.patience import SESSION_S, TANSU_SESSION_S
from tests.support.scratch import use_memory
from tests.support.shared_broker import SharedBroker, settings_of_shared
from tests.support.store.postgres_server import MISSING, PostgresServer, find_postgres
from tgwire.local_broker import EngineName, missing, ports, start_broker
from tgwire.local_broker.distribution import cache_dir
from tgwire.local_broker.engine import find_java

use_memory()
# A shell's background jobs ignore Ctrl-C, and the commands that tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ENGINES: tuple[EngineName, ...] = ("apache", "tansu")
IS_CI = os.environ.get("CI") == "true"
# What hypothesis works out of all characters is kept for all checkouts: in a new one each process of a run would do
# that again, for 2 s of CPU time.
set_hypothesis_home_dir(cache_dir() / "hypothesis")
# How long an example takes means nothing on a shared machine; and CI judges a change, not its luck.
hypothesis_settings.register_profile(
    "tgwire",
    database=None if IS_CI else DirectoryBasedExampleDatabase(Path(".hypothesis", "examples").absolute()),
    deadline=None,
    derandomize=IS_CI,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("tgwire")
LOGGERS = (None, "kafka", "faust", "mode", "aiokafka", *OWN_PACKAGES)
"""Those whose level commands set."""

_LEG = "kafka_engine"
_legs = pytest.StashKey["Legs"]()
_SHARED_BROKER = "shared_broker"
_shared_broker = pytest.StashKey[SharedBroker]()


@pytest.fixture(scope="session")
def _nobody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nobody")


@pytest.fixture(autouse=True)
def _no_user(_nobody: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the configuration and state of the person who runs it, or of another test."""
    own = _nobody / uuid.uuid4().hex
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(own / variable))


@pytest.fixture(scope="session", autouse=True)
def _certificates_read_once() -> Iterator[None]:
    """Clients of HTTP share what they trust: each of them would read all certificates of the machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context))
        yield


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """The logging that a command sets up in this process, levels and watch of brokers included, ends with its test."""
    handlers = logging.getLogger().handlers[:]
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    yield
    logging.captureWarnings(False)
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    for handler in handlers:
        for watch in [each for each in handler.filters if isinstance(each, BrokerWatch)]:
            handler.removeFilter(watch)
    for name, level in levels.items():
        if (logger := logging.getLogger(name)).level != level:
            logger.setLevel(level)  # has all loggers forget what they write: too dear to do after each test


@pytest.fixture(scope="session")
def _java(pytestconfig: pytest.Config) -> Callable[[], None]:
    """Makes Java start faster, when it is first to be started."""
    return cache(partial(_prepare_java, pytestconfig))


def _prepare_java(config: pytest.Config) -> None:
    if hasattr(config, "cache"):
        from tests.support.java_classes import use_archive  # test_broker_legs.py takes this file elsewhere: no cache

        use_archive(find_java())


@pytest.fixture(scope="session", params=ENGINES)
def kafka_engine(request: pytest.FixtureRequest, _java: Callable[[], None]) -> EngineName:
    """The leg: each test that asks for a broker runs once over each engine that can run here."""
    engine: EngineName = request.param
    if reason := missing(engine):
        pytest.skip(reason)
    if engine == "apache":
        _java()
    return engine


@pytest.fixture(scope="session")
def apache(_java: Callable[[], None]) -> None:
    """For tests that only Apache Kafka can show: left out, with the reason, where it cannot run."""
    if reason := missing("apache"):
        pytest.skip(reason)
    _java()


@pytest.fixture(scope="session")
def _brokers(pytestconfig: pytest.Config) -> Iterator[Callable[[EngineName], KafkaSettings]]:
    """Settings that reach the broker of an engine, which starts when it is first asked for: Apache Kafka once in a run,
    tansu, which costs nothing, in each of its processes.
    """
    shared: str | None = getattr(pytestconfig, "workerinput", {}).get(_SHARED_BROKER)
    with ExitStack() as stack:

        @cache
        def get(engine: EngineName) -> KafkaSettings:
            if engine == "apache" and shared is not None:
                return settings_of_shared(shared)
            return stack.enter_context(start_broker(engine)).settings()

        yield get


@pytest.fixture(scope="session")
def kafka_access(kafka_engine: EngineName, _brokers: Callable[[EngineName], KafkaSettings]) -> KafkaSettings:
    """Settings that reach the broker of this leg, without a topic prefix. Tests of other processes use it at the same
    time: topics and groups have a prefix of the test's, and a test that stops or kills a broker starts its own.
    """
    return _brokers(kafka_engine)


@pytest.fixture
def kafka_settings(kafka_access: KafkaSettings) -> KafkaSettings:
    """The same, under a topic prefix that no other test has."""
    return kafka_access.model_copy(update={"topic_prefix": f"t{uuid.uuid4().hex[:8]}."})


@pytest.fixture(scope="session")
def session_s(kafka_engine: EngineName) -> float:
    """Session timeout of a worker of this leg that nobody starts again."""
    return TANSU_SESSION_S if kafka_engine == "tansu" else SESSION_S


@pytest.fixture
def topics(kafka_settings: KafkaSettings) -> Iterator[dict[str, str]]:
    """All topics under that prefix, deleted after the test: full name by the name in ``schemas.topics``."""
    create_topics(kafka_settings)
    yield {topic.name: kafka_settings.topic_prefix + topic.name for topic in TOPICS}
    delete_topics(kafka_settings)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The session's PostgreSQL. Shared: a test that stops or kills one starts its own."""
    programs = find_postgres()
    if programs is None:
        if IS_CI:
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with PostgresServer(programs, is_durable=False) as server:
        yield server


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> str:
    """Address of an empty database."""
    return postgres_server.new_database()


class Legs:
    """The account of the engines that were tested against: kept where reports arrive, from other processes too."""

    def __init__(self) -> None:
        self.ran: set[str] = set()
        self.not_run: list[EngineName] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the leg of a test that ran."""
        if report.when == "call" and not report.skipped:
            self.ran.update(str(value) for name, value in report.user_properties if name == _LEG)


def pytest_configure(config: pytest.Config) -> None:
    """Open the account."""
    config.stash[_legs] = Legs()
    config.pluginmanager.register(config.stash[_legs])
    if process := getattr(config, "workerinput", None):
        _use_own_ports(int(process["workerid"].removeprefix("gw")), process["workercount"])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a process of this run the address at which to ask for the broker that all share."""
    config: pytest.Config = node.config
    if _shared_broker not in config.stash:
        count = node.workerinput["workercount"]
        _use_own_ports(count, count)
        config.stash[_shared_broker] = SharedBroker(partial(_prepare_java, config))
        config.add_cleanup(config.stash[_shared_broker].close)
    node.workerinput[_SHARED_BROKER] = config.stash[_shared_broker].address


def _use_own_ports(number: int, workers: int) -> None:
    """Of the processes of a run, each has ports of its own, the one that started the others too: that of a broker which
    is to come back is not taken.
    """
    share = len(ports._RANGE) // (workers + 1)
    ports._RANGE = ports._RANGE[share * number : share * (number + 1)]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Let no garbage collection walk what is imported and collected: it is kept until the end, and is large. What tests
    make is collected less often than Python does by itself, which takes a tenth of their time.
    """
    gc.disable()
    try:
        if process := getattr(session.config, "workerinput", None):
            _import_share(session.config, int(process["workerid"].removeprefix("gw")), process["workercount"])
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(10_000, 50, 20)


def _import_share(config: pytest.Config, number: int, workers: int) -> None:
    """Each process of a run collects all tests: in a new checkout they compile each file once between them, not each
    of them all at the same time. What fails is reported when it is collected.
    """
    folders = (config.invocation_params.dir / argument for argument in config.args)
    files = sorted(path for folder in folders for path in folder.rglob("test_*.py"))
    for path in files[number::workers]:
        with suppress(Exception, pytest.skip.Exception):
            import_module(".".join(path.relative_to(config.rootpath).with_suffix("").parts))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Name the leg in the report of a test."""
    callspec = getattr(item, "callspec", None)
    if callspec and _LEG in callspec.params:
        item.user_properties.append((_LEG, callspec.params[_LEG]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run of the whole suite in which an engine that can run here was not tested against."""
    if not _is_whole_suite(session.config):
        return
    legs = session.config.stash[_legs]
    legs.not_run = [engine for engine in ENGINES if engine not in legs.ran and not missing(engine)]
    if legs.not_run and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the leg that failed."""
    for engine in config.stash[_legs].not_run:
        terminalreporter.write_line(f"FAILED: engine {engine} can run here, but no test ran against it", red=True)


def _is_whole_suite(config: pytest.Config) -> bool:
    chosen = ("keyword", "markexpr", "collectonly", "ignore", "deselect", "lf")
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(
        getattr(config.option, option, None) for option in chosen
    )
