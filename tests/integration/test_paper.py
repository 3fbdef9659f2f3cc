"""Paper sessions on real workers: halted, queued and halted, and with their worker gone."""

from __future__ import annotations

from typing import Any

import pytest

from persistence.events import EventRepository
from persistence.models import DeskEventRow
from persistence.paper_sessions import PaperSessionRepository
from runtime.ids import RunId
from tasks.app import RUN_DESK
from tasks.control.desks import DeskRunView, get_desk_run, start_desk_run
from tasks.control.halts import halt_status
from tasks.control.paper import SessionDetail, get_session, start_session, stop_all, stop_session
from tasks.control.reaper import reap
from tests.integration.installation import Installation, check_story, eventually
from tests.tasks.desks.test_paper import CONFIG, PATIENT


def view(installation: Installation, run_id: str) -> DeskRunView:
    return get_desk_run(installation.control, installation.admin, run_id)


def detail(installation: Installation, run_id: str) -> SessionDetail:
    return get_session(installation.control, installation.admin, run_id)


def closed(installation: Installation, run_id: str) -> DeskRunView:
    eventually(lambda: view(installation, run_id).record.summary.closed_at is not None)
    return view(installation, run_id)


def trading(installation: Installation) -> str:
    """Start a session whose limit orders rest, and return when some are open."""
    started = start_session(installation.control, installation.admin, PATIENT, run_name="patient")
    eventually(lambda: view(installation, started.run_id).holds)
    return started.run_id


def books(installation: Installation, run_id: str) -> tuple[Any, ...]:
    with installation.control.database.read() as session:
        kept = PaperSessionRepository(session)
        target = RunId(run_id)
        return (
            kept.orders(target, limit=10_000),
            kept.fills(target, limit=10_000),
            kept.ledger(target, limit=10_000),
            kept.state(target),
        )


def frames(installation: Installation, run_id: str) -> list[dict[str, Any]]:
    with installation.control.database.read() as session:
        found = EventRepository(session, DeskEventRow).after(RunId(run_id), 0, limit=100_000)
    return [{**event.frame, "seq": event.seq} for event in found]


def pass_time(installation: Installation) -> None:
    """Let the worker do other work."""
    started = start_session(installation.control, installation.admin, CONFIG, run_name="quick")
    assert closed(installation, started.run_id).shown == "completed"


def test_gap_12_a_halted_session_ends_halted_with_its_orders_cancelled_and_its_ledger_written(
    served: Installation,
) -> None:
    run_id = trading(served)

    stopped = stop_all(served.control, served.admin, "Drill")
    record = stopped.records[0]
    eventually(lambda: halt_status(served.control, record.id).proved)

    (item,) = halt_status(served.control, record.id).items
    assert stopped.run_ids == [run_id]
    assert item.acknowledged_at is not None
    assert item.last_effect_at is not None
    assert item.last_effect_at <= item.proved_at
    ended = closed(served, run_id)
    assert (ended.shown, ended.record.summary.error, ended.holds) == ("halted", "Drill", "")
    orders, fills, ledger, state = books(served, run_id)
    assert {order.status for order in orders} <= {"cancelled", "filled"}
    assert any(order.reason == "halted: Drill" for order in orders)
    assert "Halted: Drill" in [entry.message for entry in ledger]
    assert state.state.open_orders == 0
    assert (state.state.orders_submitted, state.state.fills) == (len(orders), len(fills))
    assert ended.record.result is not None
    assert ended.record.result["bars_seen"] == state.state.bars_seen
    check_story(frames(served, run_id))
    # The worker takes other work meanwhile, so time has passed: still nothing after the end.
    pass_time(served)
    assert books(served, run_id) == (orders, fills, ledger, state)


def test_one_session_is_stopped_and_the_other_goes_on(served: Installation) -> None:
    first, second = trading(served), trading(served)
    task_id = view(served, first).record.summary.task_id

    stop_session(served.control, served.admin, task_id, "Enough")
    assert closed(served, first).shown == "halted"
    seen = detail(served, second).books
    assert seen is not None
    eventually(lambda: (now := detail(served, second).books) and now.state.bars_seen > seen.state.bars_seen)

    assert view(served, second).shown == "running"
    stop_all(served.control, served.admin, "Drill over")
    assert closed(served, second).shown == "halted"


def test_gap_12_a_session_that_was_halted_while_it_waited_never_starts(
    served: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The message is held back, as a long queue would.
    monkeypatch.setattr("tasks.control.desks.dispatch_desk_run", lambda *_args, **_options: False)
    run_id = start_desk_run(served.control, served.admin, "paper", CONFIG).run_id

    stop_all(served.control, served.admin, "Not today")
    monkeypatch.undo()
    served.flush_redis()
    served.control.celery.send_task(RUN_DESK, args=[run_id], queue="paper", ignore_result=True)
    pass_time(served)

    assert closed(served, run_id).shown == "halted"
    assert books(served, run_id) == ([], [], [], None)


def test_a_session_whose_worker_is_killed_ends_truthfully_with_nothing_open(served: Installation) -> None:
    run_id = trading(served)

    served.kill_worker(served.workers[-1])
    eventually(lambda: run_id in reap(served.control).lost)
    ended = closed(served, run_id)

    assert (ended.shown, ended.holds) == ("error", "")
    assert "lost" in (ended.record.summary.error or "")
    orders, fills, ledger, state = books(served, run_id)
    assert "open" not in {order.status for order in orders}
    assert state.state.open_orders == 0
    assert (state.state.orders_submitted, state.state.fills) == (len(orders), len(fills))
    assert sum(entry.cash_change for entry in ledger) == pytest.approx(
        state.state.cash - state.state.initial_cash
    )
    check_story(frames(served, run_id))
