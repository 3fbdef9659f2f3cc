"""Target weights as a softmax over linear scores, one set of parameters for all symbols, and how to climb.

A softmax policy over linear features as in Sutton and Barto (2018), *Reinforcement Learning*, 2nd ed., section 13.1. Sharing the
parameters makes an edge that holds for one symbol hold for all, and the policy independent of their order.
"""

import numpy as np
import numpy.typing as npt

from runtime.rl.environment import Observation
from runtime.rl.learner import Floats, Knowledge
from runtime.rl.panel import MarketPanel

MEAN_DECAY, SQUARE_DECAY, TINY = 0.9, 0.999, 1e-8
"""The values of Kingma and Ba (2015)."""


def blank(panel: MarketPanel) -> dict[str, Floats]:
    """Return the knowledge of a policy that gives every symbol and the cash the same weight."""
    size = design_width(panel.features.shape[2])
    names = ("theta", "climb_mean", "climb_square")
    return {**{name: np.zeros(size) for name in names}, "climb_steps": np.zeros(1)}


def design_width(features: int) -> int:
    """Return the number of parameters: features and held weight for symbols, the same for cash, and a constant for cash."""
    return 2 * (features + 1) + 1


def design(observation: Observation, width: int) -> Floats:
    """Return one row of regressors per symbol and, last, one for cash: the symbols' mean, its held weight and a constant."""
    columns = (width - 1) // 2
    symbols = len(observation) // columns
    features = observation[: symbols * (columns - 1)].reshape(symbols, columns - 1)
    held = observation[symbols * (columns - 1) :]
    rows = np.zeros((symbols + 1, width))
    rows[:-1, : columns - 1] = features
    rows[:-1, columns - 1] = held[:-1]
    rows[-1, columns:-2] = features.mean(axis=0)
    rows[-1, -2] = held[-1]
    rows[-1, -1] = 1.0
    return rows


def softmax(scores: npt.NDArray[np.float64]) -> Floats:
    """Return weights > 0 that add up to 1."""
    raised = np.exp(scores - scores.max())
    return raised / raised.sum()


def policy_weights(theta: Floats, observation: Observation) -> Floats:
    """Return the target weights of a policy, cash last."""
    return softmax(design(observation, len(theta)) @ theta)


def climb(knowledge: Knowledge, gradient: Floats, rate: float) -> dict[str, Floats]:
    """Return the knowledge one step up a noisy gradient.

    Adam: Kingma and Ba (2015), *International Conference on Learning Representations*, algorithm 1, with the sign for ascent.
    """
    steps = knowledge["climb_steps"] + 1.0
    mean = MEAN_DECAY * knowledge["climb_mean"] + (1.0 - MEAN_DECAY) * gradient
    square = SQUARE_DECAY * knowledge["climb_square"] + (1.0 - SQUARE_DECAY) * gradient**2
    unbiased_mean = mean / (1.0 - MEAN_DECAY**steps)
    unbiased_square = square / (1.0 - SQUARE_DECAY**steps)
    theta = knowledge["theta"] + rate * unbiased_mean / (np.sqrt(unbiased_square) + TINY)
    return {**knowledge, "theta": theta, "climb_mean": mean, "climb_square": square, "climb_steps": steps}
