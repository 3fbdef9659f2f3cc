"""Walk-forward and best of n: what chooses is never what is reported."""

import numpy as np
import pytest

from runtime.errors import HaltRequested, InvalidValue
from runtime.rl.conduct import Conduct, EpisodeReport
from runtime.rl.selection import best_of_n, walk_forward
from runtime.rl.training import evaluate, train
from tests.runtime.rl.markets import experiment, trending

PRICES = trending(days=500)
SPEC = experiment(PRICES, episodes=3)


async def test_folds_follow_each_other_and_make_one_account() -> None:
    told: list[EpisodeReport] = []

    result = await walk_forward(SPEC, PRICES, folds=3, conduct=Conduct(progress=told.append))

    assert [fold.last_day for fold in result.folds[:-1]] == [fold.first_day for fold in result.folds[1:]]
    assert (result.overall.first_day, result.overall.last_day) == (
        result.folds[0].first_day,
        result.folds[-1].last_day,
    )
    assert result.overall.policy["days"] == pytest.approx(
        sum(fold.policy["days"] - 1 for fold in result.folds) + 1
    )
    assert {report.phase for report in told} == {"fold 1 of 3", "fold 2 of 3", "fold 3 of 3"}
    assert [report.done for report in told] == pytest.approx(np.arange(1, 10) / 9)


async def test_a_fold_is_not_touched_by_the_days_after_it() -> None:
    changed = PRICES.copy()
    changed.iloc[-100:] *= np.linspace(1.0, 3.0, 100)[:, None]

    first = await walk_forward(SPEC, PRICES, folds=3)
    second = await walk_forward(SPEC, changed, folds=3)

    assert first.folds[:2] == second.folds[:2]
    assert first.folds[2] != second.folds[2]


async def test_the_best_candidate_is_chosen_on_validation_days_alone() -> None:
    changed = PRICES.copy()
    changed.iloc[-120:] *= np.linspace(1.0, 3.0, 120)[:, None]

    best = await best_of_n(SPEC, PRICES, candidates=3)
    other = await best_of_n(SPEC, changed, candidates=3)

    assert best.candidates == other.candidates
    assert best.spec == other.spec
    assert [candidate.seed for candidate in best.candidates] == [0, 1, 2]
    rewards = {candidate.seed: candidate.validation.policy["mean_reward"] for candidate in best.candidates}
    assert rewards[best.spec.budget.seed] == max(rewards.values())
    assert (await evaluate(best.spec, PRICES, best.checkpoint)) == best.evaluation


async def test_candidates_do_not_train_on_the_days_that_choose() -> None:
    best = await best_of_n(SPEC, PRICES, candidates=1)
    whole = await train(SPEC, PRICES)

    assert best.candidates[0].validation.last_day == whole.evaluation.train.last_day
    assert best.checkpoint.knowledge["theta"].tolist() != whole.checkpoint.knowledge["theta"].tolist()


async def test_a_halt_ends_either_job() -> None:
    async def admit() -> None:
        raise HaltRequested("enough")

    conduct = Conduct(admit=admit)
    for job in (
        walk_forward(SPEC, PRICES, folds=2, conduct=conduct),
        best_of_n(SPEC, PRICES, candidates=2, conduct=conduct),
    ):
        with pytest.raises(HaltRequested):
            await job


async def test_too_many_or_too_short_pieces_are_refused_by_field() -> None:
    for call, field in (
        (walk_forward(SPEC, PRICES, folds=0), "folds"),
        (walk_forward(experiment(PRICES, rebalance_days=5), PRICES, folds=6), "folds"),
        (best_of_n(SPEC, PRICES, candidates=21), "candidates"),
    ):
        with pytest.raises(InvalidValue) as caught:
            await call
        assert caught.value.field == field
