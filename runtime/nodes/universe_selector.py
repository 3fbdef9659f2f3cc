"""Universe selector: the shares that the rest of the workflow is about."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from runtime.decision.selection import best_symbols, selection_report
from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port


class UniverseSelectorConfig(NodeConfig):
    """How many."""

    size: int = Field(
        default=8,
        ge=1,
        le=2000,
        title="Size",
        description="So many shares with the highest scores of the last day are kept.",
        json_schema_extra={"unit": "shares"},
    )


class UniverseSelector(NodeKind):
    """Keeps the best-scored shares of today; a back-test over them knows the winners beforehand and proves nothing."""

    kind = "agents.universe_selector"
    title = "Universe selector"
    family: ClassVar[Family] = "agents"
    icon = "list-filter"
    summary = "Keeps the shares with the highest scores today and names them as the run's universe."
    example: ClassVar[dict[str, Any]] = {"size": 8}
    inputs = (
        Port(id="prices", type="prices", title="Prices"),
        Port(id="scores", type="signals", title="Scores"),
    )
    outputs = (
        Port(id="prices", type="prices", title="Prices of the universe"),
        Port(id="scores", type="signals", title="Scores of the universe"),
    )
    writes = ("universe", "selection_report")
    terminal = True
    headline = ("size",)
    Config = UniverseSelectorConfig

    async def run(
        self,
        inputs: Mapping[str, Any],
        config: UniverseSelectorConfig,
        ctx: NodeContext,
    ) -> Mapping[str, Any]:
        """Return prices and scores of the chosen shares."""
        prices, scores = inputs["prices"], inputs["scores"]
        chosen = best_symbols(prices, scores, config.size)
        ctx.write("universe", chosen)
        ctx.write("selection_report", selection_report(scores, chosen, what="Universe"))
        return {"prices": prices[chosen], "scores": scores[chosen]}
