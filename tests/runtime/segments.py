"""One run over several segments in memory: it waits, is answered, loses its worker, and goes on from its checkpoints."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

from runtime.approvals import Carried
from runtime.embedded import FixedSettings, MemoryArtifacts, MemoryJournal
from runtime.engine import RuntimePorts, WorkflowRunResult, WorkflowRuntime
from runtime.graph.document import GraphDocument
from runtime.guardrails import Totals
from runtime.ids import RunId, TaskId
from runtime.ports import HaltSource
from runtime.spec import WorkflowSpec
from tests.contracts.inputs import ALL_ON, example_data
from tests.fakes import FakeClock, InMemoryApprovals, InMemoryOrders, InMemoryPrices


@dataclass(kw_only=True)
class SegmentedRun:
    """What outlives the segments of one run."""

    document: GraphDocument
    folder: Path
    in_order: bool = False
    guardrails: dict[str, Any] = field(default_factory=dict[str, Any])
    halts: tuple[HaltSource, ...] = ()
    clock: FakeClock = field(default_factory=FakeClock)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    saver: InMemorySaver = field(default_factory=InMemorySaver)
    orders: InMemoryOrders = field(default_factory=InMemoryOrders)
    artifacts: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    approvals: InMemoryApprovals = field(init=False)

    def __post_init__(self) -> None:
        self.approvals = InMemoryApprovals(clock=self.clock)

    def runtime(self, carried: Carried | None = None) -> WorkflowRuntime:
        """Return the runtime of the next segment."""
        ports = RuntimePorts(
            market=InMemoryPrices(example_data("prices")),
            orders=self.orders,
            artifacts=self.artifacts,
            journal=self.journal,
            settings=FixedSettings(ALL_ON),
            halts=self.halts,
            clock=self.clock,
            folder=self.folder,
            checkpointer=self.saver,
            approvals=self.approvals,
        )
        return WorkflowRuntime(
            self._spec(), run_id=RunId("run"), task_id=TaskId("task"), ports=ports, carried=carried
        )

    async def begin(self) -> WorkflowRunResult:
        """Run the first segment."""
        return await self.runtime().run({})

    async def go_on(self, after: WorkflowRunResult | None, **carried: Any) -> WorkflowRunResult:
        """Run the segment after one that waited; None: after one whose worker was lost."""
        fields: dict[str, Any] = {"answered": self.approvals.answered, **carried}
        if after is not None:
            fields |= {
                "totals": Totals(cost_usd=after.cost_usd, n_calls=after.n_calls),
                "crumbs": after.breadcrumbs,
                "state": after.state,
                "active_seconds": after.duration_ms / 1000,
                "last_effect_at": after.last_effect_at,
            }
        return await self.runtime(Carried(**fields)).run({})

    def told(self) -> list[tuple[str, str, str]]:
        """Return stage, node and status of every frame so far."""
        return [
            (frame["stage"], frame.get("node", ""), frame.get("status", "")) for frame in self.journal.frames
        ]

    def _spec(self) -> WorkflowSpec:
        if not self.in_order:
            return WorkflowSpec(
                name="probe",
                adapter="WorkflowStudioAdapter",
                params={"graph": self.document.dump()},
                guardrails=self.guardrails,  # pyright: ignore[reportArgumentType]  pydantic reads it
            )
        from runtime.builders import Builder, builders

        document = self.document
        builders()["drawn"] = Builder(
            alias="drawn", title="Drawn", sentence="Drawn.", build=lambda: document, requires=None
        )
        return WorkflowSpec(
            name="probe",
            adapter="LangGraphAdapter",
            params={"builder": "drawn", "use_langgraph": False},
            guardrails=self.guardrails,  # pyright: ignore[reportArgumentType]
        )
