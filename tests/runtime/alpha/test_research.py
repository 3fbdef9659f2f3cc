"""Proposals are judged on days that their search has not seen; the search is bounded, seeded, and can be stopped."""

from datetime import date
from functools import cache

import pandas as pd
import pytest

from runtime.alpha.proposal import (
    Evaluation,
    Proposal,
    Score,
    Terms,
    evaluate_proposal,
    portfolio_of,
    reward_of,
)
from runtime.alpha.researcher import QuantProposer, Research, Trial, research
from runtime.alpha.search import enumerated, grammar
from runtime.errors import HaltRequested, InvalidValue
from runtime.market.shipped import ShippedPrices

MOMENTUM = Proposal(name="momentum", formula="close / delay(close, 63) - 1", expected_horizon_bars=5)


@cache
def prices() -> pd.DataFrame:
    market = ShippedPrices()
    return market.prices(market.symbols(), start=date(2012, 1, 1), end=date(2019, 12, 31))


def score(reward: float) -> Score:
    return Score(start="", end="", sharpe=reward, drawdown=0.0, turnover=0.0, reward=reward)


async def judge(proposal: Proposal) -> Evaluation:
    """Judge by the length of the formula: quick, and different for each."""
    if "market" in proposal.formula:
        raise InvalidValue("No market here.")
    worth = float(len(proposal.formula))
    return Evaluation(proposal=proposal, searched=score(worth), windows=(), holdout=score(-worth))


async def nothing(*_: object) -> None:
    return


def test_the_reward_takes_drawdown_and_turnover_off_the_sharpe_ratio() -> None:
    assert reward_of(sharpe=1.5, drawdown=0.2, turnover=0.5) == pytest.approx(1.5 - 0.1 - 0.1)


def test_a_proposal_is_judged_on_days_that_its_search_has_not_seen() -> None:
    judged = evaluate_proposal(prices(), MOMENTUM)

    assert pd.Timestamp(judged.searched.end) < pd.Timestamp(judged.holdout.start)
    assert judged.holdout.end == "2019-12-31"
    assert len(judged.windows) == 4
    assert judged.windows[0].start == judged.searched.start
    assert judged.windows[-1].end == judged.searched.end
    assert judged.searched.reward == pytest.approx(
        reward_of(
            sharpe=judged.searched.sharpe,
            drawdown=judged.searched.drawdown,
            turnover=judged.searched.turnover,
        ),
        abs=1e-5,
    )
    assert 0 < judged.searched.drawdown < 1
    assert 0 < judged.searched.turnover < 2


def test_what_happens_on_the_held_out_days_does_not_change_the_search() -> None:
    crashed = prices().copy()
    crashed.iloc[-200:] *= 0.5

    before, after = evaluate_proposal(prices(), MOMENTUM), evaluate_proposal(crashed, MOMENTUM)

    assert before.searched == after.searched
    assert before.windows == after.windows
    assert before.holdout != after.holdout


def test_no_position_knows_a_later_day() -> None:
    whole, cut = portfolio_of(prices(), MOMENTUM), portfolio_of(prices().iloc[:-100], MOMENTUM)

    pd.testing.assert_frame_equal(whole.loc[cut.index], cut)
    assert whole.abs().sum(axis="columns").to_numpy() == pytest.approx(1.0)


def test_short_is_long_turned_round_before_costs() -> None:
    free = Terms(cost_bps=0.0)
    long = evaluate_proposal(prices(), MOMENTUM, free)
    short = evaluate_proposal(prices(), MOMENTUM.model_copy(update={"expected_direction": "short"}), free)

    assert long.searched.sharpe * short.searched.sharpe < 0
    assert long.proposal.digest() != short.proposal.digest()


def test_costs_are_taken_off() -> None:
    dear = evaluate_proposal(prices(), MOMENTUM, Terms(cost_bps=50.0))

    assert dear.searched.sharpe < evaluate_proposal(prices(), MOMENTUM, Terms(cost_bps=0.0)).searched.sharpe


def test_too_few_days_are_named() -> None:
    with pytest.raises(InvalidValue, match="start the prices earlier"):
        evaluate_proposal(prices().iloc[:200], MOMENTUM)


def test_a_formula_without_numbers_is_named() -> None:
    with pytest.raises(InvalidValue, match="gives no numbers"):
        portfolio_of(prices().iloc[:50], MOMENTUM)


@pytest.mark.parametrize("formula", ["__import__('os')", "close.values", "rank(", "1 + 1"])
def test_a_formula_outside_the_sandbox_is_no_proposal(formula: str) -> None:
    with pytest.raises(ValueError, match="formula"):
        Proposal(name="bad", formula=formula)


def test_every_formula_of_the_grammar_can_be_read_and_is_there_once() -> None:
    digests = [proposal.digest() for proposal in grammar()]

    assert len(digests) == len(set(digests)) > 300
    assert all(proposal.rationale for proposal in grammar())


def test_a_seed_decides_the_order_and_leaves_nothing_out() -> None:
    one, again, other = (list(enumerated(seed)) for seed in (1, 1, 2))

    assert one == again
    assert one != other
    assert {p.digest() for p in one} == {p.digest() for p in grammar()}


async def test_research_is_bounded_and_keeps_the_best() -> None:
    told: list[int] = []

    async def after(found: Research, trial: Trial) -> None:
        assert found.trials[-1] is trial
        told.append(trial.number)

    found = await research(QuantProposer(3), judge, evaluations=12, before=nothing, after=after)

    rewards = [trial.reward for trial in found.trials if trial.reward is not None]
    assert told == list(range(1, 13))
    assert found.best is not None
    assert found.best.reward == max(rewards)
    assert any(trial.error == "No market here." for trial in found.trials) or len(rewards) == 12
    dumped = found.dump()
    assert dumped["evaluations"] == 12
    assert dumped["best"]["holdout"]["reward"] == -found.best.reward


async def test_research_stops_between_two_evaluations() -> None:
    kept: list[Research] = []

    async def before(found: Research) -> None:
        kept[:] = [found]
        if len(found.trials) == 2:
            raise HaltRequested("enough")

    with pytest.raises(HaltRequested):
        await research(QuantProposer(3), judge, evaluations=50, before=before, after=nothing)

    assert len(kept[0].trials) == 2


async def test_what_was_tried_before_is_not_judged_again() -> None:
    class Repeats:
        async def propose(self, trials: object) -> Proposal:
            return MOMENTUM

    found = await research(Repeats(), judge, evaluations=2, before=nothing, after=nothing)

    assert [trial.error for trial in found.trials] == ["", "It is the same as trial 1."]


async def test_research_ends_when_the_grammar_is_exhausted() -> None:
    class Two:
        async def propose(self, trials: list[Trial]) -> Proposal | None:
            return [MOMENTUM, MOMENTUM.model_copy(update={"formula": "-close"}), None][len(trials)]

    found = await research(Two(), judge, evaluations=9, before=nothing, after=nothing)

    assert len(found.trials) == 2
