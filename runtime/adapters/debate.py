"""`DialecticalDebateAdapter`: bull against bear for a bounded number of rounds, judged exactly once."""

from collections.abc import Mapping
from typing import Any, cast

from runtime.adapter import Adapter, AdapterContext, AdapterResult
from runtime.agents.turns import brief_of, history_of, judged, turns_of
from runtime.builders.dialectical import MAX_ROUNDS, build
from runtime.errors import InvalidSpec, InvalidValue, NodeFailed
from runtime.graph.document import GraphDocument
from runtime.graph.execution import RunFacts
from runtime.node import Ledger
from runtime.settings import LiveSettings
from runtime.state import OrchestrationState
from runtime.stepping import Outcome, record_in, take_step
from runtime.transitions import Step
from runtime.values import ArtifactRef, Value

JUDGE = "portfolio_manager"


class DialecticalDebateAdapter(Adapter):
    """Hold a debate of min(requested, live cap) rounds, the cap read again in each, and always end with a verdict."""

    adapter_kind = "debate"
    adapter_category = "debate"
    adapter_source = "tradingagents"
    adapter_tags = ("bull_bear", "bounded", "judge_synthesis")

    async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
        """Write bull_argument, bear_argument, debate_verdict and research_debate.

        Requested are `params.max_rounds`, else the spec's `max_rounds`. `params.symbol` names the share where neither the
        state nor the inputs propose one.
        """
        requested = _requested(context)
        document = build(max_rounds=requested)
        try:
            final = await context.engine.run(
                document,
                state,
                _facts(state, context),
                context.transitions,
                use_langgraph=context.params.get("use_langgraph") is True,
            )
        except (NodeFailed, InvalidValue):
            # The engine leaves what had settled in `state`; only a judge that failed can be stood in for.
            if not _only_the_judge_is_missing(state, document):
                raise
            final = state
        if not record_in(final, "debate_verdict").get("action"):
            final = await _forced(final, context)
        await _mark_cap(final, context, requested)
        return AdapterResult(state=final)


def _requested(context: AdapterContext) -> int:
    asked = context.params.get("max_rounds", context.max_rounds)
    if not isinstance(asked, int) or isinstance(asked, bool) or not 1 <= asked <= MAX_ROUNDS:
        raise InvalidSpec(
            f"Field 'params.max_rounds' must be a number from 1 to {MAX_ROUNDS}.", field="params.max_rounds"
        )
    return asked


def _facts(state: OrchestrationState, context: AdapterContext) -> RunFacts:
    inputs = dict(state.get("inputs", {}))
    proposal = record_in(state, "proposed_alpha")
    symbol = context.params.get("symbol") or inputs.get("vt_symbol") or state.get("vt_symbol")
    if not proposal and symbol:
        proposal = {"vt_symbol": str(symbol)}
    return RunFacts(
        run_id=context.workflow_run_id,
        workflow=context.workflow_spec_name,
        spec_hash=context.spec_hash,
        inputs=inputs | ({"proposed_alpha": proposal} if proposal else {}),
    )


def _only_the_judge_is_missing(state: OrchestrationState, document: GraphDocument) -> bool:
    settled = state.get("outputs", {})
    return JUDGE not in settled and all(node.id in settled for node in document.nodes if node.id != JUDGE)


async def _forced(state: OrchestrationState, context: AdapterContext) -> OrchestrationState:
    """Judge by the deterministic rule what has been said, as a transition of its own."""
    said = await _said(state, context)
    written: dict[str, Any] = {}

    async def work(live: LiveSettings, ledger: Ledger) -> Outcome:  # noqa: ARG001  pure
        turns, brief = turns_of(said), brief_of(said[-1], role="Judge")
        verdict = judged(brief, turns) | {"forced": True}
        written.update(debate_verdict=verdict, research_debate=history_of(brief, turns, verdict))
        return Outcome(outputs={"verdict": Value(type="verdict", data=verdict)})

    step = Step(node="forced_judge_synth", kind="adapter.debate", title="Judge by rule")
    await take_step(context, step, work)
    return cast(OrchestrationState, {**state, **written})


async def _said(state: OrchestrationState, context: AdapterContext) -> list[Mapping[str, Any]]:
    artifacts = context.engine.world.artifacts
    records = [
        (await artifacts.get(ArtifactRef.load(ports["said"]))).data
        for node, ports in sorted(state.get("outputs", {}).items())
        if node != JUDGE and "said" in ports
    ]
    if not records:
        raise InvalidValue("Nobody said anything, so there is nothing to judge.")
    return records


async def _mark_cap(state: OrchestrationState, context: AdapterContext, requested: int) -> None:
    """Leave a crumb when the cap, and not the speakers, ended the debate."""
    cap = (await context.transitions.admit()).orchestration_max_debate_rounds
    held = int(record_in(state, "debate_verdict").get("rounds", 0))
    if held < requested and cap <= held:
        count = int(record_in(state, "research_debate").get("count", 0))
        context.transitions.mark(
            "round_cap_enforce", "capped", round_count=count, max_rounds=cap, requested_rounds=requested
        )
