"""Every rule of the check before an order refuses by its own name, and none keeps an account from reducing its risk."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.paper.fills import Side
from runtime.risk.pretrade import Exposure, Pending, RiskCaps, refusals

CAPS = RiskCaps()


def exposure(**fields: Any) -> Exposure:
    base: dict[str, Any] = {
        "equity": 1000.0,
        "positions": {},
        "prices": {"A": 10.0, "B": 10.0, "C": 10.0},
        "pending": {},
        "day_equity": 1000.0,
        "peak_equity": 1000.0,
    }
    return Exposure(**(base | fields))


def rules(
    side: Side = "buy",
    quantity: float = 10.0,
    *,
    symbol: str = "A",
    limit_price: float | None = None,
    of: Exposure | None = None,
    caps: RiskCaps = CAPS,
    kill_switch: str | None = None,
) -> list[str]:
    found = refusals(
        symbol,
        side,
        quantity,
        limit_price=limit_price,
        exposure=of or exposure(),
        caps=caps,
        kill_switch=kill_switch,
    )
    assert all(refusal.message.endswith(".") for refusal in found)
    return [refusal.rule for refusal in found]


def test_the_caps_are_those_of_the_platform() -> None:
    assert CAPS.model_dump() == {
        "max_position_pct": 0.20,
        "max_daily_loss": 0.03,
        "max_drawdown": 0.15,
        "max_gross": 1.0,
    }


def test_an_order_within_all_caps_is_sent() -> None:
    assert rules(quantity=20.0) == []


def test_an_engaged_kill_switch_refuses_even_what_reduces_risk() -> None:
    held = exposure(positions={"A": 10.0})

    assert rules("sell", 10.0, of=held, kill_switch="drill") == ["kill-switch"]


@pytest.mark.parametrize("quantity", [0.0, -1.0, math.nan, math.inf])
def test_a_quantity_that_is_none_is_refused(quantity: float) -> None:
    assert rules(quantity=quantity) == ["bad-order"]


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan, math.inf])
def test_a_limit_that_is_no_price_is_refused(limit: float) -> None:
    assert rules(limit_price=limit) == ["bad-order"]


def test_a_symbol_without_a_price_is_refused() -> None:
    assert rules(symbol="Z") == ["no-price"]


def test_a_position_above_its_cap_is_refused() -> None:
    assert rules(quantity=20.1) == ["max-position"]
    assert rules("sell", 20.1) == ["max-position"]
    assert rules(quantity=10.1, of=exposure(positions={"A": 10.0})) == ["max-position"]


def test_gross_exposure_counts_what_is_under_way() -> None:
    held = exposure(positions={"B": 40.0}, pending={"C": Pending(change=50.0, certain=True)})

    assert rules(quantity=10.0, of=held) == []
    assert rules(quantity=11.0, of=held) == ["max-gross"]


def test_a_market_sale_makes_room_and_a_resting_one_does_not() -> None:
    sold = exposure(positions={"B": 95.0}, pending={"B": Pending(change=-95.0, certain=True)})
    resting = exposure(positions={"B": 95.0}, pending={"B": Pending(change=-95.0, certain=False)})

    assert rules(quantity=20.0, of=sold) == []
    assert rules(quantity=20.0, of=resting) == ["max-gross"]


def test_after_the_daily_loss_nothing_is_added_that_day() -> None:
    lost = exposure(equity=969.0, positions={"A": 5.0})

    assert rules(quantity=1.0, of=lost) == ["max-daily-loss"]
    assert rules("sell", 5.0, of=lost) == []


def test_after_the_drawdown_nothing_is_added() -> None:
    fallen = exposure(peak_equity=1200.0, positions={"A": 5.0})

    assert rules(quantity=1.0, of=fallen) == ["max-drawdown"]
    assert rules("sell", 5.0, of=fallen) == []


def test_every_broken_rule_is_named() -> None:
    ruined = exposure(equity=800.0, peak_equity=1000.0, positions={"B": 70.0})

    assert rules(quantity=50.0, of=ruined) == ["max-position", "max-gross", "max-daily-loss", "max-drawdown"]


def test_an_account_that_is_worth_nothing_buys_nothing() -> None:
    gone = exposure(equity=0.0)

    assert rules(quantity=1.0, of=gone) == ["max-position", "max-gross", "max-daily-loss", "max-drawdown"]


@given(held=st.floats(-100, 100), share=st.floats(0.01, 1.0), equity=st.floats(-500, 500))
def test_selling_out_of_a_position_is_never_refused(held: float, share: float, equity: float) -> None:
    side: Side = "sell" if held > 0 else "buy"
    quantity = abs(held) * share
    if quantity > 0:
        assert rules(side, quantity, of=exposure(equity=equity, positions={"A": held})) == []
