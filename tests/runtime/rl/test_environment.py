"""The portfolio environment against Gymnasium's checker, the back-test and the future."""

import math

import gymnasium
import numpy as np
import pandas as pd
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.quant.backtest import backtest
from runtime.rl.environment import PortfolioEnv, on_simplex
from runtime.rl.panel import Span, market_panel
from tests.runtime.rl.markets import experiment, trending

PRICES = trending(days=300)
MARKET = experiment(PRICES, rebalance_days=3, fee_bps=7.0, slippage_bps=4.0).market
PANEL = market_panel(PRICES, MARKET)


def env(**changes: object) -> PortfolioEnv:
    return PortfolioEnv(PANEL, MARKET.model_copy(update=changes), PANEL.whole)


def test_gymnasium_finds_nothing_to_complain_about() -> None:
    spec = EnvSpec(
        id="Portfolio-v0",
        entry_point=PortfolioEnv,  # pyright: ignore[reportArgumentType]
        kwargs={"panel": PANEL, "market": MARKET, "span": PANEL.whole},
    )

    check_env(gymnasium.make(spec).unwrapped)


def test_the_rewards_add_up_to_the_back_test_of_the_same_weights() -> None:
    played = PortfolioEnv(PANEL, MARKET, PANEL.whole, whole=True)
    played.reset(seed=0)
    rng = np.random.default_rng(5)
    total, weights, over = 0.0, {}, False
    while not over:
        _, reward, _, over, info = played.step(rng.random(4))
        total += reward
        weights[PANEL.days[info["day"]]] = info["target"][:-1]

    frame = pd.DataFrame.from_dict(weights, orient="index", columns=list(PANEL.symbols))
    end = len(weights) * MARKET.rebalance_days
    account = backtest(PANEL.closes_of(Span(first=0, last=end)), frame, cost_bps=11.0)

    assert math.exp(total) == pytest.approx(float(account.equity.iloc[-1]), rel=1e-12)


def test_a_day_in_cash_earns_nothing_and_costs_nothing() -> None:
    played = env()
    played.reset(seed=1)

    _, reward, *_, info = played.step(np.zeros(4))

    assert (reward, info["traded"]) == (0.0, 0.0)


def test_equal_seeds_draw_equal_episodes_and_others_draw_others() -> None:
    starts = [env().reset(seed=seed)[1]["day"] for seed in (3, 3, *range(10))]

    assert starts[0] == starts[1]
    assert len(set(starts)) > 3


@settings(max_examples=12, deadline=None)
@given(
    cut=st.integers(60, 250), factor=st.floats(0.2, 5.0), seed=st.integers(0, 1000), step=st.integers(1, 5)
)
def test_the_future_never_changes_what_was_seen_or_earned(
    cut: int, factor: float, seed: int, step: int
) -> None:
    market = MARKET.model_copy(update={"rebalance_days": step})
    other = PRICES.copy()
    other.iloc[cut:] *= np.random.default_rng(seed).uniform(
        min(factor, 1 / factor), 2.0, other.iloc[cut:].shape
    )
    histories = []
    for prices in (PRICES, other):
        panel = market_panel(prices, market)
        played = PortfolioEnv(panel, market, panel.whole, whole=True)
        observation, _ = played.reset(seed=0)
        actions = np.random.default_rng(seed)
        seen, earned, over = [observation], [], False
        while not over:
            observation, reward, _, over, info = played.step(actions.random(4))
            # A reward belongs to the past when the last close it needs does.
            if panel.days[info["day"] + step] < prices.index[cut]:
                seen.append(observation)
                earned.append(reward)
        histories.append((np.array(seen), np.array(earned)))

    np.testing.assert_array_equal(histories[0][0], histories[1][0])
    np.testing.assert_array_equal(histories[0][1], histories[1][1])
    assert len(histories[0][1]) > 0


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=8))
def test_whatever_is_asked_becomes_weights_of_one_whole(raw: list[float]) -> None:
    weights = on_simplex(np.array(raw))

    assert weights.min() >= 0.0
    assert weights.sum() == pytest.approx(1.0)


def test_an_episode_may_start_with_holdings() -> None:
    played = env()
    held = np.array([0.25, 0.25, 0.5, 0.0])

    observation, _ = played.reset(seed=0, options={"weights": held})
    _, _, _, _, info = played.step(held)

    assert observation[-4:] == pytest.approx(held)
    assert info["traded"] == pytest.approx(0.0)
