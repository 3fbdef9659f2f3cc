from __future__ import annotations

import gc

import pytest

from runtime import collector


def fail_while_paused() -> None:
    with collector.paused():
        assert not gc.isenabled()
        with collector.paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise RuntimeError("within")


def test_the_collector_is_away_while_it_is_paused_and_back_afterwards() -> None:
    with pytest.raises(RuntimeError, match="within"):
        fail_while_paused()

    assert gc.isenabled()


def test_what_is_loaded_when_a_process_settles_is_not_walked_any_more() -> None:
    before = gc.get_freeze_count()
    try:
        collector.settle()

        assert gc.get_freeze_count() > before
        assert len(gc.get_objects()) < gc.get_freeze_count()
    finally:
        gc.unfreeze()
