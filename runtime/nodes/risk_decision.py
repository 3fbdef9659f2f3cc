"""Risk simulator with its own gate: simulates a proposal and lets through exactly what it simulated."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from runtime.agents.subject import choose_symbol, proposed_alpha
from runtime.node import Effects, NodeContext, NodeKind, Port
from runtime.nodes.prices import PricesConfig, wired_or_loaded
from runtime.nodes.risk_simulator import RiskSimulator, RiskSimulatorConfig
from runtime.risk.gate import gate_reasons, rejection


class RiskDecisionConfig(RiskSimulatorConfig, PricesConfig):
    """How to simulate, and what to propose when nobody does."""

    position: float = Field(
        default=0.20,
        gt=0,
        le=0.20,
        title="Position",
        description="Size of the position that is simulated for a proposal of the run, or of its own.",
        json_schema_extra={"unit": "of equity"},
    )


class RiskDecision(NodeKind):
    """Judges the portfolio or the insight on its wires, else the run's proposal, else the share with most momentum.

    What leaves by `approved` are the simulated weights themselves, so nothing else can be acted on.
    """

    kind = "decision.risk_decision"
    title = "Risk decision"
    family = "decision"
    icon = "shield-half"
    summary = "Simulates a proposal and passes it on, as weights, only when every limit holds."
    example: ClassVar[dict[str, Any]] = {"paths": 500, "seed": 7, "start": "2015-01-02"}
    inputs = (
        Port(id="prices", type="prices", title="Prices", required=False),
        Port(id="weights", type="weights", title="Portfolio", required=False),
        Port(id="insight", type="insight", title="Proposal", required=False),
        Port(id="overlay", type="verdict", title="Earlier verdict", required=False),
    )
    outputs = (
        Port(id="approved", type="weights", title="Approved weights"),
        Port(id="rejected", type="verdict", title="Rejected"),
        Port(id="verdict", type="verdict", title="Verdict"),
        Port(id="proposal", type="insight", title="What was judged"),
        Port(id="paths", type="table", title="Simulated wealth"),
        Port(id="prices", type="prices", title="Prices"),
    )
    effects: ClassVar[Effects] = "reads"
    writes = ("simulation_verdict", "proposed_alpha", "consensus_status", "signal_event_emitted")
    gates = ("approved",)
    headline = ("paths", "horizon_days", "position")
    Config = RiskDecisionConfig

    async def run(
        self, inputs: Mapping[str, Any], config: RiskDecisionConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Simulate, then ask the gate about the simulated weights."""
        prices = await wired_or_loaded(inputs, config, ctx)
        given = dict(inputs) | {"prices": prices}
        if "weights" not in given and "insight" not in given:
            given["insight"] = await ctx.compute(
                _own_proposal, prices, proposed_alpha(ctx.state, ctx.inputs), config.position
            )
        judged = await RiskSimulator().run(given, config, ctx)
        verdict = judged["verdict"]
        target = verdict["simulated_weights"]
        weights = pd.DataFrame([target], index=prices.index[-1:], columns=sorted(target), dtype=float)
        proposal = given.get("insight") or _of_portfolio(verdict, prices)
        ctx.write("proposed_alpha", proposal)
        always = {"verdict": verdict, "proposal": proposal, "paths": judged["paths"], "prices": prices}
        reasons = gate_reasons(weights, verdict, strict=True)
        if reasons:
            ctx.write("consensus_status", "rejected")
            ctx.write("signal_event_emitted", None)
            return always | {"rejected": rejection(verdict, reasons)}
        ctx.write("consensus_status", "approved")
        return always | {"approved": weights}


def _own_proposal(prices: pd.DataFrame, proposed: Mapping[str, Any], position: float) -> dict[str, Any]:
    """Return the insight that is simulated: a position of fixed size in the proposed direction, long by default."""
    symbol = str(proposed.get("vt_symbol") or "") or choose_symbol(prices)
    short = proposed.get("direction") == "short" or proposed.get("action") == "sell"
    said = str(proposed.get("rationale") or f"{symbol} has the largest momentum.")
    return {
        "vt_symbol": symbol,
        "direction": "short" if short else "long",
        "strength": position,
        "confidence": 1.0,
        "horizon_days": 10,
        "rationale": f"{said} Judged as a position of {position:.0%}.",
        "as_of": pd.Timestamp(prices.index[-1]).date().isoformat(),
    }


def _of_portfolio(verdict: Mapping[str, Any], prices: pd.DataFrame) -> dict[str, Any]:
    held: Mapping[str, float] = verdict["simulated_weights"]
    top = max(sorted(held), key=lambda symbol: abs(held[symbol]), default="")
    return {
        "vt_symbol": top,
        "direction": "short" if held.get(top, 0.0) < 0 else "long",
        "strength": min(abs(held.get(top, 0.0)), 1.0),
        "confidence": 1.0 if held else 0.0,
        "horizon_days": 10,
        "rationale": f"Largest of {len(held)} positions of the portfolio.",
        "as_of": pd.Timestamp(prices.index[-1]).date().isoformat(),
    }
