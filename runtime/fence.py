"""The fence around a run that was told to stop: from then on its nodes can begin nothing, whatever they do with their cancellation."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from runtime.agents.memory import AgentMemory, Memory, Passage
from runtime.errors import HaltRequested
from runtime.halt import HaltToken
from runtime.ports import (
    Account,
    ArtifactStore,
    Compute,
    Delivery,
    Journal,
    OrderBook,
    OrderReceipt,
    OrderRequest,
    Outbound,
    PlacedOrder,
    Posting,
    QueuedRun,
    QueueRequest,
    RunQueue,
)
from runtime.values import ArtifactRef, Value

if TYPE_CHECKING:
    from runtime.engine import RuntimePorts


class Fence:
    """Open, then closed to new deeds, then final: not even a word of the run is taken any more."""

    def __init__(self, token: HaltToken) -> None:
        self._token = token
        self._reason: str | None = None
        self.final = False
        """The run has been given up while a node of it still runs."""

    def close(self, reason: str) -> None:
        """Let nothing new be begun."""
        self._reason = self._reason or reason

    def give_up(self, reason: str) -> None:
        """Take nothing from the run any more."""
        self.close(reason)
        self.final = True

    def check(self) -> None:
        """Raise `HaltRequested` when nothing new may be begun."""
        reason = self._token.reason or self._reason
        if reason is not None:
            raise HaltRequested(reason)

    def check_word(self) -> None:
        """Raise `HaltRequested` when nothing is taken any more."""
        if self.final:
            raise HaltRequested(self._token.reason or self._reason or "stopped")


def fenced(ports: "RuntimePorts", fence: Fence) -> "RuntimePorts":
    """Return ports through which a stopped run can do nothing."""
    return replace(
        ports,
        orders=FencedOrders(ports.orders, fence),
        artifacts=FencedArtifacts(ports.artifacts, fence),
        journal=FencedJournal(ports.journal, fence),
        compute=FencedCompute(ports.compute, fence),
        outbound=None if ports.outbound is None else FencedOutbound(ports.outbound, fence),
        queue=None if ports.queue is None else FencedQueue(ports.queue, fence),
        memory=None if ports.memory is None else FencedMemory(ports.memory, fence),
    )


class FencedOrders:
    """An order book that refuses a stopped run."""

    def __init__(self, orders: OrderBook, fence: Fence) -> None:
        self._orders = orders
        self._fence = fence

    async def account(self, name: str, *, initial_cash: float) -> Account:
        """Return the account."""
        self._fence.check()
        return await self._orders.account(name, initial_cash=initial_cash)

    async def place(
        self, orders: Sequence[OrderRequest], *, fee_bps: float, slippage_bps: float
    ) -> list[OrderReceipt]:
        """Fill orders."""
        self._fence.check()
        return await self._orders.place(orders, fee_bps=fee_bps, slippage_bps=slippage_bps)

    async def placed_by(self, node_id: str) -> Sequence[PlacedOrder]:
        """Return the orders of a node that are in the books."""
        self._fence.check()
        return await self._orders.placed_by(node_id)


class FencedOutbound:
    """A way out that is shut for a stopped run."""

    def __init__(self, outbound: Outbound, fence: Fence) -> None:
        self._outbound = outbound
        self._fence = fence

    async def post(self, posting: Posting, *, sent: Callable[[], None]) -> Delivery:
        """Post once."""
        self._fence.check()
        return await self._outbound.post(posting, sent=sent)


class FencedArtifacts:
    """A store that takes nothing from a stopped run."""

    def __init__(self, artifacts: ArtifactStore, fence: Fence) -> None:
        self._artifacts = artifacts
        self._fence = fence

    async def put(self, value: Value) -> ArtifactRef:
        """Store a value."""
        self._fence.check()
        return await self._artifacts.put(value)

    async def get(self, ref: ArtifactRef) -> Value:
        """Return a stored value."""
        return await self._artifacts.get(ref)


class FencedCompute:
    """Computes nothing new for a stopped run."""

    def __init__(self, compute: Compute, fence: Fence) -> None:
        self._compute = compute
        self._fence = fence

    async def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return what `function` returns."""
        self._fence.check()
        running: Awaitable[Any] = self._compute.run(function, *args, **kwargs)
        return await running


class FencedQueue:
    """A queue that takes no run from a stopped one."""

    def __init__(self, queue: RunQueue, fence: Fence) -> None:
        self._queue = queue
        self._fence = fence

    async def enqueue(self, request: QueueRequest) -> QueuedRun:
        """Accept a run."""
        self._fence.check()
        return await self._queue.enqueue(request)


class FencedMemory:
    """A memory that keeps nothing from a stopped run."""

    def __init__(self, memory: AgentMemory, fence: Fence) -> None:
        self._memory = memory
        self._fence = fence

    async def remember(self, memory: Memory) -> None:
        """Keep a memory."""
        self._fence.check()
        await self._memory.remember(memory)

    async def recall(self, agent: str, query: str, *, k: int, before: date) -> Sequence[Passage]:
        """Return the memories that are most alike."""
        return await self._memory.recall(agent, query, k=k, before=before)


class FencedJournal:
    """A journal that a run which was given up can write nothing into."""

    def __init__(self, journal: Journal, fence: Fence) -> None:
        self._journal = journal
        self._fence = fence

    def record(self, frame: Mapping[str, Any]) -> None:
        """Append one frame, or drop it."""
        if not self._fence.final:
            self._journal.record(frame)

    async def flush(self) -> None:
        """Return when everything recorded so far is durable."""
        await self._journal.flush()
