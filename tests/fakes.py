"""Small real implementations of the runtime's ports, for tests: time, orders, prices, settings and a node's context."""

import asyncio
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from runtime.agents.embedding import hashed
from runtime.agents.memory import AgentMemory, Memory, Passage, as_known
from runtime.approvals import Answer, Question, Who
from runtime.errors import NotFound, Unavailable, WriteRefused
from runtime.frames import frame
from runtime.ids import NodeId, RunId, SpecName, TaskId
from runtime.node import Ask, BodyResult, BodyRun, Ledger, NodeContext, Port
from runtime.paper.books import Booking, LedgerEntry, SessionFill, SessionOrder, SessionState
from runtime.ports import (
    Account,
    Delivery,
    OrderReceipt,
    OrderRequest,
    PlacedOrder,
    Posting,
    PriceSource,
    QueuedRun,
)
from runtime.settings import LiveSettings
from runtime.values import Value

EXAMPLE_FILES = Path(__file__).parent / "contracts" / "files"
"""What a workflow's folder of files holds in the tests: the files that the examples of node kinds name."""
EPOCH = datetime(2024, 1, 2, 15, 0, tzinfo=UTC)


class Turnstile:
    """Every await of a fake passes here; the `stop_at`-th (from 1) never comes out again unless cancelled or released."""

    def __init__(self, stop_at: int = 0) -> None:
        self.stop_at = stop_at
        self.passed = 0
        self.reached = asyncio.Event()
        self.released = asyncio.Event()

    async def pass_through(self) -> None:
        """Yield to the loop once, or park at the chosen turn."""
        self.passed += 1
        if self.passed == self.stop_at:
            self.reached.set()
            await self.released.wait()
        await asyncio.sleep(0)


