"""A desk's run in a real worker process: from the request to the one terminal frame, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from persistence import migrate
from persistence.desk_runs import DeskRunRepository, NewDeskRun
from runtime.errors import AccessDenied, InvalidValue, NotFound, Unavailable
from runtime.frames import is_terminal
from runtime.ids import RunId, TaskId
from runtime.settings import Settings
from tasks.access import Actor, Role
from tasks.control.desk_halts import halt_desk, halt_desk_run
from tasks.control.desks import DeskRunView, desk_events, get_desk_run, start_desk_run
from tasks.control.halts import halt_status
from tasks.control.reaper import reap
from tasks.control.switch import engage
from tasks.halt.keys import EPOCH_KEY
from tasks.worker.process import WorkerProcess
from tests.integration.installation import eventually
from tests.tasks.desks import probe

ANN = Actor(id="ann", name="Ann", role=Role.ANALYST)
OPS = Actor(id="ops", name="Ops", role=Role.OPERATOR)
ADMIN = Actor(id="adm", name="Ada", role=Role.ADMIN)


@pytest.fixture
def worker(
    sqlite_url: str, clean_redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WorkerProcess]:
    """A worker process's parts in this process, with the probe as its only desk."""
    probe.install(monkeypatch)
    migrate.upgrade(sqlite_url)
    process = WorkerProcess(
        Settings(home=tmp_path, database_url=sqlite_url, redis_url=clean_redis_url, run_lease_seconds=2)
    )
    process.control.redis.set(EPOCH_KEY, "now")
    yield process
    process.close()


def ended(worker: WorkerProcess, config: dict[str, Any], actor: Actor = ANN) -> DeskRunView:
    """Start a run, execute it, and return how it ended."""
    started = start_desk_run(worker.control, actor, "paper", config)
    worker.execute_desk(started.run_id)
    return get_desk_run(worker.control, actor, started.run_id)


def under_way(worker: WorkerProcess) -> tuple[RunId, Thread]:
    """Start a run that waits, and return once it has done its steps."""
    started = start_desk_run(worker.control, ANN, "paper", {"then": "wait"})
    thread = Thread(target=worker.execute_desk, args=[started.run_id])
    thread.start()
    eventually(
        lambda: any(
            event.frame.get("number") == 3 for event in desk_events(worker.control, ANN, started.run_id)
        )
    )
    return started.run_id, thread


