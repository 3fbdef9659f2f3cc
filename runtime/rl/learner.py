"""What every algorithm offers: knowledge as arrays, and pure steps from one knowledge to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from runtime.rl.environment import Observation, PortfolioEnv
from runtime.rl.panel import MarketPanel, Span

Floats = npt.NDArray[np.float64]
Knowledge = Mapping[str, Floats]
"""All that was learnt, by name; what a checkpoint holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one episode of training brought."""

    knowledge: Knowledge
    reward: float
    """Mean reward of a decision, exploration included."""


class Learner(Protocol):
    """One algorithm with its parameters. Holds no state: equal arguments give equal results."""

    def start(self, panel: MarketPanel, train: Span) -> Knowledge:
        """Return what is known before the first episode; looks at nothing after `train`."""
        ...

    def learn(self, knowledge: Knowledge, env: PortfolioEnv, chance: np.random.Generator) -> Lesson:
        """Play one episode (or the few that make one update) and return what is known then."""
        ...

    def decide(self, knowledge: Knowledge, observation: Observation) -> Floats:
        """Return the best known target weights, cash last, without exploring."""
        ...


def episode_seed(chance: np.random.Generator) -> int:
    """Draw the seed of an episode."""
    return int(chance.integers(2**32))