class FakeClock:
    """A clock that stands still until told; `sleep` moves it, so nothing ever waits."""

    def __init__(self, now: datetime = EPOCH, *, turnstile: Turnstile | None = None) -> None:
        self._now = now
        self._elapsed = 0.0
        self._turnstile = turnstile
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Return the wall clock."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds since the clock was made."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Move the clock on and yield to the loop."""
        await (self._turnstile or Turnstile()).pass_through()
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self._elapsed += seconds
        self._now += timedelta(seconds=seconds)


class InMemoryOrders:
    """An order book that keeps its accounts in a dict; `engaged` is its kill switch."""

    def __init__(self, *, engaged: bool = False, turnstile: Turnstile | None = None) -> None:
        self.engaged = engaged
        self.placed: list[OrderRequest] = []
        """Orders that were filled, each once."""
        self._receipts: dict[str, OrderReceipt] = {}
        self._cash: dict[str, float] = {}
        self._positions: dict[str, dict[str, float]] = {}
        self._turnstile = turnstile

    async def account(self, name: str, *, initial_cash: float) -> Account:
        """Return the account, opened with `initial_cash` when it is new."""
        await (self._turnstile or Turnstile()).pass_through()
        return self._account(name, initial_cash)

    async def place(
        self, orders: Sequence[OrderRequest], *, fee_bps: float, slippage_bps: float
    ) -> list[OrderReceipt]:
        """Fill orders, each key once; refuse all when the kill switch is engaged."""
        await (self._turnstile or Turnstile()).pass_through()
        return [self._fill(order, fee_bps=fee_bps, slippage_bps=slippage_bps) for order in orders]

    async def placed_by(self, node_id: str) -> list[PlacedOrder]:
        """Return what a node has had filled; whoever holds the book is of one run."""
        await (self._turnstile or Turnstile()).pass_through()
        return [
            PlacedOrder(
                key=order.key,
                symbol=order.symbol,
                side=order.side,
                quantity=order.quantity,
                receipt=replace(self._receipts[order.key], created=False),
            )
            for order in self.placed
            if order.node_id == node_id
        ]

    def _account(self, name: str, initial_cash: float = 0.0) -> Account:
        return Account(
            cash=self._cash.setdefault(name, initial_cash),
            positions={symbol: held for symbol, held in self._positions.get(name, {}).items() if held},
        )

    def _fill(self, order: OrderRequest, *, fee_bps: float, slippage_bps: float) -> OrderReceipt:
        known = self._receipts.get(order.key)
        if known is not None:
            return OrderReceipt(
                order_id=known.order_id, status=known.status, price=known.price, fee=known.fee, created=False
            )
        if self.engaged:
            return OrderReceipt(
                order_id="",
                status="rejected",
                price=0.0,
                fee=0.0,
                created=False,
                reason="kill switch engaged",
            )
        sign = 1 if order.side == "buy" else -1
        price = order.reference_price * (1 + sign * slippage_bps / 1e4)
        fee = price * order.quantity * fee_bps / 1e4
        held = self._positions.setdefault(order.account, {})
        held[order.symbol] = held.get(order.symbol, 0.0) + sign * order.quantity
        self._cash[order.account] = self._cash.get(order.account, 0.0) - sign * price * order.quantity - fee
        self.placed.append(order)
        receipt = OrderReceipt(
            order_id=f"order-{len(self.placed)}", status="filled", price=price, fee=fee, created=True
        )
        self._receipts[order.key] = receipt
        return receipt


class InMemoryBooks:
    """The books of one paper session. `status` and `taken_over` are what the outside does to it."""

    def __init__(self, *, turnstile: Turnstile | None = None) -> None:
        self.status = "running"
        self.reason = "halted"
        """Why it is not running any more."""
        self.taken_over = False
        self.outages: list[str] = []
        """What the next writes meet: `before` or `after` it was written, the answer is lost."""
        self.orders: dict[str, SessionOrder] = {}
        self.fills: dict[str, SessionFill] = {}
        self.ledger: dict[int, LedgerEntry] = {}
        self.state: SessionState | None = None
        self.states_written = 0
        self.closed = False
        self._turnstile = turnstile

    @property
    def open_orders(self) -> list[SessionOrder]:
        """Return what is open, as the books have it."""
        return [order for order in self.orders.values() if order.status == "open"]

    async def record(self, booking: Booking) -> None:
        """Write a booking; the same one again changes nothing."""
        await (self._turnstile or Turnstile()).pass_through()
        if self.status != "running" or self.taken_over:
            raise WriteRefused("The session belongs to another worker." if self.taken_over else self.reason)
        self._write(booking)

    async def has_entry(self, seq: int) -> bool:
        """Say whether the ledger has this entry."""
        await (self._turnstile or Turnstile()).pass_through()
        return seq in self.ledger

    async def close(self, booking: Booking) -> None:
        """Write the last booking."""
        await (self._turnstile or Turnstile()).pass_through()
        if self.taken_over:
            raise WriteRefused("The session belongs to another worker.")
        known = {key for key in self.orders if key in {order.key for order in booking.orders}}
        if booking.fills or len(known) < len(booking.orders):
            raise WriteRefused("Nothing new can be booked at the end of a session.")
        self._write(booking)
        self.closed = True

    def _write(self, booking: Booking) -> None:
        outage = self.outages.pop(0) if self.outages else ""
        if outage == "before":
            raise Unavailable("The books do not answer.")
        self.orders |= {order.key: order for order in booking.orders}
        for fill in booking.fills:
            self.fills.setdefault(fill.order_key, fill)
        for entry in booking.ledger:
            self.ledger.setdefault(entry.seq, entry)
        self.state = booking.state
        self.states_written += 1
        if outage == "after":
            raise Unavailable("The books do not answer.")


class InMemoryOutbound:
    """A way out that leads into a list; `status` is what everybody out there answers."""

    def __init__(self, *, status: int = 200, turnstile: Turnstile | None = None) -> None:
        self.posted: list[Posting] = []
        self._status = status
        self._turnstile = turnstile

    async def post(self, posting: Posting, *, sent: Callable[[], None]) -> Delivery:
        """Take the posting, then answer."""
        await (self._turnstile or Turnstile()).pass_through()
        self.posted.append(posting)
        sent()
        await (self._turnstile or Turnstile()).pass_through()
        return Delivery(host="example.com", status=self._status, received=2)


class InMemoryMemory:
    """What agents remember, in a list; `broken` is what it raises instead of answering."""

    def __init__(self, *, broken: Exception | None = None, turnstile: Turnstile | None = None) -> None:
        self.kept: dict[str, Memory] = {}
        self.broken = broken
        self._turnstile = turnstile

    async def remember(self, memory: Memory) -> None:
        """Keep a memory, each key once."""
        await (self._turnstile or Turnstile()).pass_through()
        if self.broken is not None:
            raise self.broken
        self.kept.setdefault(memory.key, memory)

    async def recall(self, agent: str, query: str, *, k: int, before: date) -> Sequence[Passage]:
        """Return the most alike memories of the days before."""
        await (self._turnstile or Turnstile()).pass_through()
        if self.broken is not None:
            raise self.broken
        found = [
            Passage(memory=as_known(memory, before=before), score=_likeness(query, memory.situation))
            for memory in self.kept.values()
            if memory.agent == agent and memory.as_of < before
        ]
        alike = [passage for passage in found if passage.score > 0]
        alike.sort(key=lambda each: (-each.score, -each.memory.as_of.toordinal(), each.memory.key))
        return alike[:k]


def _likeness(first: str, second: str) -> float:
    one, other = hashed(first), hashed(second)
    return min(float(np.dot(one, other)), 1.0) if one and other else 0.0


class EchoBody:
    """A body that hands on: each output gets what the input of its name got. Keeps every pass."""

    def __init__(
        self, inputs: Sequence[Port], outputs: Sequence[Port], *, turnstile: Turnstile | None = None
    ) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.passes: list[tuple[str, Mapping[str, Value]]] = []
        self._turnstile = turnstile

    async def run(
        self, label: str, inputs: Mapping[str, Value], *, slots: Mapping[str, Any] | None = None
    ) -> BodyResult:
        """Pass through it once."""
        await (self._turnstile or Turnstile()).pass_through()
        self.passes.append((label, inputs))
        names = [port.id for port in self.outputs if port.id in inputs]
        return BodyResult(outputs={name: inputs[name] for name in names}, slots={})


class InMemoryQueue:
    """A queue that keeps what it accepts."""

    def __init__(self, *, turnstile: Turnstile | None = None) -> None:
        self.accepted: list[tuple[str, Mapping[str, Any], str | None]] = []
        self._turnstile = turnstile

    async def enqueue(
        self, workflow: str, inputs: Mapping[str, Any], *, version_id: str | None = None
    ) -> QueuedRun:
        """Accept a run, as a node asks for it."""
        await (self._turnstile or Turnstile()).pass_through()
        self.accepted.append((workflow, inputs, version_id))
        return QueuedRun(run_id=RunId(f"child-{len(self.accepted)}"), task_id=TaskId("task"))


class InMemoryPrices:
    """A price source over one frame, days × symbols."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def symbols(self) -> Sequence[str]:
        """Return the symbols of the frame, sorted."""
        return sorted(self._frame.columns)

    def prices(self, symbols: Sequence[str], *, start: date | None, end: date | None) -> pd.DataFrame:
        """Return the chosen columns and days, both ends included."""
        for symbol in symbols:
            if symbol not in self._frame.columns:
                raise NotFound("symbol", symbol, known=self.symbols())
        first = pd.Timestamp(start) if start else None
        last = pd.Timestamp(end) if end else None
        return self._frame.loc[first:last, list(symbols)].copy()


