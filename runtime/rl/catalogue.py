"""From an experiment to its algorithm."""

from typing import assert_never

from runtime.rl.evolution import EvolutionLearner
from runtime.rl.learner import Learner
from runtime.rl.panel import FIGURES_BESIDE_RETURNS
from runtime.rl.q_learning import QLearner
from runtime.rl.reinforce import ReinforceLearner
from runtime.rl.spec import Evolution, QLearning, Reinforce, RLExperimentSpec


def learner_of(spec: RLExperimentSpec) -> Learner:
    """Return the algorithm with the parameters of the experiment."""
    match spec.algorithm:
        case Reinforce() as config:
            return ReinforceLearner(config=config)
        case Evolution() as config:
            return EvolutionLearner(config=config)
        case QLearning() as config:
            return QLearner(config=config, features=spec.market.window + FIGURES_BESIDE_RETURNS)
        case _:
            assert_never(spec.algorithm)
