"""Alpha formula: signals from a formula that the analyst writes."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field, field_validator

from runtime.alpha.evaluate import AlphaRequest, Shape, alpha_signal
from runtime.alpha.grammar import FIELDS, MAX_LENGTH, parse_formula
from runtime.alpha.operators import OPERATORS
from runtime.errors import InvalidValue
from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.quant.history import require_days


class AlphaFormulaConfig(NodeConfig):
    """The formula, and how its numbers become signals."""

    formula: str = Field(
        default="rank(-delta(close, 5))",
        min_length=1,
        max_length=MAX_LENGTH,
        title="Formula",
        description=(
            f"Fields: {', '.join(FIELDS)}. Operators: {', '.join(OPERATORS)}, + - * /, comparisons, and/or/not. "
            "For example: zscore(decay_linear(returns, 20)) - rank(ts_std(returns, 60))."
        ),
    )
    shape: Shape = Field(
        default="rank",
        title="Signal",
        description=(
            "Rank: the day's ranks spread from -1 to 1. Z score: full at 3 deviations from the day's mean. "
            "Clip: the formula's own numbers, cut at -1 and 1."
        ),
    )

    @field_validator("formula")
    @classmethod
    def _readable(cls, formula: str) -> str:
        try:
            parse_formula(formula)
        except InvalidValue as error:
            raise ValueError(error.message) from error
        return formula


class AlphaFormula(NodeKind):
    """Evaluates a symbolic alpha in a sandbox; each day knows that day and the days before only."""

    kind = "quant.alpha_formula"
    title = "Alpha formula"
    family: ClassVar[Family] = "quant"
    icon = "sigma"
    summary = "Scores each share from -1 to 1 by a formula of prices and returns that you write."
    example: ClassVar[dict[str, Any]] = {
        "formula": "rank(ts_mean(returns, 120) / ts_std(returns, 120)) - rank(delta(close, 5) / close)",
        "shape": "rank",
    }
    inputs = (Port(id="prices", type="prices", title="Prices"),)
    outputs = (
        Port(id="signals", type="signals", title="Signals"),
        Port(id="used", type="table", title="Operators and fields used"),
    )
    headline = ("formula", "shape")
    Config = AlphaFormulaConfig

    async def run(
        self, inputs: Mapping[str, Any], config: AlphaFormulaConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the signals, days × symbols, and what the formula is made of."""
        prices = require_days(inputs["prices"], 2)
        signals: pd.DataFrame = await ctx.compute(
            alpha_signal, prices, AlphaRequest(formula=config.formula, shape=config.shape)
        )
        if signals.isna().to_numpy().all():
            raise InvalidValue(
                f"The formula knows no day of these {len(prices)} days of prices. "
                "Start the prices earlier or shorten its windows.",
                field="formula",
            )
        return {"signals": signals, "used": used_table(config.formula)}


def used_table(formula: str) -> pd.DataFrame:
    """Return the operators and fields of a formula: what, name, times."""
    parsed = parse_formula(formula)
    rows = [("operator", name, times) for name, times in parsed.used_operators.items()]
    rows += [("field", name, times) for name, times in parsed.used_fields.items()]
    return pd.DataFrame(rows, columns=["what", "name", "times"])
