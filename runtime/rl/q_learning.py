"""Tabular Q-learning over the state of the market and a short menu of portfolios."""

from dataclasses import dataclass

import numpy as np

from runtime.rl.environment import Observation, PortfolioEnv
from runtime.rl.learner import Floats, Knowledge, Lesson, episode_seed
from runtime.rl.panel import MarketPanel, Span
from runtime.rl.spec import QLearning

MENU = ("cash", "equal weights", "strongest half", "calm")
"""What can be chosen: nothing, everything alike, the half with the strongest trend, or weights by inverse volatility."""
CALMEST = 1e-3
"""The volatility that a price which hardly moves counts as, so that it cannot take the whole portfolio by rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QLearner:
    """Watkins (1989), *Learning from Delayed Rewards*, ch. 7; Watkins and Dayan (1992), *Machine Learning* 8(3-4).

    A state is the market's trend and volatility (means over the symbols, cut at quantiles of the training days) and
    the choice of the menu that is held; an action is a choice of the menu. Exploration is ε-greedy.
    """

    config: QLearning
    features: int
    """Of each symbol."""

    def start(self, panel: MarketPanel, train: Span) -> Knowledge:
        """Return an empty table and the quantiles of the training days."""
        seen = panel.features[train.first : train.last + 1].astype(float)
        shares = np.arange(1, self.config.bins) / self.config.bins
        states = (self.config.bins, self.config.bins, len(MENU))
        return {
            "table": np.zeros((*states, len(MENU))),
            "trend_cuts": np.quantile(seen[:, :, -1].mean(axis=1), shares),
            "volatility_cuts": np.quantile(seen[:, :, -2].mean(axis=1), shares),
        }

    def learn(self, knowledge: Knowledge, env: PortfolioEnv, chance: np.random.Generator) -> Lesson:
        """Play one episode, mostly as known so far, and correct the table after each decision."""
        table = knowledge["table"].copy()
        observation, _ = env.reset(seed=episode_seed(chance))
        rewards, over = [], False
        while not over:
            state, portfolios = self._situation(knowledge, observation)
            greedy = chance.random() >= self.config.exploration
            choice = int(np.argmax(table[state])) if greedy else int(chance.integers(len(MENU)))
            observation, reward, _, over, _ = env.step(portfolios[choice])
            following, _ = self._situation(knowledge, observation)
            # An episode ends because its days do, not because nothing would follow: so what follows counts then, too.
            goal = reward + self.config.discount * table[following].max()
            table[state][choice] += self.config.learning_rate * (goal - table[state][choice])
            rewards.append(reward)
        return Lesson(knowledge={**knowledge, "table": table}, reward=float(np.mean(rewards)))

    def decide(self, knowledge: Knowledge, observation: Observation) -> Floats:
        """Return the portfolio with the highest value in this state."""
        state, portfolios = self._situation(knowledge, observation)
        return portfolios[int(np.argmax(knowledge["table"][state]))]

    def _situation(
        self, knowledge: Knowledge, observation: Observation
    ) -> tuple[tuple[int, int, int], Floats]:
        """Return the state, and the menu as weights on this day."""
        symbols = (len(observation) - 1) // (self.features + 1)
        seen = observation[: symbols * self.features].reshape(symbols, self.features).astype(float)
        trend, volatility = seen[:, -1], seen[:, -2]
        portfolios = _portfolios(trend, volatility)
        held = np.abs(portfolios - observation[symbols * self.features :]).sum(axis=1)
        state = (
            int(np.searchsorted(knowledge["trend_cuts"], trend.mean())),
            int(np.searchsorted(knowledge["volatility_cuts"], volatility.mean())),
            int(np.argmin(held)),
        )
        return state, portfolios


def _portfolios(trend: Floats, volatility: Floats) -> Floats:
    """Return the menu as target weights, choices × (symbols and cash)."""
    symbols = len(trend)
    menu = np.zeros((len(MENU), symbols + 1))
    menu[0, -1] = 1.0
    menu[1, :-1] = 1.0 / symbols
    strongest = np.argsort(-trend, kind="stable")[: (symbols + 1) // 2]
    menu[2, strongest] = 1.0 / len(strongest)
    calm = 1.0 / np.maximum(volatility, CALMEST)
    menu[3, :-1] = calm / calm.sum()
    return menu
