"""Go only when nothing speaks against it; no go says everything that does."""

import pytest

from runtime.alpha.executor import Circumstances, Limits, decide, key_of
from runtime.alpha.proposal import Proposal, Score

FREE = Circumstances(switch_engaged=False)
GOOD = Score(start="", end="", sharpe=1.0, drawdown=0.1, turnover=0.05, reward=0.94)
BAD = Score(start="", end="", sharpe=-1.0, drawdown=0.6, turnover=1.5, reward=-1.6)


def test_a_good_proposal_goes_ahead() -> None:
    decision = decide("train", GOOD, FREE, Limits())

    assert decision.go
    assert decision.dump() == {
        "go": True,
        "action": "train",
        "reasons": [],
        "figures": {"reward": 0.94, "sharpe": 1.0, "drawdown": 0.1, "turnover": 0.05},
    }


@pytest.mark.parametrize(
    ("circumstances", "reason"),
    [
        (Circumstances(switch_engaged=True), "The kill switch is engaged."),
        (Circumstances(switch_engaged=None), "The kill switch cannot be read."),
        (Circumstances(switch_engaged=False, under_way="r1"), "The same is under way already: run r1."),
    ],
)
def test_what_bars_everything_bars_the_best_as_well(circumstances: Circumstances, reason: str) -> None:
    decision = decide("paper", GOOD, circumstances, Limits())

    assert (decision.go, decision.reasons) == (False, (reason,))


def test_every_reason_is_given_at_once() -> None:
    decision = decide("paper", BAD, Circumstances(switch_engaged=True), Limits())

    assert [reason.split(" is ")[0] for reason in decision.reasons] == [
        "The kill switch",
        "The reward on unseen days",
        "The drawdown on unseen days",
        "The turnover on unseen days",
    ]


def test_limits_hold_exactly() -> None:
    limits = Limits(min_reward=0.94, max_drawdown=0.1, max_turnover=0.05)

    assert decide("evaluate", GOOD, FREE, limits).go
    assert not decide("evaluate", GOOD, FREE, Limits(min_reward=0.95)).go


def test_the_same_is_what_trades_the_same() -> None:
    one = Proposal(name="one", formula="close", rationale="a")
    other = Proposal(name="other", formula="close", rationale="b")

    assert key_of("train", one) == key_of("train", other) != key_of("paper", one)
