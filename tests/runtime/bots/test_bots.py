"""What a bot is, what its back-test says, and that both engines run the strategy of its paper session."""

import math
from typing import Any

import numpy as np
import pytest

from runtime.bots.backtest import run_backtest
from runtime.bots.spec import BotSpec
from runtime.bots.thresholds import Threshold, judge
from runtime.errors import InvalidSpec, InvalidValue, NotFound, UserError
from tests.fakes import FakeClock
from tests.runtime.paper.sessions import World
from tests.runtime.quant.frames import random_walks

CLOSES = random_walks(7, days=160, symbols=3)
FREE = {"max_position_pct": 1.0, "max_daily_loss": 1.0, "max_drawdown": 1.0, "max_gross": 4.0}


def payload(**fields: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "name": "Trend follower",
        "slug": "trend",
        "universe": ["S1", "S0", "S2"],
        "strategy": "momentum",
        "params": {"lookback": 20, "skip": 2},
        "history_bars": 30,
    }
    return base | fields


def bot(**fields: Any) -> BotSpec:
    return BotSpec.parse(payload(**fields))


def test_the_hash_is_that_of_the_content_and_not_of_how_it_was_written() -> None:
    assert bot().snapshot_hash() == bot(universe=["S0", "S1", "S2"], kind="trading").snapshot_hash()
    assert bot().snapshot_hash() != bot(params={"lookback": 21, "skip": 2}).snapshot_hash()
    assert BotSpec.parse(bot().dump()) == bot()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"slug": "Two Words"}, "slug"),
        ({"slug": "halt-all"}, "reserved"),
        ({"universe": []}, "universe"),
        ({"kind": "chatting"}, "kind"),
        ({"metrics": [{"metric": "sharpe"}]}, "minimum or a maximum"),
        ({"metrics": [{"metric": "luck", "minimum": 1}]}, "metrics.0.metric"),
        ({"strategy": "momentun"}, "Did you mean 'momentum'?"),
        ({"params": {"lookbak": 1}}, "params.lookbak"),
        ({"history_bars": 10}, "history_bars"),
        ({"backtest": {"start": "2021-01-01", "end": "2020-01-01"}}, "end is before the start"),
    ],
)
def test_a_spec_that_cannot_work_is_refused_by_the_field(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as refused:
        bot(**fields)

    assert said in str(refused.value)


def test_a_research_bot_cannot_paper_trade() -> None:
    with pytest.raises(InvalidValue, match="research bot: it cannot paper-trade"):
        bot(kind="research").paper_config()
    with pytest.raises(InvalidSpec, match="research bot cannot paper-trade"):
        bot(kind="research", deployment={"target": "paper_session"})


def test_the_paper_session_of_a_bot_is_its_spec() -> None:
    of = bot(deployment={"target": "paper_session", "seconds_per_bar": 0.5, "cash": 5000})

    session = of.paper_config("morning")

    assert (session.run_name, session.strategy, session.params) == ("morning", of.strategy, of.params)
    assert (session.universe, session.risk, session.cash) == (("S0", "S1", "S2"), of.risk, 5000)
    assert session.seconds_per_bar == 0.5


async def test_an_event_driven_backtest_is_the_paper_session_without_a_clock() -> None:
    of = bot()
    world = World(clock=FakeClock())

    end = await world.session(of.paper_config().model_copy(update={"seconds_per_bar": 0.0}), CLOSES).run()
    tested = run_backtest(of, CLOSES)

    assert tested.fills == end.state.fills > 10
    assert tested.equity.iloc[-1] == pytest.approx(end.state.equity / end.state.initial_cash)
    assert tested.metrics["max_drawdown"] == pytest.approx(end.state.max_drawdown)


@pytest.mark.parametrize("strategy", ["momentum", "mean_reversion"])
def test_both_engines_agree_where_there_are_no_caps_and_no_smallest_trade(strategy: str) -> None:
    params: dict[str, Any] = {"min_trade_usd": 0, "exposure": 0.5, "rebalance_every": 3}
    params |= {"lookback": 20, "skip": 2} if strategy == "momentum" else {"window": 10}
    window = {"fee_bps": 1, "slippage_bps": 2}

    tested = {
        engine: run_backtest(
            bot(strategy=strategy, params=params, risk=FREE, backtest=window | {"engine": engine}), CLOSES
        )
        for engine in ("event_driven", "vectorised")
    }

    event, vector = tested["event_driven"], tested["vectorised"]
    shared = event.equity.index.intersection(vector.equity.index)
    apart = np.abs(event.equity[shared].to_numpy() - vector.equity[shared].to_numpy()).max()
    # Orders are sized at the close before they fill: that day's move is all that the engines differ by.
    assert apart < 0.005
    assert event.equity.std() > 2 * apart
    assert event.metrics["turnover"] == pytest.approx(vector.metrics["turnover"], rel=0.1)


def test_a_backtest_tells_every_figure_it_promises() -> None:
    metrics = run_backtest(bot(), CLOSES).metrics

    assert {"sharpe", "max_drawdown", "turnover", "hit_rate", "total_return"} <= set(metrics)
    assert 0 <= metrics["max_drawdown"] < 1
    assert 0 <= metrics["hit_rate"] <= 1
    assert metrics["turnover"] > 0


def test_orders_that_break_a_cap_are_counted() -> None:
    assert run_backtest(bot(risk={"max_position_pct": 0.01}), CLOSES).refused > 0


def test_a_threshold_that_is_missed_is_named_with_both_figures() -> None:
    verdict = judge(
        {"sharpe": 0.4, "max_drawdown": 0.3, "turnover": 2.0},
        [
            Threshold(metric="sharpe", minimum=0.5),
            Threshold(metric="max_drawdown", maximum=0.2),
            Threshold(metric="turnover", maximum=5),
        ],
    )

    assert not verdict.passed
    assert verdict.failed == (
        "sharpe is 0.4, at least 0.5 was asked for.",
        "max_drawdown is 0.3, at most 0.2 was asked for.",
    )


def test_a_figure_that_cannot_be_told_passes_nothing() -> None:
    assert judge({"sharpe": math.nan}, [Threshold(metric="sharpe", minimum=-9)]).failed == (
        "sharpe cannot be told from so few days.",
    )
    assert judge({}, []).passed


def test_a_strategy_that_decides_bar_by_bar_has_no_vectorised_backtest() -> None:
    of = bot(strategy="test_churning", params={}, backtest={"engine": "vectorised"})

    with pytest.raises(InvalidValue, match="event-driven engine"):
        run_backtest(of, CLOSES)


def test_a_window_without_enough_days_is_refused() -> None:
    with pytest.raises(InvalidValue, match="no bars to replay"):
        run_backtest(bot(backtest={"start": "2031-01-01"}), CLOSES)


def test_an_unknown_symbol_is_named_with_the_nearest() -> None:
    with pytest.raises(NotFound, match="AAPL"):
        bot(universe=["AAPLE"]).paper_config().check_universe(["AAPL", "MSFT"])
