"""One portfolio from one window of returns, by skfolio.

Sources: mean-variance, Markowitz (1952), *Journal of Finance* 7(1); covariance shrunk as in Ledoit and Wolf (2004), *Journal
of Multivariate Analysis* 88(2); views, Black and Litterman (1992), *Financial Analysts Journal* 48(5), their size by
Grinold (1994), *Journal of Portfolio Management* 20(4): alpha = volatility × information coefficient × score; risk parity,
Maillard, Roncalli and Teïletche (2010), *Journal of Portfolio Management* 36(4); hierarchical risk parity, López de Prado
(2016), *Journal of Portfolio Management* 42(4); equal weight, DeMiguel, Garlappi and Uppal (2009), *Review of Financial
Studies* 22(5).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from runtime.errors import InvalidValue
from runtime.optimise.problem import Problem

HORIZON_DAYS = 21
"""What a view looks ahead to: a month."""
TOLERANCE = 1e-4
"""Weights that leave their bounds, or their sum 1, by more are no solution."""
DECIMALS = 6
"""Weights are cut here: what follows is the solver's rounding, and a sum of 1.0000001 would break a limit of 1."""


def optimal_weights(
    returns: pd.DataFrame, problem: Problem, views: Mapping[str, float] | None
) -> dict[str, float]:
    """Return weights that add up to 1 but for their last decimals, and never to more, by symbol.

    `returns`: daily simple returns without holes, days × symbols. `views`: signals in [-1, 1] by symbol; None without
    signals. Raises `InvalidValue` when there is no solution.
    """
    symbols = [str(column) for column in returns.columns]
    if problem.method == "equal_weight" or len(symbols) == 1:
        return dict.fromkeys(symbols, float(_cut(np.array(1.0 / len(symbols)))))
    # Neutral names: the view language of skfolio would read a symbol such as BF-B as a difference.
    names = [f"x{place}" for place in range(len(symbols))]
    plain = returns.set_axis(names, axis="columns")
    by_name = {name: (views or {}).get(symbol) for name, symbol in zip(names, symbols, strict=True)}
    told = {name: view for name, view in by_name.items() if view is not None}
    weights = _fitted(_model(plain, problem, told if views is not None else None), plain)
    return dict(zip(symbols, _within_bounds(weights, problem), strict=True))


def _model(returns: pd.DataFrame, problem: Problem, views: Mapping[str, float] | None) -> Any:  # noqa: ANN401
    # Imported when needed: skfolio brings scikit-learn and a solver, seconds of start-up for every worker.
    from skfolio import RiskMeasure  # noqa: PLC0415
    from skfolio.moments import LedoitWolf  # noqa: PLC0415
    from skfolio.optimization import (  # noqa: PLC0415
        HierarchicalRiskParity,
        MeanRisk,
        ObjectiveFunction,
        RiskBudgeting,
    )
    from skfolio.prior import EmpiricalPrior  # noqa: PLC0415

    bounds: dict[str, Any] = {"min_weights": problem.min_weight, "max_weights": problem.max_weight}
    prior = EmpiricalPrior(covariance_estimator=LedoitWolf())
    match problem.method:
        case "risk_parity":
            return RiskBudgeting(risk_measure=RiskMeasure.VARIANCE, prior_estimator=prior, **bounds)
        case "hierarchical_risk_parity":
            return HierarchicalRiskParity(risk_measure=RiskMeasure.VARIANCE, prior_estimator=prior, **bounds)
        case "mean_variance":
            return MeanRisk(
                objective_function=ObjectiveFunction.MAXIMIZE_UTILITY,
                risk_aversion=problem.risk_aversion / 2.0,
                prior_estimator=prior if views is None else _with_views(returns, problem, views),
                **bounds,
            )
        case _:
            return MeanRisk(
                objective_function=ObjectiveFunction.MINIMIZE_RISK, prior_estimator=prior, **bounds
            )


def _with_views(returns: pd.DataFrame, problem: Problem, views: Mapping[str, float]) -> Any:  # noqa: ANN401
    """Return the prior that an equal weight would be best under, moved by the views."""
    from skfolio.moments import EquilibriumMu, LedoitWolf  # noqa: PLC0415
    from skfolio.prior import BlackLitterman, EmpiricalPrior  # noqa: PLC0415

    covariance = LedoitWolf()
    neutral = EquilibriumMu(risk_aversion=problem.risk_aversion, covariance_estimator=covariance)
    prior = EmpiricalPrior(mu_estimator=neutral, covariance_estimator=covariance)
    if not views:
        return prior
    expected = dict(zip(returns.columns, neutral.fit(returns).mu_, strict=True))
    daily = problem.information_coefficient / HORIZON_DAYS**0.5
    deviation = returns.std()
    sentences = [
        f"{name} == {expected[name] + daily * float(deviation[name]) * score:.12f}"
        for name, score in views.items()
    ]
    return BlackLitterman(views=sentences, prior_estimator=prior)


def _fitted(model: Any, returns: pd.DataFrame) -> npt.NDArray[np.float64]:  # noqa: ANN401
    from cvxpy import SolverError  # noqa: PLC0415

    try:
        return np.asarray(model.fit(returns).weights_, dtype=float)
    except (SolverError, ValueError, np.linalg.LinAlgError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise InvalidValue(f"the optimiser found no portfolio: {reason[:200]}") from error


def _within_bounds(weights: npt.NDArray[np.float64], problem: Problem) -> list[float]:
    """Return the weights without the solver's rounding; raises `InvalidValue` when it is more than rounding."""
    clipped = np.clip(weights, problem.min_weight, problem.max_weight)
    if not np.isfinite(weights).all() or np.abs(clipped - weights).max() > TOLERANCE:
        raise InvalidValue("the optimiser left the bounds: it did not converge")
    total = float(clipped.sum())
    if abs(total - 1.0) > TOLERANCE:
        raise InvalidValue("the optimiser's weights do not add up to 1: it did not converge")
    return [float(weight) for weight in _cut(clipped / max(total, 1.0))]


def _cut(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    # A hair is added first, so that 0.29, which no float is, does not become 0.289999.
    return np.trunc(weights * 10**DECIMALS + np.sign(weights) * 1e-6) / 10**DECIMALS + 0.0
