"""REINFORCE with a baseline, over Gaussian scores."""

from dataclasses import dataclass

import numpy as np

from runtime.rl.environment import Observation, PortfolioEnv
from runtime.rl.learner import Floats, Knowledge, Lesson, episode_seed
from runtime.rl.linear_policy import blank, climb, design, policy_weights, softmax
from runtime.rl.panel import MarketPanel, Span
from runtime.rl.spec import Reinforce

SLOW = 0.05
"""Share that one episode has in the running baseline and scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinforceLearner:
    """Williams (1992), *Machine Learning* 8(3-4): Gaussian units of section 6, episodic REINFORCE of section 5.

    The scores of the linear policy are disturbed by noise; what earned more than expected is made likelier. What is expected is
    a running mean of earlier episodes plus what equal weights earned over the same days: prices do not depend on the
    actions, so taking that off leaves the gradient unbiased and removes the market's noise; Mao et al. (2019), *International
    Conference on Learning Representations*, "Variance reduction for reinforcement learning in input-driven environments".
    """

    config: Reinforce

    def start(self, panel: MarketPanel, train: Span) -> Knowledge:  # noqa: ARG002  what it knows at first needs no prices
        """Return a policy of equal weights."""
        return {**blank(panel), "baseline": np.zeros(1), "scale": np.zeros(1)}

    def learn(self, knowledge: Knowledge, env: PortfolioEnv, chance: np.random.Generator) -> Lesson:
        """Play one episode with disturbed scores and move the policy towards what paid."""
        theta = knowledge["theta"]
        observation, _ = env.reset(seed=episode_seed(chance))
        slopes, excess, rewards, over = [], [], [], False
        while not over:
            rows = design(observation, len(theta))
            noise = chance.standard_normal(len(rows))
            scores = rows @ theta + self.config.noise * noise
            observation, reward, _, over, info = env.step(softmax(scores))
            slopes.append(rows.T @ noise / self.config.noise)
            excess.append(reward - info["even"])
            rewards.append(reward)
        returns = _discounted(np.array(excess), self.config.discount)
        scale = float(knowledge["scale"][0]) or float(np.sqrt((returns**2).mean())) or 1.0
        advantage = (returns - knowledge["baseline"][0]) / scale
        moved = climb(knowledge, advantage @ np.array(slopes) / len(slopes), self.config.learning_rate)
        spread = float(np.sqrt(((returns - knowledge["baseline"][0]) ** 2).mean()))
        remembered = {
            "baseline": (1.0 - SLOW) * knowledge["baseline"] + SLOW * returns.mean(),
            "scale": np.array([(1.0 - SLOW) * scale + SLOW * spread]),
        }
        return Lesson(knowledge={**moved, **remembered}, reward=float(np.mean(rewards)))

    def decide(self, knowledge: Knowledge, observation: Observation) -> Floats:
        """Return the weights of the undisturbed scores."""
        return policy_weights(knowledge["theta"], observation)


def _discounted(rewards: Floats, discount: float) -> Floats:
    """Return for each decision what followed from it, the later the less."""
    returns = np.zeros_like(rewards)
    following = 0.0
    for place in range(len(rewards) - 1, -1, -1):
        following = rewards[place] + discount * following
        returns[place] = following
    return returns