class ScriptedSettings:
    """Live settings that change from one reading to the next; the last one stays."""

    def __init__(self, *readings: LiveSettings, turnstile: Turnstile | None = None) -> None:
        self._readings = readings or (LiveSettings(),)
        self._turnstile = turnstile
        self.read = 0

    async def live(self) -> LiveSettings:
        """Return the next reading."""
        await (self._turnstile or Turnstile()).pass_through()
        reading = self._readings[min(self.read, len(self._readings) - 1)]
        self.read += 1
        return reading


@dataclass(slots=True)
class Effects:
    """What a node did to the world, as its context saw it."""

    stamps: list[datetime] = field(default_factory=list[datetime])
    """Times of the calls of `ctx.side_effect`."""
    progress: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    steps: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    """Steps of agents that were kept."""


def _shipped() -> PriceSource:
    from runtime.market.shipped import ShippedPrices

    return ShippedPrices()


class InMemoryApprovals:
    """Keeps questions, and answers that a test has given; `agreeable`: everything is approved as soon as it is asked."""

    def __init__(self, *, clock: FakeClock | None = None, agreeable: bool = False) -> None:
        self.asked: dict[str, Question] = {}
        self.asked_at: dict[str, datetime] = {}
        self.answers: dict[str, Answer] = {}
        self._clock = clock or FakeClock()
        self._agreeable = agreeable

    async def ask(self, question: Question) -> Answer | None:
        self.asked.setdefault(question.subject, question)
        self.asked_at.setdefault(question.subject, self._clock.now())
        if self._agreeable:
            self.answer(question.subject, approved=True)
        return self.answers.get(question.subject)

    def answer(self, subject: str, *, approved: bool, comment: str = "") -> None:
        """Answer a question that has been asked."""
        self.answers[subject] = Answer(
            approved=approved,
            comment=comment,
            by="olga",
            asked_at=self.asked_at[subject],
            answered_at=self._clock.now(),
        )

    @property
    def answered(self) -> dict[str, datetime]:
        """Return subject → when it was asked, as a run that goes on is told."""
        return {subject: answer.asked_at for subject, answer in self.answers.items()}


