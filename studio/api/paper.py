"""Paper sessions over HTTP: start, stop one or all, look. What is the same for every desk is under `/api/desks/paper` as well."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, ConfigDict, Field

from persistence.desk_runs import DeskRunSummary
from persistence.paper_sessions import StoredState
from runtime.desks import DeskName
from runtime.ids import RunId, TaskId
from runtime.paper.books import EntryKind, OrderStatus
from runtime.paper.fills import Side
from studio.api.auth import CurrentActor, Services
from studio.api.halts import HaltStep, halt_step
from tasks.control import paper
from tasks.control.desks import ShownDeskStatus, StartedDeskRun

router = APIRouter(prefix="/paper", tags=["paper"])


class PaperStart(BaseModel):
    """What to trade. Fields of `config` are those of `runtime.paper.config.PaperConfig`."""

    model_config = ConfigDict(extra="forbid")

    config: dict[str, Any] = Field(default_factory=dict)
    run_name: str = ""


class SessionQueued(BaseModel):
    """A session that will start."""

    run_id: RunId
    task_id: TaskId
    status: str = "queued"
    stream_url: str
    """Its frames, by number."""
    dispatched: bool
    """False: the broker did not take the message; the session waits, and is sent again."""

    @classmethod
    def of(cls, started: StartedDeskRun, desk: DeskName) -> Self:
        """Return the answer to a start."""
        return cls(
            run_id=started.run_id,
            task_id=started.task_id,
            stream_url=f"/api/desks/{desk}/runs/{started.run_id}/events",
            dispatched=started.dispatched,
        )


class SessionsStopped(BaseModel):
    """What a request to stop has hit. They are halting; `GET /paper/runs/{id}` says when the last thing was done."""

    stopped: int
    task_ids: list[TaskId]
    failures: list[str]
    reason: str

    @classmethod
    def of(cls, stopped: paper.Stopped) -> Self:
        """Return the public form."""
        return cls(
            stopped=len(stopped.run_ids),
            task_ids=stopped.task_ids,
            failures=list(stopped.failures),
            reason=stopped.reason,
        )


class PaperRun(BaseModel):
    """A session in a list. `status` is `halting` until the last side effect of a halted one is proved to be in the past.

    Figures are as of `bars_seen`; before the first booking there are none.
    """

    id: RunId
    task_id: TaskId
    desk: DeskName
    """`bots` for the session of a bot."""
    run_name: str
    brokerage: str = "simulated"
    feed: str = "replay"
    status: ShownDeskStatus
    created_at: datetime
    started_at: datetime | None
    last_heartbeat_at: datetime | None
    stopped_at: datetime | None
    bars_seen: int
    orders_submitted: int
    fills: int
    open_orders: int
    initial_cash: float | None
    equity: float | None
    final_equity: float | None
    """Null until it has ended."""
    realized_pnl: float | None
    max_drawdown: float | None
    error: str | None


class PaperOrder(BaseModel):
    """An order of a session."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    reference: str
    symbol: str
    side: Side
    quantity: float
    limit_price: float | None
    status: OrderStatus
    reason: str
    placed_bar: int
    placed_at: datetime


class PaperFill(BaseModel):
    """An execution."""

    model_config = ConfigDict(from_attributes=True)

    order_key: str
    symbol: str
    side: Side
    quantity: float
    price: float
    fee: float
    cash_change: float
    bar: int
    at: datetime


class PaperEntry(BaseModel):
    """A line of the ledger."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    kind: EntryKind
    reference: str
    at: datetime
    message: str
    cash_change: float
    order_key: str
    data: dict[str, Any]


class SessionStanding(BaseModel):
    """Where a session stands, as of `bars_seen`."""

    model_config = ConfigDict(from_attributes=True)

    bars_seen: int
    current_time: datetime | None
    cash: float
    equity: float
    realized_pnl: float
    unrealized_pnl: float
    max_drawdown: float
    open_orders: int
    positions: dict[str, float]


class PaperRunDetail(PaperRun):
    """A session with its configuration and the latest of its books, newest first."""

    config: dict[str, Any]
    state: SessionStanding | None
    orders: list[PaperOrder]
    executions: list[PaperFill]
    ledger: list[PaperEntry]
    halt: HaltStep | None


@router.post("/start", status_code=status.HTTP_202_ACCEPTED)
def start(request: PaperStart, actor: CurrentActor, container: Services) -> SessionQueued:
    """Start a session."""
    started = paper.start_session(container.control, actor, request.config, run_name=request.run_name)
    return SessionQueued.of(started, "paper")


@router.post("/stop/{task_id}")
def stop(
    task_id: str, actor: CurrentActor, container: Services, reason: str = "user_stop"
) -> SessionsStopped:
    """Halt one session; one that has ended is left alone."""
    return SessionsStopped.of(paper.stop_session(container.control, actor, task_id, reason))


@router.post("/stop-all")
def stop_all(actor: CurrentActor, container: Services, reason: str = "kill_switch") -> SessionsStopped:
    """Halt every session, those of bots included; nothing to stop is no error."""
    return SessionsStopped.of(paper.stop_all(container.control, actor, reason))


@router.get("/runs")
def list_runs(
    *,
    actor: CurrentActor,
    container: Services,
    active: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: str | None = None,
) -> list[PaperRun]:
    """Return sessions, newest first; `before` is the id of the last one of the page before."""
    found = paper.list_sessions(container.control, actor, active=active, limit=limit, before=before)
    return [PaperRun(**_figures(one.run, one.shown, one.books)) for one in found]


@router.get("/runs/{run_id}")
def get_run(run_id: str, actor: CurrentActor, container: Services) -> PaperRunDetail:
    """Return one session."""
    found = paper.get_session(container.control, actor, run_id)
    record, halt = found.view.record, found.view.halt
    return PaperRunDetail(
        **_figures(record.summary, found.view.shown, found.books),
        config=record.config,
        state=None if found.books is None else SessionStanding.model_validate(found.books.state),
        orders=[PaperOrder.model_validate(order) for order in found.orders],
        executions=[PaperFill.model_validate(fill) for fill in found.fills],
        ledger=[PaperEntry.model_validate(entry) for entry in found.ledger],
        halt=None if halt is None else halt_step(halt),
    )


def _figures(run: DeskRunSummary, shown: ShownDeskStatus, books: StoredState | None) -> dict[str, Any]:
    state = None if books is None else books.state
    ended = run.completed_at is not None and shown != "halting"
    return {
        "id": run.run_id,
        "task_id": run.task_id,
        "desk": run.desk,
        "run_name": run.name,
        "status": shown,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "last_heartbeat_at": None if books is None else books.heartbeat_at,
        "stopped_at": run.completed_at,
        "bars_seen": 0 if state is None else state.bars_seen,
        "orders_submitted": 0 if state is None else state.orders_submitted,
        "fills": 0 if state is None else state.fills,
        "open_orders": 0 if state is None else state.open_orders,
        "initial_cash": None if state is None else state.initial_cash,
        "equity": None if state is None else state.equity,
        "final_equity": state.equity if state is not None and ended else None,
        "realized_pnl": None if state is None else state.realized_pnl,
        "max_drawdown": None if state is None else state.max_drawdown,
        "error": run.error,
    }
