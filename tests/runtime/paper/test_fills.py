import pytest

from runtime.paper.fills import Fill, fill


def test_a_buy_pays_slippage_and_fee() -> None:
    done = fill("buy", quantity=10, reference_price=100, fee_bps=10, slippage_bps=50)

    assert done == Fill(
        price=pytest.approx(100.5), fee=pytest.approx(1.005), cash_change=pytest.approx(-1006.005)
    )


def test_a_sell_gets_less_and_pays_the_fee() -> None:
    done = fill("sell", quantity=10, reference_price=100, fee_bps=10, slippage_bps=50)

    assert done == Fill(
        price=pytest.approx(99.5), fee=pytest.approx(0.995), cash_change=pytest.approx(994.005)
    )
