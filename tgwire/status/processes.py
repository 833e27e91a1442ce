"""The processes of a folder of state: those that run, and what those that were killed left."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from runtime.run_files import RunFile, written
from tgwire.status.figures import Figures, read_figures
from tgwire.status.probe import LIMIT_S, ask_all


class ProcessState(StrEnum):
    """The state of a process, as its run file and its endpoint show it."""

    READY = "ready"
    NOT_READY = "not ready"
    """It runs, and cannot do its work now: it gives the reason."""
    NO_ANSWER = "no answer"
    """It runs, and its endpoint does not answer."""
    RUNNING = "running"
    """It runs, and has no endpoint to ask."""
    GONE = "gone"
    """It ended without taking its file away: it was killed, or the machine went down."""
    ELSEWHERE = "elsewhere"
    """It wrote its file on another machine that shares the folder: nothing can be known of it here."""
    UNREADABLE = "unreadable"
    """The run file cannot be read, or holds something else."""

    @property
    def is_good(self) -> bool:
        """Whether an operator need not look."""
        return self in (ProcessState.READY, ProcessState.RUNNING, ProcessState.ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Process:
    """A process, by its file in ``run/``."""

    name: str
    """Of the file: ``worker``, ``worker-2``."""
    state: ProcessState
    reason: str | None = None
    run: RunFile | None = None
    figures: Figures = field(default_factory=Figures)


def processes(state_dir: Path, limit_s: float = LIMIT_S) -> list[Process]:
    """All processes, each asked how it is; by the names of their files."""
    files = written(state_dir)
    asked = [(path, run) for path, run in files if run is not None and run.is_running and _address(run) is not None]
    probes = ask_all([_address(run) or "" for _, run in asked], limit_s)
    answered = {path: probe for (path, _), probe in zip(asked, probes, strict=True)}
    found = []
    for path, run in files:
        probe = answered.get(path)
        if run is None:
            found.append(
                Process(path.stem, ProcessState.UNREADABLE, f"{path}: cannot be read, or is no file of tgwire")
            )
        elif probe is None:
            found.append(_unasked(path, run))
        elif probe.is_ready is None:
            found.append(Process(path.stem, ProcessState.NO_ANSWER, probe.reason, run))
        else:
            state = ProcessState.READY if probe.is_ready else ProcessState.NOT_READY
            found.append(Process(path.stem, state, probe.reason, run, read_figures(probe.metrics)))
    return found


def _address(run: RunFile) -> str | None:
    """Where it is asked: what a broker names is no HTTP."""
    return run.endpoint if run.endpoint is not None and run.endpoint.startswith("http://") else None


def _unasked(path: Path, run: RunFile) -> Process:
    if run.is_running:
        return Process(path.stem, ProcessState.RUNNING, None, run)
    if not run.is_of_this_machine:
        return Process(path.stem, ProcessState.ELSEWHERE, f"runs on {run.host}, or ran there", run)
    return Process(
        path.stem,
        ProcessState.GONE,
        f"it ended without removing {path}, as after a kill; started again, it takes the file's place",
        run,
    )
