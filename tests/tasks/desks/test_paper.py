"""The paper desk in a real worker process: a session's orders are in the books, and none is left open, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from persistence import migrate
from persistence.desk_runs import DeskRunRepository
from persistence.paper_sessions import PaperSessionRepository
from runtime.errors import InvalidValue, NotFound
from runtime.frames import is_terminal
from runtime.ids import RunId
from runtime.paper.books import LedgerEntry, SessionOrder, SessionState
from runtime.settings import Settings
from tasks.access import Actor, Role
from tasks.control.desk_halts import halt_desk, halt_desk_run
from tasks.control.desks import desk_events, get_desk_run, start_desk_run
from tasks.control.halts import halt_status
from tasks.control.reaper import reap
from tasks.halt.keys import EPOCH_KEY
from tasks.worker.process import WorkerProcess
from tests.integration.installation import eventually

ANN = Actor(id="ann", name="Ann", role=Role.ADMIN)
CONFIG: dict[str, Any] = {
    "universe": ["AAPL", "AMD", "BAC", "GE", "HD", "JPM"],
    "strategy": "mean_reversion",
    "params": {"window": 10, "rebalance_every": 1},
    "start": "2020-01-02",
    "history_bars": 30,
    "max_bars": 12,
    "seconds_per_bar": 0.0,
}
PATIENT = CONFIG | {
    "params": {"window": 10, "rebalance_every": 1, "limit_offset_bps": 2000.0},
    "max_bars": None,
    "seconds_per_bar": 0.05,
}
"""Its limits are a fifth below the market: they rest."""


@pytest.fixture
def worker(sqlite_url: str, clean_redis_url: str, tmp_path: Path) -> Iterator[WorkerProcess]:
    """A worker process's parts in this process."""
    migrate.upgrade(sqlite_url)
    process = WorkerProcess(
        Settings(home=tmp_path, database_url=sqlite_url, redis_url=clean_redis_url, run_lease_seconds=2)
    )
    process.control.redis.set(EPOCH_KEY, "now")
    yield process
    process.close()


def started(worker: WorkerProcess, config: dict[str, Any]) -> RunId:
    return start_desk_run(worker.control, ANN, "paper", config).run_id


def with_open_orders(worker: WorkerProcess) -> tuple[RunId, Thread]:
    """Start a session that rests limit orders, and return once some are open."""
    run_id = started(worker, PATIENT)
    thread = Thread(target=worker.execute_desk, args=[run_id])
    thread.start()
    eventually(lambda: get_desk_run(worker.control, ANN, run_id).holds)
    return run_id, thread


def state(worker: WorkerProcess, run_id: RunId) -> SessionState:
    with worker.control.database.read() as session:
        stored = PaperSessionRepository(session).state(run_id)
    assert stored is not None
    return stored.state


def orders(worker: WorkerProcess, run_id: RunId) -> list[SessionOrder]:
    with worker.control.database.read() as session:
        return list(PaperSessionRepository(session).orders(run_id, limit=10_000))


def ledger(worker: WorkerProcess, run_id: RunId) -> list[LedgerEntry]:
    with worker.control.database.read() as session:
        return list(PaperSessionRepository(session).ledger(run_id, limit=10_000))[::-1]


def test_a_session_ends_with_its_books_and_its_result_in_accord(worker: WorkerProcess) -> None:
    run_id = started(worker, CONFIG)

    worker.execute_desk(run_id)

    view = get_desk_run(worker.control, ANN, run_id)
    assert (view.record.summary.status, view.holds) == ("completed", "")
    stands, result = state(worker, run_id), view.record.result
    assert result is not None
    assert (result["bars_seen"], result["fills"], result["orders_submitted"]) == (
        stands.bars_seen,
        stands.fills,
        stands.orders_submitted,
    )
    assert (stands.bars_seen, stands.open_orders) == (12, 0)
    assert stands.fills > 3
    assert len(orders(worker, run_id)) == stands.orders_submitted
    entries = ledger(worker, run_id)
    assert {entry.kind for entry in entries} == {"STRATEGY", "ORDER", "FILL"}
    assert {entry.reference for entry in entries} == {f"paper:{run_id}"}
    assert sum(entry.cash_change for entry in entries) == pytest.approx(stands.cash - 100_000)
    told = {event.frame.get("event") for event in desk_events(worker.control, ANN, run_id)}
    assert told >= {"bar.received", "signal.emitted", "order.placed", "order.filled", "equity.update"}


