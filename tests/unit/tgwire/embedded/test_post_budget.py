"""Analysis that takes too long is broken off on its thread, and nothing is broken off behind its end."""

import threading
import time

import pytest

from processors.stream.monitoring.post_budget import OverBudgetError
from tests.support.patience import DEADLINE_S
from tgwire.embedded.post_budget import ThreadBudget


def spin(cpu_s: float) -> None:
    began = time.thread_time()
    while time.thread_time() - began < cpu_s:
        pass


def test_work_that_takes_too_long_is_broken_off_whatever_it_catches() -> None:
    budget, caught = ThreadBudget(0.05), []

    def work() -> None:
        while True:
            try:
                spin(60)
            except Exception as error:  # noqa: BLE001 - as libraries do
                caught.append(error)

    for _ in range(2):
        with pytest.raises(OverBudgetError), budget.watch():
            work()
    assert caught == []


def test_nothing_is_broken_off_behind_the_end() -> None:
    budget = ThreadBudget(0.01)
    for _ in range(5):
        try:
            with budget.watch():
                spin(0.009)  # ends just when the budget does, or a little later
        except OverBudgetError:
            pass
    spin(0.1)


def test_it_works_on_a_thread_beside_others() -> None:
    budget, ends = ThreadBudget(0.05), []

    def work() -> None:
        try:
            with budget.watch():
                spin(60)
        except OverBudgetError:
            ends.append("over")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(DEADLINE_S)
    assert ends == ["over"]


def test_work_begins_also_where_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    budget = ThreadBudget(0.05)

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with budget.watch():
        pass
    with pytest.raises(OverBudgetError), budget.watch():
        spin(60)
