"""Every algorithm finds an edge that is there; none of them needs to be lucky."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from runtime.rl.catalogue import learner_of
from runtime.rl.panel import market_panel, parts
from runtime.rl.reinforce import _discounted  # pyright: ignore[reportPrivateUsage]
from runtime.rl.rollout import play
from runtime.rl.training import train
from tests.runtime.rl.markets import experiment, seasons, trending

CASES: dict[str, tuple[pd.DataFrame, dict[str, Any]]] = {
    "reinforce": (trending(), {"episodes": 50}),
    "evolution": (trending(), {"episodes": 12, "episode_days": 60}),
    "q_learning": (seasons(), {"episodes": 60, "rebalance_days": 5, "momentum_days": 40}),
}


MARGIN = 5e-4
"""Log return a day, about 13 % a year."""


@pytest.mark.parametrize("algorithm", CASES)
async def test_a_trained_policy_beats_the_untrained_and_buying_and_holding_out_of_sample(
    algorithm: str,
) -> None:
    prices, changes = CASES[algorithm]
    spec = experiment(prices, {"name": algorithm}, seed=1, **changes)
    panel = market_panel(prices, spec.market)
    train_span, test_span = parts(panel, spec.market)
    untrained = play(spec, panel, test_span, learner_of(spec).start(panel, train_span))

    evaluation = (await train(spec, prices)).evaluation

    days = spec.market.rebalance_days
    trained = (evaluation.test.policy["mean_reward"] or 0.0) / days
    assert trained > float(np.mean(untrained.rewards)) / days + MARGIN
    assert trained > (evaluation.test.buy_and_hold["mean_reward"] or 0.0) / days + MARGIN


@pytest.mark.parametrize("algorithm", ["reinforce", "evolution"])
def test_an_untrained_linear_policy_weighs_everything_alike(algorithm: str) -> None:
    prices = trending()
    spec = experiment(prices, {"name": algorithm})
    panel = market_panel(prices, spec.market)

    played = play(spec, panel, panel.whole, learner_of(spec).start(panel, panel.whole))

    np.testing.assert_allclose(played.targets, 0.25)


def test_a_later_reward_counts_less_by_the_discount() -> None:
    assert _discounted(np.array([1.0, 2.0, 4.0]), 0.5).tolist() == [3.0, 4.0, 4.0]
