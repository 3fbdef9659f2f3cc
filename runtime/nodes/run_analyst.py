"""Run analyst: how decisions like the one just logged would have gone before."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from runtime.errors import InvalidValue
from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.quant.forward import ForwardStudy, forward_study
from runtime.report import Metric, Report, empty_report


class RunAnalystConfig(NodeConfig):
    """How far to look back."""

    windows: int = Field(
        default=60,
        ge=5,
        le=1000,
        title="Windows",
        description="So many past horizons of the share, one after the other, are measured.",
    )
    horizon_days: int = Field(
        default=10,
        ge=1,
        le=252,
        title="Horizon",
        description="Length of a window where the decision names none.",
        json_schema_extra={"unit": "trading days"},
    )


class RunAnalyst(NodeKind):
    """Measures the base rate of the decision's direction: what the share did over past horizons, whatever was known then."""

    kind = "agents.run_analyst"
    title = "Run analyst"
    family: ClassVar[Family] = "agents"
    icon = "clipboard-list"
    summary = "Reports how often, and by how much, past horizons of the share went the decided way."
    example: ClassVar[dict[str, Any]] = {"windows": 60}
    inputs = (
        Port(id="entry", type="verdict", title="Decision"),
        Port(id="prices", type="prices", title="Prices"),
    )
    outputs = (Port(id="analysis", type="report", title="Analysis"),)
    writes = ("run_analysis",)
    terminal = True
    headline = ("windows",)
    Config = RunAnalystConfig

    async def run(
        self, inputs: Mapping[str, Any], config: RunAnalystConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the report."""
        entry, prices = inputs["entry"], inputs["prices"]
        symbol = str(entry.get("vt_symbol") or "")
        if symbol not in prices.columns:
            raise InvalidValue(
                f"The decision is about {symbol!r}, of which there are no prices.", field="entry"
            )
        short = entry.get("direction") == "short" or entry.get("decision") == "sell"
        given = entry.get("horizon_days")
        horizon = given if isinstance(given, int) and given > 0 else config.horizon_days
        study: ForwardStudy = await ctx.compute(
            forward_study,
            prices[symbol],
            sign=-1.0 if short else 1.0,
            horizon=horizon,
            windows=config.windows,
        )
        report = _report(symbol, "short" if short else "long", horizon, study)
        ctx.write("run_analysis", {"vt_symbol": symbol, "summary": report["texts"][0]["body"]})
        return {"analysis": report}


def _report(symbol: str, direction: str, horizon: int, study: ForwardStudy) -> Report:
    report = empty_report(f"{symbol}, {direction}")
    report["metrics"] += [
        Metric(label="Windows", value=study.windows, unit=""),
        Metric(label="Hit rate", value=round(study.hit_rate * 100, 2), unit="%"),
        Metric(label="Mean", value=round(study.mean * 100, 4), unit="%"),
        Metric(label="t statistic", value=round(study.t_statistic, 3), unit=""),
    ]
    said = (
        f"{study.hit_rate:.0%} of {study.windows} past windows of {horizon} trading days gained {direction}, "
        f"{study.mean:+.2%} on average (t {study.t_statistic:+.2f}). A base rate, not a forecast."
        if study.windows
        else f"There are too few prices of {symbol} for a single window of {horizon} trading days."
    )
    report["texts"].append({"title": "How it went before", "body": said})
    return report
