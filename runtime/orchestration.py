"""The named graphs for embedders: build one, look at its nodes, run it without Redis, database or web.

Every run goes through `WorkflowRuntime` and the one compiler; `use_langgraph=False` takes the sequential runner of the same
plan. No flag rewires a graph; only the fusion graph has a flag that it refuses to compile without.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

from runtime.builders import build
from runtime.embedded import FixedSettings, MemoryArtifacts, MemoryJournal, SystemClock
from runtime.engine import RuntimePorts, WorkflowRunResult, WorkflowRuntime
from runtime.errors import Unavailable
from runtime.graph.document import GraphDocument
from runtime.graph.plan import plan_of
from runtime.ids import RunId, TaskId, new_id
from runtime.market.source import price_source
from runtime.ports import Account, OrderReceipt, OrderRequest, PlacedOrder
from runtime.settings import LiveSettings, Settings, resolve
from runtime.spec import WorkflowSpec
from runtime.state import OrchestrationState

Checkpointer = BaseCheckpointSaver[Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltGraph:
    """A named graph, ready to run."""

    alias: str
    document: GraphDocument
    nodes: tuple[str, ...]
    """Node names in plan order."""
    use_langgraph: bool | None = None
    checkpointer: Checkpointer = None
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])

    async def run(
        self, inputs: Mapping[str, Any] | None = None, *, ports: RuntimePorts | None = None
    ) -> WorkflowRunResult:
        """Run to an end; never raises. Without `ports` everything is in memory and no order can be placed."""
        if ports is not None:
            return await self._runtime(ports).run(inputs or {})
        with TemporaryDirectory(prefix="run-") as folder:
            own = memory_ports(Path(folder))
            return await self._runtime(replace(own, checkpointer=self.checkpointer)).run(inputs or {})

    def invoke(self, inputs: Mapping[str, Any] | None = None) -> OrchestrationState:
        """Run from code that has no event loop, and return the final state, with `errors` when there were any."""
        result = asyncio.run(self.run(inputs))
        errors = [result.error] if result.error else []
        return {**result.state, "errors": errors, "adapter_breadcrumbs": result.breadcrumbs}

    def _runtime(self, ports: RuntimePorts) -> WorkflowRuntime:
        params = {
            "builder": self.alias,
            "use_langgraph": self.use_langgraph,
            "builder_kwargs": dict(self.arguments),
        }
        spec = WorkflowSpec(name=self.alias, adapter="LangGraphAdapter", adapter_kind="graph", params=params)
        return WorkflowRuntime(spec, run_id=RunId(new_id()), task_id=TaskId(new_id()), ports=ports)


class NoOrders:
    """An order book for graphs that place none."""

    async def account(self, name: str, *, initial_cash: float) -> Account:  # noqa: ARG002
        """Refuse."""
        raise Unavailable("There is no paper broker here.")

    async def place(
        self,
        orders: Sequence[OrderRequest],  # noqa: ARG002
        *,
        fee_bps: float,  # noqa: ARG002
        slippage_bps: float,  # noqa: ARG002
    ) -> list[OrderReceipt]:
        """Refuse."""
        raise Unavailable("There is no paper broker here.")

    async def placed_by(self, node_id: str) -> list[PlacedOrder]:  # noqa: ARG002
        """Refuse."""
        raise Unavailable("There is no paper broker here.")


def memory_ports(folder: Path) -> RuntimePorts:
    """Return ports over the configured market data, with the flags of the environment and everything else in memory."""
    settings = Settings()
    return RuntimePorts(
        market=price_source(settings),
        orders=NoOrders(),
        artifacts=MemoryArtifacts(),
        journal=MemoryJournal(),
        settings=FixedSettings(environment_settings(settings)),
        halts=(),
        clock=SystemClock(),
        folder=folder,
    )


def environment_settings(settings: Settings | None = None) -> LiveSettings:
    """Return the eight settings as the environment and the defaults have them."""
    return resolve((settings or Settings()).pinned(), {})[0]


def build_research_graph(
    use_langgraph: bool | None = None,  # noqa: FBT001  the runbook's signature
    checkpointer: Checkpointer = None,
) -> BuiltGraph:
    """Return the graph `research`."""
    return _built("research", use_langgraph, checkpointer)


def build_trader_graph(
    use_langgraph: bool | None = None,  # noqa: FBT001
    checkpointer: Checkpointer = None,
) -> BuiltGraph:
    """Return the graph `trader`."""
    return _built("trader", use_langgraph, checkpointer)


def build_full_pipeline_graph(
    use_langgraph: bool | None = None,  # noqa: FBT001
    checkpointer: Checkpointer = None,
) -> BuiltGraph:
    """Return the graph `full_pipeline`."""
    return _built("full_pipeline", use_langgraph, checkpointer)


def build_research_debate_graph(
    use_langgraph: bool | None = None,  # noqa: FBT001
    checkpointer: Checkpointer = None,
) -> BuiltGraph:
    """Return the graph `research_debate`."""
    return _built("research_debate", use_langgraph, checkpointer)


def build_quant_research_pipeline_graph(
    use_langgraph: bool | None = None,  # noqa: FBT001
    checkpointer: Checkpointer = None,
) -> BuiltGraph:
    """Return the graph `quant_research_pipeline`."""
    return _built("quant_research_pipeline", use_langgraph, checkpointer)


def build_dialectical_debate_graph(
    use_langgraph: bool | None = None,  # noqa: FBT001
    checkpointer: Checkpointer = None,
    max_rounds: int = 1,
) -> BuiltGraph:
    """Return the graph `dialectical`; raises a ValueError for fewer than one round. The live cap still rules."""
    return _built("dialectical", use_langgraph, checkpointer, max_rounds=max_rounds)


def build_dialectical_with_fusion_graph(
    use_langgraph: bool | None = None,  # noqa: FBT001
    checkpointer: Checkpointer = None,
    max_rounds: int = 1,
    live: LiveSettings | None = None,
) -> BuiltGraph:
    """Return the graph `dialectical_with_fusion`; raises a RuntimeError that names the flag while it is off.

    `live`: the flags to ask; those of the environment by default.
    """
    flags = live or environment_settings()
    return _built("dialectical_with_fusion", use_langgraph, checkpointer, live=flags, max_rounds=max_rounds)


def _built(
    alias: str,
    use_langgraph: bool | None,  # noqa: FBT001
    checkpointer: Checkpointer,
    *,
    live: LiveSettings | None = None,
    **arguments: int,
) -> BuiltGraph:
    document = build(alias, live=live, **arguments)
    return BuiltGraph(
        alias=alias,
        document=document,
        nodes=tuple(str(node.id) for node in plan_of(document, lenient=True).nodes),
        use_langgraph=use_langgraph,
        checkpointer=checkpointer,
        arguments=arguments,
    )
