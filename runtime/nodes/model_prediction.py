"""Model prediction: next month's ranking of shares, learnt from the past only."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from runtime.alpha.features import WARM_UP
from runtime.alpha.prediction import Model, Output, Prediction, PredictionRequest, Refit, predict
from runtime.errors import InvalidValue
from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.quant.history import require_days


class ModelPredictionConfig(NodeConfig):
    """Which model, and how it learns."""

    model: Model = Field(
        default="ridge",
        title="Model",
        description=(
            "Ridge: a linear model with small coefficients. Boosting: many small trees; slower, and sooner over-fitted. "
            "Both see ranks of momentum, reversal, volatility and nearness to the year's high."
        ),
    )
    refit: Refit = Field(
        default="yearly",
        title="Fit again",
        description="How often the model learns from what has happened since.",
    )
    output: Output = Field(
        default="rank",
        title="Signal",
        description=(
            "Rank: the day's predictions spread from -1 to 1. Raw: the predicted rank itself, near 0 when the model is unsure."
        ),
    )
    min_months: int = Field(
        default=36,
        ge=12,
        le=240,
        title="Train on at least",
        description="Months of outcomes before the first prediction; a year of prices comes before the first of them.",
        json_schema_extra={"unit": "months"},
    )
    embargo_days: int = Field(
        default=5,
        ge=0,
        le=63,
        title="Embargo",
        description="Trading days between the last outcome that a model has seen and its first prediction.",
        json_schema_extra={"unit": "days"},
    )
    shrinkage: float = Field(
        default=0.1,
        gt=0,
        le=100,
        title="Shrinkage",
        description="How strongly ridge pulls its coefficients to 0. Boosting does not use it.",
    )
    trees: int = Field(
        default=100,
        ge=10,
        le=500,
        title="Trees",
        description="How many trees boosting adds up. Ridge does not use it.",
    )


class ModelPrediction(NodeKind):
    """Fits walk-forward with an embargo, predicts every day, and tells how good it was out of sample."""

    kind = "quant.model_prediction"
    title = "Model prediction"
    family: ClassVar[Family] = "quant"
    icon = "brain-circuit"
    summary = "Predicts next month's ranking of the shares by a model that learns from the past only."
    example: ClassVar[dict[str, Any]] = {"model": "ridge", "min_months": 36}
    inputs = (Port(id="prices", type="prices", title="Prices"),)
    outputs = (
        Port(id="signals", type="signals", title="Predictions"),
        Port(id="skill", type="table", title="Information coefficient by month"),
        Port(id="mean_ic", type="number", title="Mean information coefficient"),
    )
    headline = ("model", "refit", "min_months")
    Config = ModelPredictionConfig

    async def run(
        self, inputs: Mapping[str, Any], config: ModelPredictionConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the predictions, days × symbols, and their skill out of sample."""
        prices = require_days(inputs["prices"], WARM_UP + 1)
        request = PredictionRequest(
            model=config.model,
            refit=config.refit,
            output=config.output,
            min_months=config.min_months,
            embargo=config.embargo_days,
            shrinkage=config.shrinkage,
            trees=config.trees,
            seed=ctx.seed,
        )
        found: Prediction = await ctx.compute(predict, prices, request)
        if found.skill.empty:
            raise InvalidValue(
                "No prediction has met its outcome yet: there is less than a month of prices after the first model. "
                "Start the prices earlier or train on fewer months.",
                field="prices",
            )
        mean = float(found.skill["information_coefficient"].mean())
        return {"signals": found.signals, "skill": found.skill, "mean_ic": mean}
