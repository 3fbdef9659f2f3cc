"""A proposed alpha, and what it was worth over past prices: walk-forward, on days that its author had not seen as well."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator

from runtime.alpha.evaluate import AlphaRequest, alpha_signal
from runtime.alpha.grammar import parse_formula
from runtime.errors import InvalidValue
from runtime.quant.backtest import Backtest, backtest, performance
from runtime.spec import canonical_hash

SHARPE_WEIGHT, DRAWDOWN_WEIGHT, TURNOVER_WEIGHT = 1.0, 0.5, 0.2
MAX_HORIZON = 252
LEAST_DAYS = 60
"""Days with positions that a judgement needs, in the part that is searched and in the part that is held out."""
Direction = Literal["long", "short"]


class Proposal(BaseModel):
    """A formula, why it should work, and how it is to be traded."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=120)
    formula: str = Field(min_length=1, max_length=1000)
    rationale: str = Field(default="", max_length=4000)
    expected_horizon_bars: int = Field(default=5, ge=1, le=MAX_HORIZON)
    """For how many bars it is meant to hold, and so after how many the portfolio is rebalanced."""
    expected_direction: Direction = "long"
    """Long: high numbers are to be bought. Short: they are to be sold."""

    @field_validator("formula")
    @classmethod
    def _compiles(cls, formula: str) -> str:
        try:
            parse_formula(formula)
        except InvalidValue as error:
            raise ValueError(error.message) from None
        return formula

    def digest(self) -> str:
        """Return the hash of what is traded: equal for equal formulas, horizons and directions, whatever they are called."""
        return canonical_hash([self.formula, self.expected_horizon_bars, self.expected_direction])


class Terms(BaseModel):
    """How a proposal is judged."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    windows: int = Field(default=4, ge=1, le=20)
    """Into how many consecutive parts the searched days are cut, to see whether it works all the time."""
    holdout: float = Field(default=0.25, ge=0.1, le=0.5)
    """Share of the days, the last ones, that the search never sees."""
    cost_bps: float = Field(default=5.0, ge=0.0, le=1000.0)
    """Basis points of what is traded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a proposal was worth over some days."""

    start: str
    end: str
    """ISO dates."""
    sharpe: float
    """Annual, after costs."""
    drawdown: float
    """Deepest fall from a high, as a fraction: 0 to 1."""
    turnover: float
    """Mean of what is traded on a day, as a fraction of equity."""
    reward: float
    """See `reward_of`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A judged proposal."""

    proposal: Proposal
    searched: Score
    """Over the days that a search may look at; it looks for the highest reward here."""
    windows: tuple[Score, ...]
    """The searched days, part by part."""
    holdout: Score
    """Over the last days, which no search has seen: what to believe."""

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "proposal": self.proposal.model_dump(),
            "digest": self.proposal.digest(),
            "reward": self.searched.reward,
            "searched": asdict(self.searched),
            "windows": [asdict(window) for window in self.windows],
            "holdout": asdict(self.holdout),
        }


def reward_of(*, sharpe: float, drawdown: float, turnover: float) -> float:
    """Return the reward: 1.0 · Sharpe - 0.5 · drawdown - 0.2 · turnover, with drawdown and turnover as in `Score`."""
    return SHARPE_WEIGHT * sharpe - DRAWDOWN_WEIGHT * drawdown - TURNOVER_WEIGHT * turnover


def evaluate_proposal(prices: pd.DataFrame, proposal: Proposal, terms: Terms | None = None) -> Evaluation:
    """Trade a proposal over past prices and return what it was worth. Pure, and slow for long histories.

    The formula's numbers of a day become ranks; the portfolio is long the upper and short the lower half of them, with sizes
    that add up to one, held for the proposal's horizon. Nothing is fitted and a day's numbers know that day and those before
    only, so every day is out of sample for the formula; a search over formulas is what overfits, and the last days are kept
    from it (`Terms.holdout`; Bailey et al. 2014, *Notices of the AMS* 61(5)). Raises `InvalidValue` when there is too little to
    judge by, `TooLarge` as `evaluate_formula` does.
    """
    rules = terms or Terms()
    weights = portfolio_of(prices, proposal)
    days = prices.index[prices.index >= weights.index[0]]
    kept = int(len(days) * rules.holdout)
    # Between the two parts lies one horizon, so that no position is counted in both.
    horizon = proposal.expected_horizon_bars
    searched, held_out = days[: len(days) - kept - horizon], days[len(days) - kept :]
    if min(len(searched), len(held_out)) < LEAST_DAYS:
        raise InvalidValue(
            f"There are only {len(days)} days with numbers of {proposal.name!r}; start the prices earlier.",
            field="prices",
        )
    whole = _traded(prices, weights, searched, horizon, rules)
    parts = np.array_split(np.arange(len(whole.returns)), rules.windows)
    return Evaluation(
        proposal=proposal,
        searched=_score(whole, slice(None)),
        windows=tuple(_score(whole, slice(part[0], part[-1] + 1)) for part in parts),
        holdout=_score(_traded(prices, weights, held_out, horizon, rules), slice(None)),
    )


def portfolio_of(prices: pd.DataFrame, proposal: Proposal) -> pd.DataFrame:
    """Return target weights, days × symbols, sizes adding up to one; days without any number are left out."""
    signals = alpha_signal(prices, AlphaRequest(formula=proposal.formula))
    sized = signals if proposal.expected_direction == "long" else -signals
    total = sized.abs().sum(axis="columns")
    known = total > 0.0
    if not known.any():
        raise InvalidValue(f"{proposal.name!r} gives no numbers over these prices.", field="formula")
    return sized[known].div(total[known], axis="index")


def _traded(
    prices: pd.DataFrame, weights: pd.DataFrame, days: pd.Index, horizon: int, terms: Terms
) -> Backtest:
    """Hold the portfolio of every `horizon`-th of the days."""
    inside = weights.loc[(weights.index >= days[0]) & (weights.index <= days[-1])]
    return backtest(prices.loc[: days[-1]], inside.iloc[::horizon], cost_bps=terms.cost_bps)


def _score(result: Backtest, part: slice) -> Score:
    returns, turnover = result.returns.iloc[part], result.turnover.iloc[part]
    growth = (1.0 + returns).cumprod()
    figures: Mapping[str, float] = performance(growth, returns, turnover)
    sharpe = figures["sharpe"]
    if not np.isfinite(sharpe):
        # Days without a position have no deviation, and earn nothing.
        sharpe = 0.0
    drawdown, traded = -figures["max_drawdown"], float(turnover.mean())
    return Score(
        start=_day(returns.index[0]),
        end=_day(returns.index[-1]),
        sharpe=round(sharpe, 6),
        drawdown=round(drawdown, 6),
        turnover=round(traded, 6),
        reward=round(reward_of(sharpe=sharpe, drawdown=drawdown, turnover=traded), 6),
    )


def _day(day: Any) -> str:  # noqa: ANN401  pandas' own type
    return pd.Timestamp(day).date().isoformat()
