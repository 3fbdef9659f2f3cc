import numpy as np
import pandas as pd
import pytest

from runtime.quant.backtest import backtest
from runtime.report import Report
from runtime.reporting.portfolios import Portfolio, comparison, from_signals

DAYS = pd.bdate_range("2022-01-03", "2023-12-29")


def walk() -> pd.DataFrame:
    steps = np.random.default_rng(6).normal(0.0005, 0.01, (len(DAYS), 3))
    return pd.DataFrame(100 * np.cumprod(1 + steps, axis=0), index=DAYS, columns=list("ABC"))


def fixed(name: str, start: str, **shares: float) -> Portfolio:
    rows = pd.bdate_range(start, "2023-12-29", freq="BME")
    return Portfolio(name=name, weights=pd.DataFrame([shares] * len(rows), index=rows))


def compare(*portfolios: Portfolio) -> Report:
    return comparison(list(portfolios), walk(), cost_bps=5.0, cadence="monthly")


def test_signals_are_held_in_proportion_with_gross_one_from_month_end_to_month_end() -> None:
    signals = pd.DataFrame({"A": 0.6, "B": -0.2, "C": np.nan}, index=DAYS)
    signals.loc[:"2022-02-15"] = np.nan
    signals.loc["2022-04-01":] = 0.0

    held = from_signals("x", signals, "monthly").weights

    assert held.index[0] == pd.Timestamp("2022-02-28")
    assert held.loc["2022-02-28"].to_dict() == pytest.approx({"A": 0.75, "B": -0.25, "C": 0.0})
    assert held.loc["2022-04-29"].to_dict() == {"A": 0.0, "B": 0.0, "C": 0.0}


def test_all_start_on_the_first_day_that_all_of_them_know() -> None:
    report = compare(fixed("early", "2022-01-03", A=1.0), fixed("late", "2022-07-01", B=1.0))

    equity = report["charts"][0]
    assert equity["x"][0] == "2022-07-29"
    assert [series["name"] for series in equity["series"]] == ["early", "late", "Equal weight"]
    assert all(series["values"][0] == pytest.approx(1.0, abs=0.001) for series in equity["series"])


def test_the_figures_are_those_of_the_back_test() -> None:
    portfolio = fixed("mine", "2022-01-03", A=0.6, B=-0.3)

    report = compare(portfolio)

    expected = backtest(walk(), portfolio.weights, 5.0).metrics
    figures = {metric["label"]: metric["value"] for metric in report["metrics"]}
    assert figures["Annual return"] == pytest.approx(100 * expected["annual_return"])
    assert figures["Sharpe"] == pytest.approx(expected["sharpe"])
    assert figures["Max drawdown"] == pytest.approx(100 * expected["max_drawdown"])
    assert [row[0] for row in report["tables"][0]["rows"]] == ["mine", "Equal weight"]


def test_with_several_portfolios_the_headline_says_whose_it_is() -> None:
    report = compare(fixed("first", "2022-01-03", A=1.0), fixed("second", "2022-01-03", B=1.0))

    assert report["metrics"][0]["label"] == "first: annual return"


def test_weights_without_prices_are_named_and_left_out() -> None:
    report = compare(fixed("odd", "2022-01-03", A=0.5, ZZ=0.5), fixed("fine", "2022-01-03", A=1.0))

    assert report["texts"][0] == {"title": "odd: not back-tested", "body": "There are no prices for ZZ."}
    assert [series["name"] for series in report["charts"][0]["series"]] == ["fine", "Equal weight"]


def test_a_single_row_of_weights_has_no_history_to_show() -> None:
    lone = Portfolio(name="lone", weights=pd.DataFrame({"A": [1.0]}, index=DAYS[-1:]))

    assert compare(lone)["charts"] == []


def test_the_equal_weight_waits_for_a_share_that_has_no_price_yet() -> None:
    prices = walk()
    prices.loc[:"2022-06-30", "C"] = np.nan

    report = comparison([], prices, cost_bps=0.0, cadence="monthly")

    two = backtest(prices[["A", "B"]], pd.DataFrame(0.5, index=[DAYS[0]], columns=["A", "B"]))
    january = report["charts"][0]["series"][0]["values"][:5]
    assert january == pytest.approx(
        two.equity.iloc[[DAYS.get_loc(pd.Timestamp(x)) for x in report["charts"][0]["x"][:5]]].tolist()
    )


def test_drawdowns_are_at_most_zero() -> None:
    report = compare(fixed("mine", "2022-01-03", A=1.0))

    assert (
        max(
            value
            for series in report["charts"][1]["series"]
            for value in series["values"]
            if value is not None
        )
        <= 0
    )
