"""Several trainings of one experiment: walked forward through time, or from several chances with the best one kept."""

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from runtime.errors import InvalidValue
from runtime.rl.checkpoint import Checkpoint
from runtime.rl.conduct import Conduct
from runtime.rl.panel import MIN_TEST_STEPS, MIN_TRAINING_STEPS, MarketPanel, Span, market_panel, parts
from runtime.rl.rollout import Trajectory, joined, play
from runtime.rl.spec import RLExperimentSpec
from runtime.rl.training import (
    DEFAULT_CONDUCT,
    Evaluation,
    Phase,
    Score,
    checkpoint_of,
    judge,
    learn,
    score_of,
)

MAX_FOLDS = 20
MAX_CANDIDATES = 20
VALIDATION_SHARE = 0.25
"""The last part of the training days, which chooses among candidates and trains none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkForward:
    """What a policy that is trained again and again would have earned on days it had not seen."""

    folds: tuple[Score, ...]
    """Each on its own days."""
    overall: Score
    """One account through all folds."""
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One of several trainings."""

    seed: int
    validation: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class BestOf:
    """The candidate that did best on the validation days, and how it does on days that chose nothing."""

    spec: RLExperimentSpec
    """With the seed of the best."""
    checkpoint: Checkpoint
    candidates: tuple[Candidate, ...]
    evaluation: Evaluation


async def walk_forward(
    spec: RLExperimentSpec, prices: pd.DataFrame, *, folds: int, conduct: Conduct = DEFAULT_CONDUCT
) -> WalkForward:
    """Cut the days into folds + 1 blocks; train on all blocks before a fold, test on the fold, holdings carried over.

    Anchored walk-forward as in Pardo (2008), *The Evaluation and Optimization of Trading Strategies*, 2nd ed., ch. 11. Raises
    `InvalidValue` naming `folds` when a block would be too short.
    """
    panel: MarketPanel = await conduct.compute(market_panel, prices, spec.market)
    cuts = _cuts(panel, spec, folds)
    trajectories: list[Trajectory] = []
    for fold, (cut, end) in enumerate(pairwise(cuts)):
        phase = Phase(name=f"fold {fold + 1} of {folds}", place=fold, of=folds)
        knowledge, _ = await learn(spec, panel, Span(first=0, last=cut), conduct=conduct, phase=phase)
        held = trajectories[-1].held if trajectories else None
        await conduct.admit()
        test = Span(first=cut, last=end)
        trajectories.append(await conduct.compute(play, spec, panel, test, knowledge, held))
    whole = joined(trajectories)
    return WalkForward(
        folds=tuple([await conduct.compute(score_of, spec, panel, each) for each in trajectories]),
        overall=await conduct.compute(score_of, spec, panel, whole),
        digest=whole.digest,
    )


async def best_of_n(
    spec: RLExperimentSpec, prices: pd.DataFrame, *, candidates: int, conduct: Conduct = DEFAULT_CONDUCT
) -> BestOf:
    """Train from `candidates` seeds, counted up from the budget's, and keep the one that earned most on the validation days.

    The days out of sample are looked at once, for that one, so choosing does not flatter it.
    """
    if not 1 <= candidates <= MAX_CANDIDATES:
        raise InvalidValue(
            f"There can be 1 to {MAX_CANDIDATES} candidates, not {candidates}.", field="candidates"
        )
    panel: MarketPanel = await conduct.compute(market_panel, prices, spec.market)
    train, validation = _validation(panel, spec)
    tried: list[tuple[float, Candidate, RLExperimentSpec, Checkpoint]] = []
    for place in range(candidates):
        one = _with_seed(spec, (spec.budget.seed + place) % 2**32)
        phase = Phase(name=f"candidate {place + 1} of {candidates}", place=place, of=candidates)
        knowledge, _ = await learn(one, panel, train, conduct=conduct, phase=phase)
        await conduct.admit()
        played: Trajectory = await conduct.compute(play, one, panel, validation, knowledge)
        score: Score = await conduct.compute(score_of, one, panel, played)
        candidate = Candidate(seed=one.budget.seed, validation=score)
        tried.append((sum(played.rewards), candidate, one, checkpoint_of(one, knowledge)))
    # The first of equals, so that the choice does not depend on anything else.
    best = max(tried, key=lambda entry: entry[0])
    await conduct.admit()
    return BestOf(
        spec=best[2],
        checkpoint=best[3],
        candidates=tuple(entry[1] for entry in tried),
        evaluation=await conduct.compute(judge, best[2], panel, best[3].knowledge),
    )


def _cuts(panel: MarketPanel, spec: RLExperimentSpec, folds: int) -> list[int]:
    """Return where blocks end, the first block's end first; whole decisions, so that no day is lost between folds."""
    if not 1 <= folds <= MAX_FOLDS:
        raise InvalidValue(f"There can be 1 to {MAX_FOLDS} folds, not {folds}.", field="folds")
    step = spec.market.rebalance_days
    block = (len(panel.days) - 1) // (folds + 1) // step * step
    if block < max(MIN_TRAINING_STEPS * step, MIN_TEST_STEPS * step):
        raise InvalidValue(
            f"{len(panel.days)} days make {folds + 1} blocks of {block}, too short for {MIN_TRAINING_STEPS} decisions "
            "each. Take fewer folds or more days.",
            field="folds",
        )
    return [block * (place + 1) for place in range(folds + 1)]


def _validation(panel: MarketPanel, spec: RLExperimentSpec) -> tuple[Span, Span]:
    train, _ = parts(panel, spec.market)
    cut = round(train.last * (1.0 - VALIDATION_SHARE))
    if cut < MIN_TRAINING_STEPS * spec.market.rebalance_days:
        raise InvalidValue(
            f"{cut} days are too few to train candidates on. Choose more days.", field="market.start"
        )
    return Span(first=0, last=cut), Span(first=cut, last=train.last)


def _with_seed(spec: RLExperimentSpec, seed: int) -> RLExperimentSpec:
    return spec.model_copy(update={"budget": spec.budget.model_copy(update={"seed": seed})})
