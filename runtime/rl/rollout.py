"""Play a policy without exploring, and measure what came of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from runtime.quant.backtest import Backtest, backtest
from runtime.rl.catalogue import learner_of
from runtime.rl.environment import Floats, PortfolioEnv
from runtime.rl.learner import Knowledge
from runtime.rl.panel import MarketPanel, Span
from runtime.rl.spec import MarketSpec, RLExperimentSpec
from runtime.spec import canonical_hash

DIGITS = 9
"""Rewards are compared to this many decimals: what follows differs between processors."""
Metrics = dict[str, float | None]
"""See `runtime.quant.backtest.performance`; and `mean_reward` of a decision. None where the history is too short to tell."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trajectory:
    """A policy's way through a span, decision by decision."""

    days: pd.DatetimeIndex
    """On whose closes it decided."""
    targets: Floats
    """Decisions × (symbols and cash)."""
    rewards: tuple[float, ...]
    turnover: tuple[float, ...]
    held: Floats
    """The weights after the last decision's days, cash last."""
    span: Span
    """From the first decision to the day on which the last reward was earned."""

    @property
    def digest(self) -> str:
        """A hash that is equal for equal rewards."""
        return canonical_hash([round(reward, DIGITS) + 0.0 for reward in self.rewards])


def play(
    spec: RLExperimentSpec,
    panel: MarketPanel,
    span: Span,
    knowledge: Knowledge,
    held: Floats | None = None,
) -> Trajectory:
    """Play all of a span; `held` are the weights it starts with, in cash by default."""
    learner = learner_of(spec)
    env = PortfolioEnv(panel, spec.market, span, whole=True)
    observation, info = env.reset(seed=0, options=None if held is None else {"weights": held})
    places: list[int] = []
    targets: list[Floats] = []
    rewards: list[float] = []
    turnover: list[float] = []
    over = False
    while not over:
        observation, reward, _, over, info = env.step(learner.decide(knowledge, observation))
        places.append(info["day"])
        targets.append(info["target"])
        rewards.append(reward)
        turnover.append(info["traded"])
    return Trajectory(
        days=panel.days[places],
        targets=np.array(targets),
        rewards=tuple(rewards),
        turnover=tuple(turnover),
        held=env.weights,
        span=Span(first=places[0], last=places[-1] + spec.market.rebalance_days),
    )


def joined(trajectories: Sequence[Trajectory]) -> Trajectory:
    """Return trajectories that follow each other as one."""
    last = trajectories[-1]
    return Trajectory(
        days=pd.DatetimeIndex([day for each in trajectories for day in each.days]),
        targets=np.concatenate([each.targets for each in trajectories]),
        rewards=tuple(reward for each in trajectories for reward in each.rewards),
        turnover=tuple(traded for each in trajectories for traded in each.turnover),
        held=last.held,
        span=Span(first=trajectories[0].span.first, last=last.span.last),
    )


def account(trajectory: Trajectory, panel: MarketPanel, market: MarketSpec) -> Backtest:
    """Return the back-test of a trajectory, from cash: the same costs and days, equity for every day."""
    weights = pd.DataFrame(trajectory.targets[:, :-1], index=trajectory.days, columns=list(panel.symbols))
    return backtest(panel.closes_of(trajectory.span), weights, _cost_bps(market))


def measure(trajectory: Trajectory, panel: MarketPanel, market: MarketSpec) -> Metrics:
    """Return the metrics of a trajectory."""
    measured = account(trajectory, panel, market).metrics
    return _told({"mean_reward": float(np.mean(trajectory.rewards)), **measured})


def buy_and_hold(panel: MarketPanel, market: MarketSpec, span: Span) -> Metrics:
    """Return the metrics of buying equal weights on the first day of a span and never trading again."""
    closes = panel.closes_of(span)
    weights = pd.DataFrame(1.0 / len(panel.symbols), index=closes.index[:1], columns=closes.columns)
    result = backtest(closes, weights, _cost_bps(market))
    decisions = (span.last - span.first) / market.rebalance_days
    mean_reward = math.log(float(result.equity.iloc[-1])) / decisions
    return _told({"mean_reward": mean_reward, **result.metrics})


def _cost_bps(market: MarketSpec) -> float:
    return market.fee_bps + market.slippage_bps


def _told(metrics: dict[str, float]) -> Metrics:
    return {name: value if math.isfinite(value) else None for name, value in metrics.items()}
