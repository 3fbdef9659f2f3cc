"""Momentum: hold what has risen. The formula is that of the node of the same name."""

from typing import Self

import pandas as pd
from pydantic import Field, model_validator

from runtime.quant.momentum import MomentumMethod, momentum_signal
from runtime.weight_strategy import WeightParams, WeightStrategy

MIN_WINDOW = 5
"""Days; with fewer a statistic says nothing."""


class MomentumParams(WeightParams):
    """The window and how it is scored."""

    method: MomentumMethod = Field(
        default="time_series", title="Method", description="Against its own past, or among the symbols."
    )
    lookback: int = Field(
        default=252, ge=20, le=1000, title="Lookback", description="Days the window reaches back."
    )
    skip: int = Field(default=21, ge=0, le=250, title="Skip", description="Latest days that are left out.")

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.lookback - self.skip < MIN_WINDOW:
            raise ValueError(f"The lookback must be at least {MIN_WINDOW} days longer than the skip.")
        return self


class Momentum(WeightStrategy):
    """Time-series or cross-sectional momentum; see `runtime.quant.momentum` for the sources."""

    name = "momentum"
    title = "Momentum"
    summary = "Holds what has risen over the last months, the latest one left out."
    Params = MomentumParams

    @property
    def bars_needed(self) -> int:
        """The window and the day before it."""
        return self.params.lookback + 1

    def signals(self, prices: pd.DataFrame) -> pd.DataFrame:
        """Return the momentum signal."""
        return momentum_signal(
            prices, method=self.params.method, lookback=self.params.lookback, skip=self.params.skip
        )
