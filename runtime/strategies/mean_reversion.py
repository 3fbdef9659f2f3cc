"""Mean reversion: buy what has fallen too fast. The formulas are those of the node of the same name."""

from typing import Literal

import pandas as pd
from pydantic import Field

from runtime.quant.reversion import reversion_signal
from runtime.weight_strategy import WeightParams, WeightStrategy


class MeanReversionParams(WeightParams):
    """The window and how it is scored."""

    # No RSI: Wilder's smoothing remembers all of the past, so its value would depend on how much history is kept.
    method: Literal["z_score", "reversal"] = Field(
        default="z_score", title="Method", description="Against its own mean, or against the other symbols."
    )
    window: int = Field(default=20, ge=2, le=250, title="Window", description="Days.")
    full_at: float = Field(
        default=2.0, gt=0, le=10, title="Full at", description="The z-score at which the signal is full."
    )


class MeanReversion(WeightStrategy):
    """Z-score or short-term reversal; see `runtime.quant.reversion` for the sources."""

    name = "mean_reversion"
    title = "Mean reversion"
    summary = "Holds what has fallen too fast against its own mean, or against the other symbols."
    Params = MeanReversionParams

    @property
    def bars_needed(self) -> int:
        """The window and the day before it."""
        return self.params.window + 1

    def signals(self, prices: pd.DataFrame) -> pd.DataFrame:
        """Return the contrarian signal."""
        return reversion_signal(
            prices, method=self.params.method, window=self.params.window, full_at=self.params.full_at
        )
