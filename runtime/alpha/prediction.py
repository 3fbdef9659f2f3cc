"""Predict next month's ranking of shares, walk-forward: no model is fitted on what was not known on its day.

Training samples are taken on the first trading day of each month. Those whose outcome reaches into the days before a
refit are left out, and so is an embargo before it: López de Prado (2018), *Advances in Financial Machine Learning*,
chapter 7.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from runtime.alpha.features import features, targets
from runtime.errors import InvalidValue, TooLarge
from runtime.quant.momentum import spread_ranks

Model = Literal["ridge", "boosting"]
Refit = Literal["monthly", "yearly"]
Output = Literal["rank", "raw"]
HORIZON_DAYS = 21
MAX_CELLS = 5_000_000
MAX_BOOSTING = 300_000_000
"""Samples of all refits together, times trees: some minutes of one processor."""
MIN_SHARES = 3
"""A ranking of two says nothing."""
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionRequest:
    """Which model, and how it walks forward."""

    model: Model = "ridge"
    refit: Refit = "yearly"
    output: Output = "rank"
    min_months: int = 36
    """Months of training samples before the first prediction."""
    embargo: int = 5
    """Trading days between the last outcome that a model has seen and its first prediction."""
    shrinkage: float = 0.1
    """Ridge penalty as a multiple of the number of samples."""
    trees: int = 100
    seed: int = 0
    horizon: int = HORIZON_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the models said, and how good it was."""

    signals: pd.DataFrame
    """Days × symbols, in [-1, 1]; NaN before the first model."""
    skill: pd.DataFrame
    """By month: information_coefficient (rank correlation of prediction and outcome), shares, training_samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Data:
    days: pd.DatetimeIndex
    known: Array
    """Days × symbols × features; NaN where one is unknown."""
    outcome: Array
    """Days × symbols."""
    samples: npt.NDArray[np.intp]
    """Row of each training day."""


def predict(prices: pd.DataFrame, request: PredictionRequest) -> Prediction:
    """Return predictions for every day from the first model on, and their skill out of sample.

    Raises `InvalidValue` when the history is too short, `TooLarge` over the limits.
    """
    if prices.shape[1] < MIN_SHARES:
        raise InvalidValue(
            f"A ranking needs {MIN_SHARES} symbols at least, got {prices.shape[1]}.", field="prices"
        )
    if prices.size > MAX_CELLS:
        raise TooLarge("The prices are too many for a model. Use fewer symbols or days.")
    # Sorted columns: a model's last digits depend on the order of its samples.
    ordered = prices.sort_index(axis="columns")
    data = _data(ordered, request)
    refits = _refits(data, request)
    raw = np.full(ordered.shape, np.nan)
    trained = np.zeros(len(ordered), dtype=int)
    for row, end in zip(refits, [*refits[1:], len(ordered)], strict=True):
        x, y = _training(data, row, request)
        raw[row:end] = _predicted(_fitted(x, y, request), data.known[row:end])
        trained[row:end] = len(y)
    values = pd.DataFrame(raw, index=ordered.index, columns=ordered.columns)
    skill = _skill(data, raw, trained, request)
    shaped = spread_ranks(values) if request.output == "rank" else values.clip(-1.0, 1.0)
    return Prediction(signals=shaped[list(prices.columns)], skill=skill)


def _data(prices: pd.DataFrame, request: PredictionRequest) -> _Data:
    days = pd.DatetimeIndex(prices.index)
    known = np.stack([frame.to_numpy(dtype=float) for frame in features(prices).values()], axis=-1)
    # The first trading day of a month is known as such on that day; the last one is not.
    first = ~days.to_period("M").duplicated(keep="first")
    first[:1] = False
    usable = (~np.isnan(known).any(axis=-1)).sum(axis=1) >= MIN_SHARES
    return _Data(
        days=days,
        known=known,
        outcome=targets(prices, horizon=request.horizon).to_numpy(dtype=float),
        samples=np.flatnonzero(first & usable),
    )


def _refits(data: _Data, request: PredictionRequest) -> list[int]:
    """Return the rows on which a model is fitted."""
    ready = [row for row in data.samples.tolist() if len(_seen(data, row, request)) >= request.min_months]
    if not ready:
        months = 12 + request.min_months + 2
        raise InvalidValue(
            f"The model needs about {months} months of prices before its first prediction, got "
            f"{len(data.days)} days. Start the prices earlier or train on fewer months.",
            field="prices",
        )
    rows = ready
    if request.refit == "yearly":
        rows = [ready[0], *(row for row in ready[1:] if data.days[row].month == 1)]
    samples = sum(len(_seen(data, row, request)) for row in rows) * data.known.shape[1]
    if request.model == "boosting" and samples * request.trees > MAX_BOOSTING:
        raise TooLarge("That is too much to boost. Refit yearly, or use fewer symbols or trees.")
    return rows


def learnable(samples: npt.NDArray[np.intp], *, row: int, horizon: int, embargo: int) -> npt.NDArray[np.intp]:
    """Return the sample rows whose outcome, `horizon` rows later, was known `embargo` rows before this one."""
    return samples[samples + horizon <= row - embargo]


def _seen(data: _Data, row: int, request: PredictionRequest) -> npt.NDArray[np.intp]:
    return learnable(data.samples, row=row, horizon=request.horizon, embargo=request.embargo)


def _training(data: _Data, row: int, request: PredictionRequest) -> tuple[Array, Array]:
    rows = _seen(data, row, request)
    x, y = data.known[rows].reshape(-1, data.known.shape[-1]), data.outcome[rows].reshape(-1)
    whole = ~np.isnan(x).any(axis=1) & ~np.isnan(y)
    return x[whole], y[whole]


def _fitted(x: Array, y: Array, request: PredictionRequest) -> Any:  # noqa: ANN401  scikit-learn has no types
    # Imported when needed: seconds of start-up for every worker.
    if request.model == "boosting":
        from sklearn.ensemble import GradientBoostingRegressor  # noqa: PLC0415

        model = GradientBoostingRegressor(
            n_estimators=request.trees, learning_rate=0.05, max_depth=3, random_state=request.seed
        )
        return model.fit(x, y)
    from sklearn.linear_model import Ridge  # noqa: PLC0415

    # Ranks are centred on every day, so there is nothing for an intercept to learn.
    return Ridge(alpha=request.shrinkage * len(y), fit_intercept=False, solver="cholesky").fit(x, y)


def _predicted(model: Any, known: Array) -> Array:  # noqa: ANN401  scikit-learn has no types
    flat = known.reshape(-1, known.shape[-1])
    whole = ~np.isnan(flat).any(axis=1)
    out = np.full(len(flat), np.nan)
    if whole.any():
        out[whole] = model.predict(flat[whole])
    return out.reshape(known.shape[:2])


def _skill(
    data: _Data, raw: Array, trained: npt.NDArray[np.int_], request: PredictionRequest
) -> pd.DataFrame:
    """Return the rank correlation of prediction and outcome, for each sample day whose outcome is known by now."""
    rows = [row for row in data.samples.tolist() if trained[row] and row + request.horizon < len(data.days)]
    found = [_rank_correlation(raw[row], data.outcome[row]) for row in rows]
    return pd.DataFrame(
        {
            "information_coefficient": [coefficient for coefficient, _ in found],
            "shares": [float(shares) for _, shares in found],
            "training_samples": [float(trained[row]) for row in rows],
        },
        index=pd.DatetimeIndex(data.days[rows], name="date"),
        dtype=float,
    )


def _rank_correlation(predicted: Array, outcome: Array) -> tuple[float, int]:
    """Return Spearman's correlation over the shares that have both; 0 when one of them is all ties."""
    both = ~np.isnan(predicted) & ~np.isnan(outcome)
    ranks = pd.DataFrame({"p": predicted[both], "o": outcome[both]}).rank().to_numpy(dtype=float)
    centred = ranks - ranks.mean(axis=0) if len(ranks) else ranks
    size = float(np.sqrt((centred**2).sum(axis=0).prod()))
    return (float(centred.prod(axis=1).sum()) / size if size > 0.0 else 0.0), int(both.sum())
