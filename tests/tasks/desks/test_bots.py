"""The bots desk in a real worker process: back-tests that judge, and paper sessions that a halt of the bots reaches."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text

from persistence.paper_sessions import PaperSessionRepository
from runtime.errors import AccessDenied, NotReproducible
from runtime.ids import RunId, UserId
from tasks.access import Actor, Role
from tasks.control.bots import create_bot, deploy, deployments, halt_all, halt_bot
from tasks.control.desks import get_desk_run
from tasks.control.halts import halt_status
from tasks.worker.process import WorkerProcess
from tests.integration.installation import eventually
from tests.tasks.desks import test_paper

# The same worker.
worker = test_paper.worker

ANN = Actor(id=UserId("ann"), name="Ann", role=Role.ADMIN)
ZOE = Actor(id=UserId("zoe"), name="Zoe", role=Role.ANALYST)
BOT: dict[str, Any] = {
    "name": "Reverter",
    "slug": "reverter",
    "universe": test_paper.CONFIG["universe"],
    "strategy": "mean_reversion",
    "params": {"window": 10, "rebalance_every": 2},
    "history_bars": 30,
    "backtest": {"start": "2020-01-02", "end": "2020-03-31"},
    "metrics": [{"metric": "max_drawdown", "maximum": 0.9}, {"metric": "sharpe", "minimum": 50}],
    "deployment": {"target": "paper_session", "start": "2020-01-02", "seconds_per_bar": 0.05},
}


def ended(worker: WorkerProcess, target: str, actor: Actor = ANN) -> dict[str, Any]:
    started = deploy(worker.control, actor, "reverter", target=target)
    worker.execute_desk(started.run_id)
    (view, *_) = deployments(worker.control, ANN, "reverter")
    assert view.shown == "completed", view.record.summary.error
    assert view.record.result is not None
    return view.record.result


@pytest.mark.parametrize("engine", ["event_driven", "vectorised"])
def test_a_backtest_gives_its_figures_and_names_what_it_missed(worker: WorkerProcess, engine: str) -> None:
    create_bot(worker.control, ANN, BOT | {"backtest": BOT["backtest"] | {"engine": engine}})

    result = ended(worker, "backtest")

    assert result["passed"] is False
    (missed,) = result["failed"]
    assert missed.startswith("sharpe is ")
    assert {"sharpe", "max_drawdown", "turnover", "hit_rate"} <= set(result["metrics"])
    assert (result["fills"] > 0) is (engine == "event_driven")
    assert result["equity"][-1]["day"] == "2020-03-31"
    assert (result["target"], result["version"]) == ("backtest", 1)


def test_a_paper_session_of_a_bot_books_its_orders_like_any_other(worker: WorkerProcess) -> None:
    create_bot(
        worker.control,
        ANN,
        BOT | {"deployment": BOT["deployment"] | {"seconds_per_bar": 0.0, "max_bars": 8}},
    )

    result = ended(worker, "spec")

    assert (result["target"], result["bars_seen"], result["open_orders"]) == ("paper_session", 8, 0)
    assert result["fills"] > 0


def test_gap_8_3_a_halt_of_all_bots_lets_their_sessions_cancel_their_orders(worker: WorkerProcess) -> None:
    resting = BOT["params"] | {"limit_offset_bps": 2000.0}
    create_bot(worker.control, ANN, BOT | {"params": resting})
    run_id = deploy(worker.control, ANN, "reverter").run_id
    thread = Thread(target=worker.execute_desk, args=[run_id])
    thread.start()
    eventually(lambda: get_desk_run(worker.control, ANN, run_id).holds)

    stopped, sessions = halt_all(worker.control, ANN, "Drill")
    thread.join(timeout=20)

    assert (stopped.run_ids, sessions) == ([run_id], 1)
    assert halt_status(worker.control, stopped.records[0].id).proved
    view = get_desk_run(worker.control, ANN, run_id)
    assert (view.shown, view.holds) == ("halted", "")
    assert view.record.summary.completed_at is not None
    with worker.control.database.read() as session:
        orders = PaperSessionRepository(session).orders(RunId(run_id), limit=1000)
    assert "halted: Drill" in {order.reason for order in orders}
    assert {order.status for order in orders} <= {"cancelled", "filled"}


def test_a_version_that_is_not_what_was_frozen_is_not_deployed(worker: WorkerProcess) -> None:
    create_bot(worker.control, ANN, BOT)
    with worker.control.database.write() as session:
        session.execute(text("DROP TRIGGER bot_versions_no_update"))
        session.execute(text("UPDATE bot_versions SET payload = replace(payload, 'Reverter', 'Robber')"))

    with pytest.raises(NotReproducible, match="not what was frozen"):
        deploy(worker.control, ANN, "reverter")


def test_an_analyst_halts_a_bot_only_when_all_it_runs_is_theirs(worker: WorkerProcess) -> None:
    create_bot(worker.control, ZOE, BOT)
    deploy(worker.control, ZOE, "reverter")
    assert len(halt_bot(worker.control, ZOE, "reverter", "Mine").run_ids) == 1

    deploy(worker.control, ZOE, "reverter")
    deploy(worker.control, ANN, "reverter")
    with pytest.raises(AccessDenied):
        halt_bot(worker.control, ZOE, "reverter", "Not all mine")
    with pytest.raises(AccessDenied):
        halt_all(worker.control, ZOE, "All")
