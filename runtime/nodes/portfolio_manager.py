"""Portfolio manager: judges a debate, once."""

from collections.abc import Mapping
from typing import Any, ClassVar

from runtime.agents.turns import brief_of, history_of, judged, turns_of
from runtime.errors import InvalidValue
from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port


class PortfolioManagerConfig(NodeConfig):
    """Nothing to set: one rule decides."""


class PortfolioManager(NodeKind):
    """Waits for everything that is said, however many rounds were held, and decides by the deterministic rule."""

    kind = "agents.portfolio_manager"
    title = "Portfolio manager"
    family: ClassVar[Family] = "agents"
    icon = "gavel"
    summary = "Judges what bull and bear said, once: buy, sell or hold, with a confidence and a reason."
    inputs = (Port(id="said", type="verdict", title="What was said", many=True),)
    outputs = (Port(id="verdict", type="verdict", title="Verdict"),)
    writes = ("debate_verdict", "research_debate")
    joins = True
    terminal = True
    Config = PortfolioManagerConfig

    async def run(
        self,
        inputs: Mapping[str, Any],
        config: PortfolioManagerConfig,  # noqa: ARG002
        ctx: NodeContext,
    ) -> Mapping[str, Any]:
        """Return the verdict."""
        said: list[Mapping[str, Any]] = [record for record in inputs["said"] if "transcript" in record]
        if not said:
            raise InvalidValue("None of the wires carries what a researcher said.", field="said")
        turns = turns_of(said)
        brief = brief_of(said[-1], role="Portfolio manager")
        verdict = judged(brief, turns)
        ctx.write("debate_verdict", verdict)
        ctx.write("research_debate", history_of(brief, turns, verdict))
        return {"verdict": verdict}
