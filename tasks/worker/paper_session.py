"""A paper session as a desk's work: its parts taken from the worker, its story told in frames."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from runtime.errors import HaltRequested
from runtime.paper.books import SessionEvent, SessionState
from runtime.paper.config import PaperConfig
from runtime.paper.session import Ending, PaperSession, SessionPorts
from tasks.control.switch import switch_engaged
from tasks.worker.local_runs import LocalRun
from tasks.worker.session_books import DbSessionBooks

if TYPE_CHECKING:
    from tasks.desks.desk import DeskContext

PAPER_SESSION = "paper_session"
"""What desks call a run that is a session."""
_WORDS = {
    "bar.received": "Bar {bar}",
    "signal.emitted": "Wants to {side} {symbol}",
    "order.placed": "Ordered: {side} {quantity:.4f} {symbol}",
    "order.filled": "Filled: {side} {quantity:.4f} {symbol} at {price:.4f}",
    "equity.update": "Equity {equity:.2f} USD",
    "risk.halted": "Halted: {reason}",
}


def reference_of(run_id: str) -> str:
    """Return how the orders of a session name it."""
    return f"paper:{run_id}"


async def trade(config: PaperConfig, ctx: "DeskContext") -> Mapping[str, Any]:
    """Run a session to its end and return where it stands then; raises `HaltRequested` when it was told to stop.

    However it ends, what is kept is where the session stood as its books have it.
    """
    parts = ctx.parts
    closes = await parts.offload(parts.market.prices, config.universe, start=None, end=config.end)
    books = DbSessionBooks(
        parts.control.database,
        parts.offload,
        claim=ctx.claim,
        now=parts.clock.now,
        switch_engaged=lambda: switch_engaged(parts.control),
    )

    async def admit() -> None:
        await ctx.admit()

    def tell(event: SessionEvent) -> None:
        ctx.tell(event.name, _WORDS[event.name].format(**event.data), **event.data)
        if event.name == "equity.update":
            ctx.progress(session.state.bars_seen / max(1, session.bars), f"Bar {session.state.bars_seen}")
            ctx.keep(result_of(session.state))

    ports = SessionPorts(
        books=books,
        clock=parts.clock,
        admit=admit,
        compute=ctx.compute,
        tell=tell,
        side_effect=ctx.side_effect,
        stopped=lambda: _stopped(parts.local.by_id.get(ctx.run_id)),
    )
    session = PaperSession(config, reference=reference_of(ctx.run_id), closes=closes, ports=ports)
    try:
        end = await session.run()
    except (Exception, asyncio.CancelledError):
        ctx.keep(result_of(session.state))
        raise
    ctx.keep(result_of(end.state))
    if end.status == "halted":
        raise HaltRequested(end.reason)
    return result_of(end.state)


def _stopped(local: LocalRun | None) -> tuple[Ending, str]:
    """Return what the session is to say of a cancel."""
    if local is None or local.stopped is None:
        return "failed", "its task was cancelled from outside"
    return ("halted" if local.stopped.kind == "halt" else "failed"), local.stopped.reason


def result_of(state: SessionState) -> dict[str, Any]:
    """Return where a session stands as JSON; the final equity is that of the last bar it saw."""
    fields = asdict(state)
    at = fields.pop("current_time")
    return {**fields, "current_time": None if at is None else at.isoformat(), "final_equity": state.equity}
