import random
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.risk.bootstrap import FAN_PERCENTILES, expected_shortfall, simulate

HISTORY = np.random.default_rng(3).normal(0.0004, 0.012, 252)


def by_hand(drawn: list[list[float]]) -> dict[str, float]:
    """The same figures with loops and the standard library only, as the definitions read."""
    falls, finals, daily = [], [], []
    for path in drawn:
        wealth = peak = 1.0
        fall = 0.0
        for step in path:
            wealth *= 1 + step
            peak = max(peak, wealth)
            fall = max(fall, 1 - wealth / peak)
            daily.append(step)
        falls.append(fall)
        finals.append(wealth - 1)
    worst = sorted(finals)[: -(-len(finals) * 5 // 100)]
    return {
        "p99_drawdown": statistics.quantiles(falls, n=100, method="inclusive")[98],
        "tvar_95": -statistics.fmean(worst),
        "expected_sharpe": statistics.fmean(daily) / statistics.pstdev(daily) * 252**0.5,
        "expected_return": statistics.fmean(finals),
    }


def test_the_figures_agree_with_a_computation_by_hand() -> None:
    drawn = HISTORY[np.random.default_rng(11).integers(0, 252, size=(400, 10))]

    simulation = simulate(HISTORY, paths=400, horizon_days=10, seed=11)

    for name, expected in by_hand(drawn.tolist()).items():
        assert getattr(simulation, name) == pytest.approx(expected), name


def test_an_independent_simulation_with_other_random_numbers_agrees_within_sampling_error() -> None:
    dice = random.Random(5)
    drawn = [dice.choices(HISTORY.tolist(), k=10) for _ in range(20_000)]
    expected = by_hand(drawn)

    simulation = simulate(HISTORY, paths=20_000, horizon_days=10, seed=1)

    assert simulation.p99_drawdown == pytest.approx(expected["p99_drawdown"], rel=0.05)
    assert simulation.tvar_95 == pytest.approx(expected["tvar_95"], rel=0.05)
    assert simulation.expected_return == pytest.approx(expected["expected_return"], abs=0.002)


def test_the_same_seed_gives_the_same_figures_and_another_one_others() -> None:
    first, again, other = (simulate(HISTORY, paths=50, horizon_days=5, seed=seed) for seed in (1, 1, 2))

    assert first.p99_drawdown == again.p99_drawdown
    assert first.p99_drawdown != other.p99_drawdown


def test_a_portfolio_that_does_not_move_has_no_risk_and_no_sharpe() -> None:
    simulation = simulate(np.zeros(30), paths=50, horizon_days=5, seed=1)

    assert (simulation.p99_drawdown, simulation.tvar_95, simulation.expected_sharpe) == (0.0, 0.0, 0.0)


def test_losing_more_than_all_ends_at_zero() -> None:
    simulation = simulate(np.array([-1.5]), paths=50, horizon_days=3, seed=1)

    assert (simulation.p99_drawdown, simulation.tvar_95) == (1.0, 1.0)
    assert simulation.fan[-1].tolist() == [0.0] * len(FAN_PERCENTILES)


@pytest.mark.parametrize(("count", "worst"), [(20, 1), (21, 2), (100, 5), (3, 1)])
def test_the_tail_is_at_least_one_outcome_and_rounded_up(count: int, worst: int) -> None:
    losses = np.arange(count, dtype=float)

    assert expected_shortfall(-losses, tail=0.05) == pytest.approx(np.mean(np.arange(count - worst, count)))


@given(
    st.lists(st.floats(min_value=-0.9, max_value=0.9), min_size=20, max_size=60),
    st.integers(min_value=0, max_value=2**32 - 1),
)
def test_figures_are_ordered_and_finite_for_any_history(history: list[float], seed: int) -> None:
    simulation = simulate(np.array(history), paths=60, horizon_days=5, seed=seed)

    assert 0.0 <= simulation.p99_drawdown <= 1.0
    assert -simulation.expected_return <= simulation.tvar_95 + 1e-9
    assert np.isfinite(simulation.fan).all()
    assert (np.diff(simulation.fan, axis=1) >= 0).all()
    assert simulation.fan[0].tolist() == [1.0] * len(FAN_PERCENTILES)
