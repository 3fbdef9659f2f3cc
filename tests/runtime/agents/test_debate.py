"""Debates: rounds, caps, arguments and the judge."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.agents.debate import Debate, hold_debate, verdict_of
from runtime.agents.evidence import gather
from runtime.agents.judge import CONVINCED, judge
from runtime.agents.provider import Argument, Brief, Proposal, Side, Usage
from runtime.agents.quant import QuantClient, confidence_of
from runtime.market.shipped import ShippedPrices

probabilities = st.floats(0, 1)


def brief_on(symbol: str = "AAPL", proposal: Proposal = "buy") -> Brief:
    market = ShippedPrices()
    prices = market.prices(market.symbols(), start=date(2015, 1, 1), end=None)
    return Brief(role="Researcher", question="", proposal=proposal, evidence=gather(prices, symbol))


def caps(*values: int) -> Callable[[], Awaitable[int]]:
    """Return a cap that takes these values, one a reading; the last one stays."""
    left = list(values)

    async def cap() -> int:
        return left.pop(0) if len(left) > 1 else left[0]

    return cap


def ignore(_: object) -> None:
    """Take what is told and do nothing."""


async def debated(rounds: int, *cap: int, brief: Brief | None = None) -> tuple[Debate, list[Usage]]:
    spent: list[Usage] = []
    debate = await hold_debate(
        QuantClient(),
        brief or brief_on(),
        rounds=rounds,
        cap=caps(*(cap or (100,))),
        spend=spent.append,
        on_turn=ignore,
    )
    return debate, spent


@pytest.mark.parametrize(
    ("rounds", "cap", "held"), [(1, (5,), 1), (3, (5,), 3), (50, (2,), 2), (4, (4, 4, 2), 2), (4, (4, 1), 1)]
)
async def test_rounds_are_the_lesser_of_what_is_asked_and_the_live_cap(
    rounds: int, cap: tuple[int, ...], held: int
) -> None:
    debate, spent = await debated(rounds, *cap)

    assert debate.rounds == held
    assert [(turn.round, turn.side) for turn in debate.transcript] == [
        (number, side) for number in range(1, held + 1) for side in ("bull", "bear")
    ]
    assert sum(usage.calls for usage in spent) == 2 * held
    assert sum(usage.cost_usd for usage in spent) == 0.0


async def test_no_argument_is_heard_twice_and_the_debate_ends_when_all_are_made() -> None:
    debate, spent = await debated(100)

    measures = [turn.measure for turn in debate.transcript]
    assert len(measures) == len(set(measures)) == 10
    assert len({turn.text for turn in debate.transcript}) == 10
    assert debate.rounds == 5
    assert sum(usage.calls for usage in spent) == 10


async def test_every_later_argument_answers_the_other_side_or_concedes() -> None:
    debate, _ = await debated(5)

    for before, turn in zip(debate.transcript, debate.transcript[1:], strict=False):
        assert before.title in turn.text or "concedes" in turn.text
        assert any(character.isdigit() for character in turn.text)


async def test_a_side_grows_surer_with_points_for_it_and_less_sure_when_it_concedes() -> None:
    debate, _ = await debated(5)

    for side in ("bull", "bear"):
        sure = 0.5
        for turn in (turn for turn in debate.transcript if turn.side == side):
            assert (turn.confidence > sure) == (turn.weight > 0)
            sure = turn.confidence


async def test_when_all_is_said_the_verdict_is_the_sum_of_the_evidence() -> None:
    brief = brief_on()
    total = sum(measure.score for measure in brief.evidence.measures)

    debate, _ = await debated(100, brief=brief)

    expected = "buy" if total >= 0 else "sell"
    assert debate.judgement.action == expected
    assert debate.judgement.confidence == pytest.approx(confidence_of([abs(total)]), abs=1e-4)


async def test_a_proposed_sale_turns_the_sides_round() -> None:
    buying, _ = await debated(100, brief=brief_on(proposal="buy"))
    selling, _ = await debated(100, brief=brief_on(proposal="sell"))

    assert selling.transcript[0].measure == buying.transcript[1].measure
    assert "for selling AAPL" in selling.transcript[0].text


async def test_the_same_debate_is_held_the_same_way() -> None:
    first, second = await debated(3), await debated(3)

    assert verdict_of(first[0]) == verdict_of(second[0])


async def test_a_verdict_names_share_confidence_and_both_sides() -> None:
    debate, _ = await debated(2)

    verdict = verdict_of(debate)

    assert verdict["vt_symbol"] == "AAPL"
    assert 0.0 <= verdict["confidence"] <= 1.0
    assert (verdict["rounds"], verdict["count"], len(verdict["transcript"])) == (2, 4, 4)
    assert "bull" in verdict["rationale"]
    assert "bear" in verdict["rationale"]


class Silent:
    """A client that has nothing to say."""

    async def argue(
        self, brief: Brief, side: Side, round_number: int, transcript: Sequence[Argument]
    ) -> tuple[Argument | None, Usage]:
        return None, Usage()


async def test_a_debate_without_arguments_holds() -> None:
    debate = await hold_debate(
        Silent(),  # pyright: ignore[reportArgumentType]  a debate never asks for advice
        brief_on(),
        rounds=3,
        cap=caps(3),
        spend=ignore,
        on_turn=ignore,
    )

    assert (debate.rounds, debate.judgement.action) == (0, "hold")
    assert verdict_of(debate)["vt_symbol"] == "AAPL"


@pytest.mark.parametrize(
    ("bull", "bear", "proposal", "action"),
    [
        (0.8, 0.6, "buy", "buy"),
        (0.7, 0.7, "buy", "buy"),
        (0.6, 0.8, "buy", "sell"),
        (0.6, 0.8, "sell", "hold"),
        (0.8, 0.6, "sell", "sell"),
        (0.55, 0.5, "buy", "hold"),
        (0.5, 0.55, "buy", "hold"),
        (0.551, 0.5, "buy", "buy"),
    ],
)
def test_the_judge_follows_the_rule(bull: float, bear: float, proposal: Proposal, action: str) -> None:
    assert judge(bull, bear, proposal).action == action


@given(bull=probabilities, bear=probabilities, proposal=st.sampled_from(["buy", "sell"]))
def test_the_judge_is_always_sure_between_nothing_and_all(
    bull: float, bear: float, proposal: Proposal
) -> None:
    judgement = judge(bull, bear, proposal)

    assert 0.0 <= judgement.confidence <= 1.0
    if judgement.winner != "nobody":
        assert judgement.confidence >= 0.5
        assert max(bull, bear) > CONVINCED


async def test_advice_has_the_sign_of_the_evidence_and_says_its_numbers() -> None:
    brief = brief_on("XOM")
    total = sum(measure.score for measure in brief.evidence.measures)

    advice, usage = await QuantClient().advise(brief)

    assert advice.direction == ("long" if total >= 0 else "short")
    assert advice.strength == pytest.approx(abs(total) / 10, abs=1e-5)
    assert f"{total:+.2f}" in advice.rationale
    assert (usage.calls, usage.cost_usd) == (1, 0.0)
