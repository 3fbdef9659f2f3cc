"""The prices that come with the product."""

import subprocess
import sys
from datetime import date

import pandas as pd
import pytest

from runtime.errors import NotFound
from runtime.market.shipped import ShippedPrices


def test_twenty_shares_of_three_decades_are_there_without_a_hole() -> None:
    market = ShippedPrices()

    frame = market.prices(market.symbols(), start=None, end=None)

    assert frame.shape == (8313, 20)
    assert (frame > 0).to_numpy().all()
    assert isinstance(frame.index, pd.DatetimeIndex)
    assert frame.index.is_monotonic_increasing
    assert frame.index.is_unique
    assert frame.index[[0, -1]].strftime("%Y-%m-%d").tolist() == ["1990-01-02", "2022-12-28"]
    assert frame.loc["2022-12-28", "AAPL"] == 125.674


def test_days_and_symbols_are_cut_with_both_ends_included() -> None:
    frame = ShippedPrices().prices(["XOM", "AAPL"], start=date(2020, 1, 2), end=date(2020, 1, 31))

    assert list(frame.columns) == ["XOM", "AAPL"]
    assert frame.index[[0, -1]].strftime("%Y-%m-%d").tolist() == ["2020-01-02", "2020-01-31"]


def test_an_unknown_symbol_is_named_with_the_nearest_known_one() -> None:
    with pytest.raises(NotFound, match=r"'APPL'.*'AAPL'"):
        ShippedPrices().prices(["APPL"], start=None, end=None)


def test_what_a_caller_does_to_its_frame_stays_with_the_caller() -> None:
    market = ShippedPrices()

    frame = market.prices(["AAPL"], start=None, end=None)
    frame.iloc[0, 0] = -1.0

    assert market.prices(["AAPL"], start=None, end=None).iloc[0, 0] == 0.264


def test_reading_prices_imports_neither_skfolio_nor_scikit_learn() -> None:
    script = (
        "import sys; from runtime.market.shipped import shipped_frame; shipped_frame(); "
        "sys.exit(bool({'skfolio', 'sklearn', 'scipy'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
