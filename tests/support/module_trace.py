"""Which modules of the project one post passes: every Python call on every thread, between two moments."""

import sys
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from types import CodeType, FrameType

from tests.support.project import ROOT

Moment = Callable[[str, str, FrameType], bool]
"""Whether a call is the one that is waited for, by the path of its file, the name of its function, and its frame."""


class ModuleTrace:
    """Notes the modules below a folder that are called from one moment to another, in the order of their first calls.

    What other posts and timers do meanwhile is left out: every call of the functions ``aside`` and below them, each
    named as ``module.py:function``.
    """

    def __init__(
        self,
        folder: str,
        begins: Moment,
        ends: Moment,
        report: Callable[[list[str]], None],
        aside: Collection[str] = (),
    ) -> None:
        """``report`` gets the modules' paths each time the end is reached; a new beginning discards those before."""
        self._folder, self._begins, self._ends, self._report = ROOT / folder, begins, ends, report
        self._aside = frozenset(aside)
        self._passed: list[str] | None = None
        self._names: dict[CodeType, str | None] = {}

    def start(self) -> None:
        """Trace this thread, and those that are started from now on."""
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)

    def stop(self) -> None:
        """Trace no more."""
        sys.setprofile(None)
        threading.setprofile(None)
        self._passed = None

    def _profile(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call":
            return
        path, function = frame.f_code.co_filename, frame.f_code.co_name
        if self._begins(path, function, frame):
            self._passed = []
        if self._passed is None:
            return
        name = self._name(frame.f_code)
        if name is not None and name not in self._passed and not self._is_aside(frame):
            self._passed.append(name)
        if self._ends(path, function, frame):
            passed, self._passed = self._passed, None
            self._report(passed)

    def _name(self, code: CodeType) -> str | None:
        """Path of a module in the folder; None of all others."""
        if code not in self._names:
            path = Path(code.co_filename)
            self._names[code] = str(path.relative_to(ROOT)) if path.is_relative_to(self._folder) else None
        return self._names[code]

    def _is_aside(self, frame: FrameType | None) -> bool:
        while frame is not None:
            if f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_name}" in self._aside:
                return True
            frame = frame.f_back
        return False
