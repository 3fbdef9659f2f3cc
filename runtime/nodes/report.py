"""Report: what came out of it, for people."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from runtime.decision.rebalance_dates import Cadence
from runtime.errors import InvalidValue
from runtime.node import NodeConfig, NodeContext, NodeKind, Port, as_value
from runtime.reporting.build import ReportRequest, build_report
from runtime.values import Value


class ReportConfig(NodeConfig):
    """Heading, and the assumptions of the back-test."""

    title: str = Field(
        default="Report", min_length=1, max_length=120, title="Title", description="Heading of the report."
    )
    cost_bps: float = Field(
        default=5.0,
        ge=0,
        le=500,
        title="Trading costs",
        description="Costs of trading in the back-test, on the traded value.",
        json_schema_extra={"unit": "bps"},
    )
    rebalance: Cadence = Field(
        default="monthly",
        title="Rebalance",
        description="How often signals are traded in the back-test, and the equal weight is restored.",
    )


class ReportNode(NodeKind):
    """Back-tests what can be back-tested against an equal weight and shows the rest as charts, tables and text."""

    kind = "output.report"
    title = "Report"
    family = "output"
    icon = "chart-line"
    summary = "Draws equity, drawdown, weights, signals, verdicts and tables into one report."
    example: ClassVar[dict[str, Any]] = {"title": "Report", "cost_bps": 5}
    inputs = (
        Port(id="prices", type="prices", title="Prices", required=False),
        Port(id="signals", type="signals", title="Signals", required=False),
        Port(id="weights", type="weights", title="Weights", required=False),
        Port(id="notes", type="any", title="Anything else", required=False, many=True),
    )
    outputs = (Port(id="report", type="report", title="Report"),)
    joins = True
    needs_any = True
    terminal = True
    headline = ("title", "cost_bps")
    Config = ReportConfig

    async def run(
        self, inputs: Mapping[str, Any], config: ReportConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Build the record from whatever arrived."""
        notes = [as_value(each) for each in inputs.get("notes") or []]
        if not inputs:
            raise InvalidValue("The report got nothing to show. Connect prices, signals, weights or notes.")
        request = ReportRequest(
            title=config.title,
            prices=inputs.get("prices"),
            signals=inputs.get("signals"),
            weights=inputs.get("weights"),
            notes=tuple(zip(_titles(notes, ctx.origins.get("notes", ())), notes, strict=True)),
            cost_bps=config.cost_bps,
            cadence=config.rebalance,
        )
        return {"report": await ctx.compute(build_report, request)}


def _titles(notes: list[Value], origins: Sequence[str]) -> list[str]:
    """Return a heading per note: where it came from, else its type; equal ones are numbered."""
    wanted = list(origins) if len(origins) == len(notes) else [note.type.capitalize() for note in notes]
    return [
        f"{title} {wanted[: place + 1].count(title)}" if wanted.count(title) > 1 else title
        for place, title in enumerate(wanted)
    ]
