"""How long after a halt a paper session has done its last to the world: a fill, or the cancelling of what it had open."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from persistence.models import PaperSessionFillRow, PaperSessionLedgerRow
from tasks.control.halts import halt_status
from tasks.control.paper import start_session, stop_session
from tests.integration.installation import Installation, eventually

BUSY: dict[str, Any] = {
    "universe": ["AAPL", "AMD", "BAC", "GE", "HD", "JPM"],
    "strategy": "mean_reversion",
    "params": {"window": 10, "rebalance_every": 1},
    "start": "2020-01-02",
    "history_bars": 30,
    "max_bars": None,
    "seconds_per_bar": 0.005,
}
"""Trades on every bar, and bars come as fast as it takes them."""


def halted_session(made: Installation) -> float:
    """Halt one session; return its last act in ms after the request, once its books have been checked against the record."""
    started = start_session(made.control, made.admin, BUSY, run_name="busy")
    eventually(lambda: _last_act(made, started.run_id))
    requested = made.control.clock.now()
    record = stop_session(made.control, made.admin, started.task_id, "Benchmark").records[0]
    eventually(lambda: halt_status(made.control, record.id).proved)
    (item,) = halt_status(made.control, record.id).items
    last = _last_act(made, started.run_id)
    assert item.last_effect_at is not None
    assert last is not None
    assert last <= item.last_effect_at <= (item.proved_at or last), f"session {started.run_id}: {item}"
    return (item.last_effect_at - requested).total_seconds() * 1000


def _last_act(made: Installation, run_id: str) -> datetime | None:
    """Return when a session last wrote an order or a fill, as its rows have it; None before the first."""
    ledger = select(func.max(PaperSessionLedgerRow.booked_at)).where(
        PaperSessionLedgerRow.run_id == run_id, PaperSessionLedgerRow.order_key != ""
    )
    fills = select(func.max(PaperSessionFillRow.booked_at)).where(PaperSessionFillRow.run_id == run_id)
    with made.control.database.read() as session:
        times = [at for at in (session.scalar(ledger), session.scalar(fills)) if at is not None]
    return max(times, default=None)
