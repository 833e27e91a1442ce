"""Log lines of an outage of the cluster: a few of ours instead of those of the client libraries.

The libraries log a line or more for every try, several times a second. Here such a line begins a watch, which looks
by itself whether the brokers take connections, and ends when they do and the libraries have nothing to complain of.
"""

import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping

import structlog
from kafka.errors import KafkaError

from runtime.outage import Notice, Outage
from runtime.settings.kafka import KafkaSettings

LIBRARIES = ("kafka", "aiokafka", "faust", "mode")
LOOK_S = 1.0
"""Time between two looks at the brokers."""
QUIET_S = 3.5
"""Silence of the libraries after which they are connected again: they try every 2 s (kafka-python, +- 20 %)."""
DOUBT_S = 1.0
"""Complaints for so long are an outage, though the brokers take connections: a listener with TLS, a wrong password."""

_COMPLAINT = re.compile(
    r"connect|disconnect|closed|time[d ]?-?out|unavailable|no node|not ready|bootstrap|metadata refresh|retry|heartbeat"
    r"|coordinator|update metadata|request metadata|failed fetch|\bECONN",
    re.IGNORECASE,
)
"""How they log a lost connection. Anything else is shown in the end, when it was no outage."""
_NO_OUTAGE = re.compile(
    r"not authorized|not found in cluster metadata|valid topic name|controller|throttled", re.IGNORECASE
)
_log = structlog.stdlib.get_logger(__name__)

ReachabilityCheck = Callable[[KafkaSettings], Mapping[str, str]]
"""The addresses that take no connection, with the reason of each."""


def unreachable_servers(settings: KafkaSettings) -> dict[str, str]:
    """Try to connect to every bootstrap server, for a second at most each."""
    away = {}
    for server in (settings.bootstrap_servers or "").split(","):
        host, _, port = server.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=LOOK_S).close()
        except TimeoutError:
            away[server] = "no answer"
        except socket.gaierror:
            away[server] = "the name is not known"
        except OSError as error:
            away[server] = (error.strerror or str(error)).lower()
    return away


class OutageDetector:
    """Decides what is logged. Times are readings of a clock that never goes back."""

    def __init__(self) -> None:
        self._outage = Outage()
        self._first: float | None = None
        """The first complaint of those that are looked into."""
        self._last = 0.0

    def on_complaint(self, now: float) -> None:
        """A library could not reach a broker."""
        self._first = now if self._first is None else self._first
        self._last = max(self._last, now)

    def on_check(self, now: float, *, is_away: bool) -> tuple[Notice | None, bool]:
        """The line that is due, and whether the watch is over."""
        if is_away:
            self.on_complaint(now)
        if self._first is None:
            return None, True
        if now - self._last >= QUIET_S:
            since, self._first = self._last, None
            return self._outage.answered(since), True
        if is_away or self._outage.is_on or self._last - self._first >= DOUBT_S:
            return self._outage.failed(now, self._first), False
        return None, False


class BrokerWatch(logging.Filter):
    """Holds back what the libraries log of an outage, and reports it in a few lines of its own. For a handler."""

    def __init__(
        self, settings: KafkaSettings, *, shows_all: bool, check: ReachabilityCheck = unreachable_servers
    ) -> None:
        """With ``shows_all`` nothing is held back."""
        super().__init__()
        self._settings, self._shows_all, self._check = settings, shows_all, check
        self._detector = OutageDetector()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._reason = ""
        """The last error that a library named."""
        self._odd = ""
        """The last line that may be about something else."""
        self.outage: str | None = None
        """The last report of an outage of the whole cluster that is not over."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record of the log is shown."""
        if not _is_complaint(record):
            return True
        with self._lock:
            self._detector.on_complaint(time.monotonic())
            self._reason = _reason(record) or self._reason
            if not (self._reason or _COMPLAINT.search(text := record.getMessage())):
                self._odd = text
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tgwire-broker-watch", daemon=True)
                self._thread.start()
        return self._shows_all

    def _run(self) -> None:
        while True:
            away = self._check(self._settings)
            with self._lock:
                notice, is_over = self._detector.on_check(time.monotonic(), is_away=bool(away))
                reason, odd = self._reason, self._odd
                if is_over:
                    self._thread, self._reason, self._odd = None, "", ""
            if notice is not None:
                self._say(notice, away, reason)
            if is_over:
                if notice is None and odd and not self._shows_all:
                    _log.warning("kafka client reported an error", problem=odd)
                return
            time.sleep(LOOK_S)

    def _say(self, notice: Notice, away: Mapping[str, str], reason: str) -> None:
        brokers = self._settings.bootstrap_servers
        if notice.phase == "ends":
            self.outage = None
            _log.warning("kafka answers again", brokers=brokers, away_s=notice.length_s)
            return
        is_partly_there = len(away) < len((brokers or "").split(","))
        if away and is_partly_there:
            begins, lasts = (
                "a kafka broker does not answer, others do",
                "a kafka broker still does not answer, others do",
            )
        elif away:
            begins, lasts = "kafka does not answer", "kafka still does not answer"
        else:
            begins, lasts = "connections to kafka fail", "connections to kafka still fail"
        problem = ", ".join(f"{server}: {why}" for server, why in away.items()) or reason
        if not (away and is_partly_there):  # else the others take the posts
            self.outage = f"{begins} ({problem})"
        if notice.phase == "lasts":
            _log.error(lasts, brokers=brokers, problem=problem, away_s=notice.length_s)
        else:
            _log.error(begins, brokers=brokers, problem=problem)


def _is_complaint(record: logging.LogRecord) -> bool:
    """Whether a library's log record means that a broker cannot be reached, or does not do its work now."""
    if record.levelno < logging.WARNING or record.name.partition(".")[0] not in LIBRARIES:
        return False
    error = record.exc_info[1] if record.exc_info else None
    if error is not None and not isinstance(error, KafkaError | OSError) and not _is_of_aiokafka(error):
        return False  # a bug, and no outage
    return not _NO_OUTAGE.search(record.getMessage())


def _is_of_aiokafka(error: object) -> bool:
    # Its errors are no subclasses of kafka-python's, and it comes with an extra.
    return type(error).__module__.startswith("aiokafka.")


def _errors(record: logging.LogRecord) -> list[BaseException]:
    arguments = record.args if isinstance(record.args, tuple) else ()
    return [each for each in arguments if isinstance(each, KafkaError | OSError) or _is_of_aiokafka(each)]  # type: ignore[misc]


def _reason(record: logging.LogRecord) -> str:
    found = _errors(record)
    return str(found[0]) if found else ""


def known_outage() -> str | None:
    """An outage of the whole cluster that a client of this process ran into and that is not over, in words."""
    watches = (each for handler in logging.getLogger().handlers for each in handler.filters)
    return next((each.outage for each in watches if isinstance(each, BrokerWatch) and each.outage is not None), None)


def fold_outages(settings: KafkaSettings, *, is_verbose: bool) -> None:
    """Report outages of this cluster in our own lines instead of the libraries'; in both with ``is_verbose``."""
    for handler in logging.getLogger().handlers:
        for known in [each for each in handler.filters if isinstance(each, BrokerWatch)]:
            handler.removeFilter(known)
        handler.addFilter(BrokerWatch(settings, shows_all=is_verbose))
