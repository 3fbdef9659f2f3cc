"""Training as a job: the same result however it is cut, told as it goes, stopped where it is told to."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from runtime.errors import HaltRequested, InvalidValue
from runtime.rl.checkpoint import Checkpoint, dump_checkpoint, load_checkpoint
from runtime.rl.conduct import Conduct, EpisodeReport
from runtime.rl.panel import market_panel
from runtime.rl.rollout import account
from runtime.rl.training import evaluate, replay, train
from tests.runtime.rl.markets import experiment, trending

PRICES = trending(days=400)
ALGORITHMS = ["reinforce", "evolution", "q_learning"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_the_same_experiment_gives_the_same_result_resumed_or_not(algorithm: str) -> None:
    spec = experiment(PRICES, {"name": algorithm}, episodes=4, checkpoint_every=2, episode_days=40)
    kept: list[bytes] = []

    async def keep(checkpoint: Checkpoint) -> None:
        kept.append(dump_checkpoint(checkpoint))

    whole = await train(spec, PRICES, conduct=Conduct(keep=keep))
    resumed = await train(spec, PRICES, resume=load_checkpoint(kept[0]))

    assert dump_checkpoint(resumed.checkpoint) == dump_checkpoint(whole.checkpoint) == kept[-1]
    assert resumed.evaluation == whole.evaluation
    assert resumed.rewards == whole.rewards[2:]


async def test_every_episode_is_told_and_every_chunk_goes_through_compute() -> None:
    spec = experiment(PRICES, episodes=5, checkpoint_every=2)
    told: list[EpisodeReport] = []
    computed: list[str] = []

    async def compute(function: Callable[..., Any], *arguments: Any) -> Any:
        computed.append(function.__name__)
        return function(*arguments)

    result = await train(spec, PRICES, conduct=Conduct(compute=compute, progress=told.append))

    assert [report.episode for report in told] == [1, 2, 3, 4, 5]
    assert [report.done for report in told] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert tuple(report.reward for report in told) == result.rewards
    assert computed == ["market_panel", *["play_episodes"] * 3, "judge"]


async def test_a_halt_ends_the_training_and_leaves_the_last_checkpoint() -> None:
    spec = experiment(PRICES, episodes=6, checkpoint_every=2)
    kept: list[Checkpoint] = []

    async def keep(checkpoint: Checkpoint) -> None:
        kept.append(checkpoint)

    async def admit() -> None:
        if len(kept) == 2:
            raise HaltRequested("enough")

    with pytest.raises(HaltRequested):
        await train(spec, PRICES, conduct=Conduct(admit=admit, keep=keep))

    assert [checkpoint.episodes for checkpoint in kept] == [2, 4]


async def test_a_checkpoint_is_evaluated_and_replayed_exactly() -> None:
    spec = experiment(PRICES, episodes=3)
    trained = await train(spec, PRICES)

    evaluation = await evaluate(spec, PRICES, trained.checkpoint)
    again = await replay(spec, PRICES, trained.checkpoint, digest=evaluation.digest)
    other = await replay(
        spec, PRICES * 1.0001 ** np.arange(400)[:, None], trained.checkpoint, digest=evaluation.digest
    )
    unasked = await replay(spec, PRICES, trained.checkpoint)

    assert evaluation == trained.evaluation
    assert (again.exact, other.exact, unasked.exact) == (True, False, None)
    assert again.score == evaluation.test


async def test_metrics_are_those_of_the_account_and_stand_beside_buying_and_holding() -> None:
    spec = experiment(PRICES, episodes=3, fee_bps=3.0)
    trained = await train(spec, PRICES)
    played = await replay(spec, PRICES, trained.checkpoint)
    test = trained.evaluation.test

    kept = account(played.trajectory, market_panel(PRICES, spec.market), spec.market)

    assert test.policy["total_return"] == pytest.approx(float(kept.equity.iloc[-1]) - 1.0)
    assert np.exp(sum(played.trajectory.rewards)) == pytest.approx(float(kept.equity.iloc[-1]))
    assert kept.turnover.sum() == pytest.approx(sum(played.trajectory.turnover))
    assert (
        set(test.policy)
        == set(test.buy_and_hold)
        == {
            "mean_reward",
            "total_return",
            "annual_return",
            "annual_volatility",
            "sharpe",
            "max_drawdown",
            "annual_turnover",
            "days",
        }
    )
    assert trained.evaluation.train.last_day == test.first_day


async def test_training_sees_nothing_of_the_days_out_of_sample() -> None:
    spec = experiment(PRICES, episodes=3)
    changed = PRICES.copy()
    changed.iloc[-100:] *= np.linspace(1.0, 3.0, 100)[:, None]

    assert dump_checkpoint((await train(spec, PRICES)).checkpoint) == dump_checkpoint(
        (await train(spec, changed)).checkpoint
    )


async def test_a_checkpoint_that_does_not_fit_is_refused() -> None:
    spec = experiment(PRICES, episodes=2)
    other = experiment(PRICES, episodes=2, seed=9)
    checkpoint = (await train(other, PRICES)).checkpoint
    unborn = Checkpoint(
        experiment=spec.snapshot_hash(), algorithm="reinforce", episodes=0, knowledge=checkpoint.knowledge
    )

    for refused in (train(spec, PRICES, resume=checkpoint), evaluate(spec, PRICES, checkpoint)):
        with pytest.raises(InvalidValue, match="of another experiment"):
            await refused
    with pytest.raises(InvalidValue, match="not seen an episode"):
        await replay(spec, PRICES, unborn)
