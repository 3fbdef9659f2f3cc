"""The state that a run carries, and the trace it leaves."""

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from runtime.status import CrumbStatus


class Breadcrumb(TypedDict):
    """One line of a run's trace; kinds of nodes and adapters may add fields."""

    adapter: str
    node: str
    status: CrumbStatus
    duration_ms: float
    at: str
    """ISO time with zone at which the transition began."""
    error: NotRequired[str]
    extras: NotRequired[dict[str, Any]]


class OrchestrationState(TypedDict, total=False):
    """Slots of the shared state. Everything in it can be held by JSON; frames are references to artifacts."""

    run_id: str
    task_id: str
    workflow_run_id: str
    workflow_spec_name: str
    workflow_spec_version_id: str | None
    adapter_breadcrumbs: list[Breadcrumb]
    halt_token: bool
    inputs: dict[str, Any]
    outputs: dict[str, dict[str, dict[str, Any]]]
    """Node id → output port → reference of the artifact."""
    plan_digest: str
    """Of the graph that ran: equal for equal drawings."""
    vt_symbol: str
    as_of: str
    universe: list[str]
    proposed_alpha: dict[str, Any]
    bull_argument: dict[str, Any]
    bear_argument: dict[str, Any]
    debate_verdict: dict[str, Any]
    research_debate: dict[str, Any]
    past_context: list[dict[str, Any]]
    """What agents were reminded of, as `runtime.agents.memory.Passage` dumps it."""
    regime_report: dict[str, Any]
    news_report: dict[str, Any]
    equity_report: dict[str, Any]
    selection_report: dict[str, Any]
    portfolio_decision: dict[str, Any]
    run_analysis: dict[str, Any]
    crew_outputs: dict[str, Any]
    fusion_inputs: dict[str, Any]
    fusion_output: dict[str, Any]
    target_weights: dict[str, float]
    weight_pipeline_history: list[dict[str, Any]]
    risk_veto: bool
    simulation_verdict: dict[str, Any]
    consensus_status: str
    signal_event_emitted: dict[str, Any] | None
    trader_signal: dict[str, Any]
    decision_log: list[dict[str, Any]]
    schedule_metadata: dict[str, Any]
    cost_usd: float
    n_calls: int
    n_rag_hits: int
    errors: list[str]


def breadcrumb(
    adapter: str,
    node: str,
    status: CrumbStatus,
    *,
    at: datetime,
    duration_ms: float,
    **extras: Any,  # noqa: ANN401
) -> Breadcrumb:
    """Return a crumb; `error` among the extras becomes its own field."""
    crumb = Breadcrumb(
        adapter=adapter, node=node, status=status, duration_ms=round(duration_ms, 3), at=at.isoformat()
    )
    error = extras.pop("error", None)
    if error:
        crumb["error"] = str(error)
    if extras:
        crumb["extras"] = extras
    return crumb