def test_a_run_ends_with_its_result_and_one_terminal_frame(worker: WorkerProcess) -> None:
    view = ended(worker, {"steps": 2})

    run = view.record.summary
    assert (run.status, view.record.result) == ("completed", {"steps": 2, "doubled": 4})
    assert (run.progress, run.kind, run.name) == (1.0, "end", "Probe")
    frames = [event.frame for event in desk_events(worker.control, ANN, run.run_id)]
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert [is_terminal(frame) for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert [frame["number"] for frame in frames if frame.get("event") == "step"] == [1, 2]


@pytest.mark.parametrize(
    ("then", "status", "words", "result"),
    [
        ("fail", "error", "ZeroDivisionError: no luck", {"steps": 3}),
        ("spend", "rejected", "Guardrail calls", {"steps": 3}),
        ("rubbish", "error", "could not be stored", {"steps": 3}),
    ],
)
def test_whatever_comes_out_of_a_desk_the_run_ends_truthfully(
    worker: WorkerProcess, then: str, status: str, words: str, result: dict[str, Any]
) -> None:
    view = ended(worker, {"then": then})

    run = view.record.summary
    assert run.status == status
    assert words in (run.error or "")
    assert run.completed_at is not None
    assert run.closed_at is not None
    assert view.record.result in (result, None)


def test_a_halted_run_puts_its_things_in_order_and_its_halt_is_proved(worker: WorkerProcess) -> None:
    run_id, thread = under_way(worker)

    record = halt_desk(worker.control, OPS, "paper", "Drill")
    thread.join(timeout=20)

    view = get_desk_run(worker.control, ANN, run_id)
    assert (view.shown, view.record.summary.error) == ("halted", "Drill")
    assert view.record.result == {"steps": 3, "put in order": True}
    proved = halt_status(worker.control, record.id)
    assert proved.proved
    assert [(item.run_id, item.desk) for item in proved.items] == [(run_id, "paper")]
    assert proved.items[0].last_effect_at is not None


def test_the_kill_switch_stops_a_desk_and_lets_nothing_start_there(worker: WorkerProcess) -> None:
    run_id, thread = under_way(worker)

    engaged = engage(worker.control, OPS, "Storm")
    thread.join(timeout=20)

    assert get_desk_run(worker.control, ANN, run_id).shown == "halted"
    assert halt_status(worker.control, engaged.halt.id).proved
    with pytest.raises(Unavailable, match="kill switch"):
        start_desk_run(worker.control, ANN, "paper", {})


def test_a_run_that_was_halted_while_it_waited_never_starts(worker: WorkerProcess) -> None:
    started = start_desk_run(worker.control, ANN, "paper", {})

    record = halt_desk_run(worker.control, ANN, "paper", started.run_id, "Not today")
    worker.execute_desk(started.run_id)

    view = get_desk_run(worker.control, ANN, started.run_id)
    assert (view.shown, view.record.result) == ("halted", None)
    assert record.proved
    again = halt_desk_run(worker.control, ANN, "paper", started.run_id, "Again")
    assert again.id == record.id


def test_a_run_without_a_task_that_anybody_knows_is_halted_too(worker: WorkerProcess) -> None:
    started = start_desk_run(worker.control, ANN, "paper", {})
    worker.control.redis.flushall()

    assert halt_desk(worker.control, OPS, "paper", "Storm").proved
    assert get_desk_run(worker.control, ANN, started.run_id).record.summary.completed_at is not None
    assert halt_desk(worker.control, OPS, "paper", "Nothing left").hit == ()


def test_a_run_of_a_desk_that_is_not_there_any_more_is_halted_with_the_rest(worker: WorkerProcess) -> None:
    control = worker.control
    orphan = NewDeskRun(
        run_id=RunId("orphan"), task_id=TaskId("t"), desk="rl", kind="train", name="x", queue="training",
        config={}, created_by=None, created_by_name="Ann",
    )  # fmt: skip
    with control.database.write() as session:
        DeskRunRepository(session).insert_pending(orphan, control.clock.now())
    started = start_desk_run(control, ANN, "paper", {})

    halt = engage(control, OPS, "Storm").halt

    assert {item.run_id for item in halt.items} == {orphan.run_id, started.run_id}
    assert halt.proved


def test_a_run_whose_worker_is_lost_is_ended_by_the_reaper(worker: WorkerProcess) -> None:
    started = start_desk_run(worker.control, ANN, "paper", {})
    past = worker.control.clock.now() - worker.parts.lease * 2
    with worker.control.database.write() as session:
        DeskRunRepository(session).claim(started.run_id, worker="gone", now=past, lease=worker.parts.lease)

    eventually(lambda: reap(worker.control) is not None and _status(worker, started.run_id) == "error")

    view = get_desk_run(worker.control, ANN, started.run_id)
    assert "Worker lost" in (view.record.summary.error or "")
    assert is_terminal(desk_events(worker.control, ANN, started.run_id)[-1].frame)


def test_an_analyst_halts_only_what_is_theirs_and_no_whole_desk(worker: WorkerProcess) -> None:
    started = start_desk_run(worker.control, ADMIN, "paper", {})

    with pytest.raises(AccessDenied):
        halt_desk_run(worker.control, ANN, "paper", started.run_id, "Mine?")
    with pytest.raises(AccessDenied):
        halt_desk(worker.control, ANN, "paper", "All")
    with pytest.raises(AccessDenied):
        start_desk_run(worker.control, OPS, "paper", {})


def test_a_bad_request_names_what_is_wrong(worker: WorkerProcess) -> None:
    with pytest.raises(InvalidValue, match="steps"):
        start_desk_run(worker.control, ANN, "paper", {"steps": "many"})
    with pytest.raises(InvalidValue, match="name"):
        start_desk_run(worker.control, ANN, "paper", {}, name="x" * 161)
    with pytest.raises(NotFound, match="papre"):
        start_desk_run(worker.control, ANN, "papre", {})
    with pytest.raises(NotFound, match="nobody"):
        get_desk_run(worker.control, ANN, "nobody")


def _status(worker: WorkerProcess, run_id: RunId) -> str:
    return get_desk_run(worker.control, ANN, run_id).record.summary.status
