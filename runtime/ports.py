"""What the engine needs from outside, as Protocols. `persistence` and `tasks` implement them; so do the fakes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

import pandas as pd

from runtime.approvals import Answer, Question
from runtime.ids import RunId, SpecName, TaskId, VersionId
from runtime.values import ArtifactRef, Value

if TYPE_CHECKING:
    from runtime.graph.document import GraphDocument


class Clock(Protocol):
    """Time, so that tests can move it."""

    def now(self) -> datetime:
        """Return the wall clock, UTC and aware."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait, cancellably."""
        ...


class PriceSource(Protocol):
    """Daily adjusted closes."""

    def symbols(self) -> Sequence[str]:
        """Return the symbols it knows, sorted."""
        ...

    def prices(self, symbols: Sequence[str], *, start: date | None, end: date | None) -> pd.DataFrame:
        """Return closes in USD, days × symbols; raises `NotFound` for an unknown symbol. May block."""
        ...


class ArtifactStore(Protocol):
    """Content-addressed storage of values."""

    async def put(self, value: Value) -> ArtifactRef:
        """Store a value; equal values are stored once."""
        ...

    async def get(self, ref: ArtifactRef) -> Value:
        """Return a stored value; raises `NotFound` when it is gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """A market order on paper. `key` makes it happen once, however often it is sent."""

    key: str
    run_id: RunId
    workflow: str
    node_id: str
    account: str
    symbol: str
    side: Literal["buy", "sell"]
    quantity: float
    """Shares, > 0; fractions allowed."""
    reference_price: float
    """USD, the last close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReceipt:
    """What became of an order."""

    order_id: str
    status: Literal["filled", "rejected"]
    price: float
    """USD per share, slippage included."""
    fee: float
    """USD."""
    created: bool
    """False when the key had been used before: nothing was ordered again."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """An order that is in the books, as it is there."""

    key: str
    symbol: str
    side: Literal["buy", "sell"]
    quantity: float
    """Shares, > 0."""
    receipt: OrderReceipt
    """With `created` False."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A paper account: cash in USD and shares by symbol."""

    cash: float
    positions: Mapping[str, float]


class OrderBook(Protocol):
    """The paper broker's books."""

    async def account(self, name: str, *, initial_cash: float) -> Account:
        """Return the account, opened with `initial_cash` USD when it is new."""
        ...

    async def place(
        self, orders: Sequence[OrderRequest], *, fee_bps: float, slippage_bps: float
    ) -> list[OrderReceipt]:
        """Fill orders at the reference price ± slippage (basis points); refuses all when the kill switch is engaged."""
        ...

    async def placed_by(self, node_id: str) -> Sequence[PlacedOrder]:
        """Return the orders of this run that a node has had filled."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A request to another system. `url` and `secret` may be references, `env:NAME`, that only the way out resolves."""

    url: str
    secret: str
    """Sent as bearer token; empty for none."""
    body: bytes
    """JSON."""
    key: str
    """The idempotency key: equal for equal deliveries, so that the receiver can drop the second."""
    timeout_seconds: float
    """For all of it, from looking up the name to the end of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What another system answered."""

    host: str
    status: int
    """HTTP status."""
    received: int
    """Bytes of the answer, as far as they were read."""


class Outbound(Protocol):
    """The way out to other systems."""

    async def post(self, posting: Posting, *, sent: Callable[[], None]) -> Delivery:
        """Post once; calls `sent` as soon as the request is on its way.

        Raises `InvalidValue` for an address that is not allowed, `Unavailable` when there is no answer in time.
        """
        ...


class SideEffect(Protocol):
    """Takes note that a run has done something to the world."""

    def __call__(self, at: datetime | None = None, /) -> None:
        """Stamp now, or `at` when it was done elsewhere; an earlier time than the last one changes nothing."""
        ...


class Compute(Protocol):
    """Where functions run that block or compute: off the loop, and where cancelling the caller ends them."""

    async def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return what `function` returns, or raise what it raises; `ComputeFailed` when there is no answer.

        The function is one of a module, and it, its arguments and its result can be pickled. When the caller is cancelled
        this returns after the function's last instruction, wherever the implementation can see to that.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltReading:
    """What one source says about one run."""

    engaged: bool
    reason: str = ""
    source: str = ""


class HaltSource(Protocol):
    """One place where a halt can be written. Raising or returning None means: it cannot tell."""

    async def read(self, run_id: RunId) -> HaltReading | None:
        """Return what it knows about this run, or None when it must not be trusted."""
        ...


class Journal(Protocol):
    """Takes every frame of a run, in order. Must not block; keeps what it cannot deliver yet."""

    def record(self, frame: Mapping[str, Any]) -> None:
        """Append one frame (see `runtime.frames`)."""
        ...

    async def flush(self) -> None:
        """Return when everything recorded so far is durable, or raise `Unavailable`."""
        ...


class Approvals(Protocol):
    """Where a run asks people."""

    async def ask(self, question: Question) -> Answer | None:
        """Put a question to people, once per subject, and return its answer when there is one; raises `Unavailable`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRequest:
    """A run that another run asks for."""

    workflow: SpecName
    version_id: VersionId | None
    """A frozen version of that workflow; None for its content of now."""
    inputs: Mapping[str, Any]
    parent_run_id: RunId
    actor: str
    """Who started the parent: the child runs with the same rights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRun:
    """A run that was accepted."""

    run_id: RunId
    task_id: TaskId


class Workflows(Protocol):
    """Where drawings are found that other drawings use."""

    def drawing(self, name: str, version: int | None) -> "GraphDocument":
        """Return a drawing as it is saved now, or its frozen version; raises a `UserError` that says why there is none."""
        ...


class RunQueue(Protocol):
    """Where runs wait for a worker."""

    async def enqueue(self, request: QueueRequest) -> QueuedRun:
        """Accept a run; raises `NotFound`, `AccessDenied`, `InvalidSpec` for an ancestor of its parent, or `Unavailable`."""
        ...