def test_a_halted_session_cancels_its_open_orders_and_nothing_comes_later(worker: WorkerProcess) -> None:
    run_id, thread = with_open_orders(worker)

    record = halt_desk(worker.control, ANN, "paper", "Drill")
    thread.join(timeout=20)

    view = get_desk_run(worker.control, ANN, run_id)
    assert (view.shown, view.record.summary.error, view.holds) == ("halted", "Drill", "")
    assert {order.status for order in orders(worker, run_id)} == {"cancelled"}
    assert {order.reason for order in orders(worker, run_id)} <= {"replaced", "halted: Drill"}
    assert "Halted: Drill" in [entry.message for entry in ledger(worker, run_id)]
    stands = state(worker, run_id)
    assert view.record.result is not None
    assert (view.record.result["bars_seen"], stands.open_orders) == (stands.bars_seen, 0)
    proved = halt_status(worker.control, record.id)
    assert proved.proved
    assert proved.items[0].last_effect_at is not None
    frames = [event.frame for event in desk_events(worker.control, ANN, run_id)]
    assert is_terminal(frames[-1])
    assert "risk.halted" in [frame.get("event") for frame in frames]


def test_a_session_that_was_halted_while_it_waited_trades_nothing(worker: WorkerProcess) -> None:
    run_id = started(worker, CONFIG)

    halt_desk_run(worker.control, ANN, "paper", run_id, "Not today")
    worker.execute_desk(run_id)

    assert get_desk_run(worker.control, ANN, run_id).shown == "halted"
    assert (orders(worker, run_id), ledger(worker, run_id)) == ([], [])


def test_what_a_lost_worker_left_open_is_cancelled_when_its_session_is_ended(worker: WorkerProcess) -> None:
    run_id, thread = with_open_orders(worker)
    # Another worker takes it, and is lost: this one must not write any more.
    with worker.control.database.write() as session:
        runs = DeskRunRepository(session)
        soon = worker.control.clock.now() + timedelta(hours=1)
        assert runs.claim(run_id, worker="gone", now=soon, lease=timedelta(hours=-2))
    thread.join(timeout=20)
    left = [order for order in orders(worker, run_id) if order.status == "open"]

    eventually(lambda: reap(worker.control) is not None and _ended(worker, run_id))

    assert left != []
    view = get_desk_run(worker.control, ANN, run_id)
    assert (view.shown, view.holds) == ("error", "")
    after = {order.key: order for order in orders(worker, run_id)}
    assert {after[order.key].status for order in left} == {"cancelled"}
    assert "Worker lost" in after[left[0].key].reason
    assert len(after) == state(worker, run_id).orders_submitted
    assert ledger(worker, run_id)[-1].message.startswith("Cancelled")


def test_a_session_that_could_not_trade_is_refused_before_it_is_queued(worker: WorkerProcess) -> None:
    with pytest.raises(NotFound, match="AAPL"):
        started(worker, CONFIG | {"universe": ["AAPLE"]})
    with pytest.raises(InvalidValue, match="no bars to replay"):
        started(worker, CONFIG | {"start": "2031-01-01"})
    with pytest.raises(NotFound, match="momentum"):
        started(worker, CONFIG | {"strategy": "momentun"})
    with pytest.raises(InvalidValue, match=r"params\.window"):
        started(worker, CONFIG | {"params": {"window": 0}})
    with pytest.raises(InvalidValue, match="kill switch stops every session"):
        started(worker, CONFIG | {"stop_on_kill_switch": False})


def _ended(worker: WorkerProcess, run_id: RunId) -> bool:
    return get_desk_run(worker.control, ANN, run_id).record.summary.completed_at is not None
