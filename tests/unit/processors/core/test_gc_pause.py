"""Looks for garbage are put off while data is loaded, and only then."""

import gc
from collections.abc import Iterator

import pytest

from processors.core.gc_pause import gc_paused


@pytest.fixture(autouse=True)
def gc_as_before() -> Iterator[None]:
    was_enabled = gc.isenabled()
    yield
    (gc.enable if was_enabled else gc.disable)()


def test_garbage_is_looked_for_again_afterwards() -> None:
    gc.enable()
    with gc_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_garbage_is_looked_for_again_after_an_error() -> None:
    gc.enable()
    with pytest.raises(ValueError, match="broken"), gc_paused():
        raise ValueError("broken")
    assert gc.isenabled()


def test_what_a_process_has_switched_off_stays_off() -> None:
    gc.disable()
    with gc_paused():
        pass
    assert not gc.isenabled()
