import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.decision.fusion import Limits
from runtime.decision.fusion_history import FusionRequest, fuse_history
from runtime.decision.rebalance_dates import Cadence, rebalance_dates

DAYS = pd.bdate_range("2024-01-01", "2024-04-17")
OPEN = Limits(max_position_pct=1.0, max_gross_exposure=1.0)
BUY_B = {"action": "buy", "vt_symbol": "B", "confidence": 1.0}


def signals(values: float | np.ndarray = 0.5, columns: tuple[str, ...] = ("A",)) -> pd.DataFrame:
    return pd.DataFrame(values, index=DAYS, columns=list(columns), dtype=float)


def request(
    quant: pd.DataFrame | None,
    *,
    model: pd.DataFrame | None = None,
    verdict: dict[str, object] | None = None,
    cadence: Cadence = "monthly",
) -> FusionRequest:
    return FusionRequest(
        quant=quant,
        model=model,
        verdict=verdict,
        as_of=pd.Timestamp("2024-05-02"),
        cadence=cadence,
        priors={"quant": 0.5, "model": 0.5, "debate": 0.5},
        model_confidence=None,
        limits=OPEN,
    )


def test_monthly_means_the_last_trading_day_of_each_month_and_the_last_day() -> None:
    dates = rebalance_dates(DAYS, "monthly")

    assert [str(day.date()) for day in dates] == ["2024-01-31", "2024-02-29", "2024-03-29", "2024-04-17"]


@pytest.mark.parametrize(("cadence", "count"), [("daily", len(DAYS)), ("weekly", 16)])
def test_other_cadences(cadence: Cadence, count: int) -> None:
    dates = rebalance_dates(DAYS, cadence)

    assert (len(dates), dates[-1]) == (count, DAYS[-1])


def test_the_debate_counts_on_the_last_day_only() -> None:
    fused = fuse_history(request(signals(), verdict=BUY_B))

    assert fused.weights["A"].tolist() == pytest.approx([1.0, 1.0, 1.0, 1 / 3])
    assert fused.weights["B"].tolist() == pytest.approx([0.0, 0.0, 0.0, 2 / 3])
    assert fused.last_inputs["debate_verdict"] == BUY_B


def test_days_before_the_first_signal_are_left_out() -> None:
    quant = signals()
    quant.loc[:"2024-02-15"] = np.nan

    assert fuse_history(request(quant)).weights.index[0] == pd.Timestamp("2024-02-29")


def test_a_day_that_a_frame_does_not_have_is_not_filled_from_another() -> None:
    model = signals(-1.0, ("B",)).loc[:"2024-03-28"]

    fused = fuse_history(request(signals(), model=model))

    assert fused.weights.loc["2024-02-29", "B"] < 0
    assert fused.weights.loc["2024-03-29", "B"] == 0.0


def test_a_debate_alone_decides_on_the_day_it_was_asked_about() -> None:
    fused = fuse_history(request(None, verdict=BUY_B))

    assert fused.weights.to_dict() == {"B": {pd.Timestamp("2024-05-02"): 1.0}}


@given(cut=st.integers(min_value=1, max_value=len(DAYS) - 1), seed=st.integers(0, 2**16))
def test_the_future_never_changes_the_past(cut: int, seed: int) -> None:
    values = np.random.default_rng(seed).uniform(-1, 1, (len(DAYS), 3))
    quant = signals(values, ("A", "B", "C"))

    whole = fuse_history(request(quant, cadence="weekly")).weights
    known = fuse_history(request(quant.iloc[:cut], cadence="weekly")).weights

    shared = known.index[:-1]
    pd.testing.assert_frame_equal(whole.loc[shared], known.loc[shared], check_freq=False)