def _approving(clock: FakeClock, turnstile: Turnstile | None) -> Ask:
    async def ask(text: str, *, who: Who = "operator", timeout_seconds: float | None = None) -> Answer:
        await (turnstile or Turnstile()).pass_through()
        now = clock.now()
        return Answer(approved=True, comment=text, by="olga", asked_at=now, answered_at=now)

    return ask


def make_context(
    folder: Path,
    *,
    market: PriceSource | None = None,
    orders: InMemoryOrders | None = None,
    outbound: InMemoryOutbound | None = None,
    files: Sequence[Path] = (EXAMPLE_FILES,),
    memory: AgentMemory | None = None,
    clock: FakeClock | None = None,
    live: ScriptedSettings | None = None,
    settings: LiveSettings | None = None,
    effects: Effects | None = None,
    ledger: Ledger | None = None,
    inputs: Mapping[str, Any] | None = None,
    state: Mapping[str, Any] | None = None,
    node_id: str = "node",
    run_id: str = "run",
    turnstile: Turnstile | None = None,
    body: BodyRun | None = None,
    queue: InMemoryQueue | None = None,
) -> NodeContext:
    """Build the context of one node execution; whatever is not given is an empty fake.

    `market` defaults to the shipped prices. With a `turnstile` every await passes through it. Whoever is asked approves.
    """
    live = live or ScriptedSettings(settings or LiveSettings(), turnstile=turnstile)
    clock = clock or FakeClock(turnstile=turnstile)
    effects = effects or Effects()

    async def compute(function: Callable[..., object], *args: object, **kwargs: object) -> object:
        await (turnstile or Turnstile()).pass_through()
        # The product may compute in another process: whatever cannot travel there must fail here too.
        function, args, kwargs = pickle.loads(pickle.dumps((function, args, kwargs)))
        return pickle.loads(pickle.dumps(function(*args, **kwargs)))

    return NodeContext(
        run_id=RunId(run_id),
        node_id=NodeId(node_id),
        workflow=SpecName("test-workflow"),
        config_hash="0" * 64,
        inputs=inputs or {},
        settings=settings or LiveSettings(),
        refresh=live.live,
        market=market or _shipped(),
        orders=orders or InMemoryOrders(turnstile=turnstile),
        outbound=outbound or InMemoryOutbound(turnstile=turnstile),
        files=files,
        clock=clock,
        folder=folder,
        ledger=ledger or Ledger(),
        side_effect=lambda at=None: effects.stamps.append(at or clock.now()),
        progress=lambda fraction, text: effects.progress.append((fraction, text)),
        agent_step=effects.steps.append,
        memory=memory,
        compute=compute,
        state=state or {},
        body=body,
        enqueue=(queue or InMemoryQueue()).enqueue,
        ask=_approving(clock, turnstile),
    )


class InMemoryLedger:
    """The row of one run: claimed once, halted from outside, ended once. Keeps the contract of `tasks.worker.ledger`."""

    def __init__(self) -> None:
        self.status = "pending"
        self.error: str | None = None
        self.frames: list[dict[str, Any]] = []
        """Terminal frames; never more than one."""

    def claim(self) -> bool:
        """Take the run; False when it is not to be taken."""
        if self.status != "pending":
            return False
        self.status = "running"
        return True

    def halt(self, reason: str) -> None:
        """Write a halt into the row, unless the run has ended."""
        if self.status in ("pending", "running"):
            self.status, self.error = "halted", reason

    def end(self, status: str, error: str | None) -> str | None:
        """End the run and return how its row says that it ended; None when that was said before."""
        if self.frames or self.status == "pending":
            return None
        if self.status == "running":
            self.status, self.error = status, error
        stage = "error" if self.status == "error" else "done"
        self.frames.append(frame(stage, self.error or "", EPOCH, result={"status": self.status}))
        return self.status
