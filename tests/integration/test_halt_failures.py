"""Halts while Redis, the database or the worker fails: the run stops, and the record tells the truth in the end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tasks.control.halts import halt_run, halt_status, halt_workflows
from tasks.control.runs import start_run
from tasks.halt.keys import run_halt_key
from tests.conftest import NewDatabase
from tests.integration.installation import Installation, check_story, eventually, write_locked
from tests.integration.test_halts import start_long

OUTAGE_SECONDS = 2.0


@pytest.fixture(scope="module")
def failing(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation on SQLite, whose file can be locked from outside, with a worker."""
    made = Installation.start(tmp_path_factory.mktemp("home"), new_database("sqlite"), lease=10.0)
    made.start_worker()
    yield made
    made.stop()


def test_a_halt_while_the_database_is_locked_stops_the_run_and_is_written_later(
    failing: Installation,
) -> None:
    run_id = start_long(failing)

    with write_locked(failing.control.database):
        halted = halt_run(failing.control, failing.admin, run_id, "Drill")
        # The key and the message went out, so the node stops although no row can be written.
        eventually(lambda: quiet(failing, run_id))
    item = proved(failing, run_id)

    assert not halted.row_written
    assert halted.published
    assert failing.markers(run_id)[-1] <= item.last_effect_at
    assert failing.run(run_id).shown == "halted"
    check_story(failing.frames(run_id))
    # The request is answered in the end, too.
    eventually(lambda: halt_status(failing.control, halted.id).proved)


def test_a_halt_while_redis_hangs_and_the_database_is_locked_is_done_when_they_are_back(
    failing: Installation,
) -> None:
    run_id = start_long(failing)

    with write_locked(failing.control.database), hanging_redis(failing):
        halted = halt_run(failing.control, failing.admin, run_id, "Drill")
        pause(OUTAGE_SECONDS)
    again = halt_run(failing.control, failing.admin, run_id, "Drill once more")

    # Neither took the first request, and it says so; nobody was told that anything had stopped.
    assert (halted.row_written, halted.published, halted.proved) == (False, False, False)
    assert again.row_written
    item = proved(failing, run_id)
    assert failing.markers(run_id)[-1] <= item.last_effect_at
    check_story(failing.frames(run_id))


def test_a_halt_that_redis_missed_is_told_again_when_it_is_back(failing: Installation) -> None:
    run_id = start_long(failing)

    with hanging_redis(failing):
        halted = halt_run(failing.control, failing.admin, run_id, "Drill")
        failing.control.redis.connection_pool.disconnect()
    item = proved(failing, run_id)

    assert (halted.row_written, halted.published) == (True, False)
    assert item.killed_at is None
    assert failing.markers(run_id)[-1] <= item.last_effect_at


def test_a_worker_that_is_killed_while_it_is_being_halted_leaves_a_proof_all_the_same(
    failing: Installation,
) -> None:
    run_id = start_long(failing, "cpu")
    worker = failing.workers[0]

    halt_run(failing.control, failing.admin, run_id, "Drill")
    failing.kill_worker(worker)
    failing.start_worker()

    item = proved(failing, run_id)
    assert failing.markers(run_id)[-1] <= item.last_effect_at
    assert failing.writers(run_id) == set()
    assert failing.ended(run_id).shown == "halted"
    check_story(failing.frames(run_id))


def test_two_halts_at_once_hit_a_run_once_and_both_are_proved(failing: Installation) -> None:
    run_id = start_long(failing, "blocking")
    records: list[Any] = []
    threads = [
        threading.Thread(
            target=lambda: records.append(halt_workflows(failing.control, failing.admin, "Drill", "HALT"))
        )
        for _ in range(2)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(len(record.hit) for record in records) == [0, 1]
    proved(failing, run_id)
    assert all(halt_status(failing.control, record.id).proved for record in records)


def test_a_run_that_ends_by_itself_is_not_halted_afterwards(failing: Installation) -> None:
    run_id = start_run(failing.control, failing.admin, "quick", {}).run_id
    failing.ended(run_id)

    halt_run(failing.control, failing.admin, run_id, "Too late")

    assert failing.run(run_id).shown == "completed"
    assert not failing.control.redis.exists(run_halt_key(failing.run(run_id).record.summary.run_id))


@contextmanager
def hanging_redis(installation: Installation) -> Iterator[None]:
    """Keep Redis from answering."""
    os.kill(installation.server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(installation.server.process.pid, signal.SIGCONT)


def proved(installation: Installation, run_id: str) -> Any:
    """Return the run's part in the halt once it is proved."""
    return eventually(lambda: (halt := installation.run(run_id).halt) and halt.proved_at and halt)


def quiet(installation: Installation, run_id: str) -> bool:
    """Say whether a run has left no line for a while."""
    before = installation.markers(run_id)
    pause(0.3)
    return installation.markers(run_id) == before


def pause(seconds: float) -> None:
    threading.Event().wait(seconds)
