"""An evolution strategy over the parameters of the linear policy."""

from dataclasses import dataclass

import numpy as np

from runtime.rl.environment import Observation, PortfolioEnv
from runtime.rl.learner import Floats, Knowledge, Lesson, episode_seed
from runtime.rl.linear_policy import blank, climb, policy_weights
from runtime.rl.panel import MarketPanel, Span
from runtime.rl.spec import Evolution


@dataclass(frozen=True, slots=True, kw_only=True)
class EvolutionLearner:
    """Salimans et al. (2017), "Evolution strategies as a scalable alternative to reinforcement learning", algorithm 1.

    Parameters are disturbed in mirrored pairs, each plays the same episode, and the mean disturbance, weighted by centred
    ranks of what it earned, is the gradient (section 2.1 there).
    """

    config: Evolution

    def start(self, panel: MarketPanel, train: Span) -> Knowledge:  # noqa: ARG002  what it knows at first needs no prices
        """Return a policy of equal weights."""
        return blank(panel)

    def learn(self, knowledge: Knowledge, env: PortfolioEnv, chance: np.random.Generator) -> Lesson:
        """Play one episode with every disturbed policy and move towards those that earned more."""
        theta = knowledge["theta"]
        seed = episode_seed(chance)
        drawn = chance.standard_normal((self.config.pairs, len(theta)))
        noise = np.concatenate([drawn, -drawn])
        earned = np.array([_play(env, theta + self.config.noise * row, seed) for row in noise])
        gradient = _centred_ranks(earned) @ noise / (len(noise) * self.config.noise)
        moved = climb(knowledge, gradient, self.config.learning_rate)
        return Lesson(knowledge=moved, reward=float(earned.mean()))

    def decide(self, knowledge: Knowledge, observation: Observation) -> Floats:
        """Return the weights of the undisturbed policy."""
        return policy_weights(knowledge["theta"], observation)


def _play(env: PortfolioEnv, theta: Floats, seed: int) -> float:
    """Return the mean reward of one episode."""
    observation, _ = env.reset(seed=seed)
    total, over = 0.0, False
    while not over:
        observation, reward, _, over, _ = env.step(policy_weights(theta, observation))
        total += reward
    return total / env.steps


def _centred_ranks(values: Floats) -> Floats:
    """Return ranks spread evenly over −½ .. ½."""
    ranks = np.empty(len(values))
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return ranks / (len(values) - 1) - 0.5
