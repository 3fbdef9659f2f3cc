import pytest

from runtime.errors import InvalidValue
from runtime.nodes.paper_orders import MAX_ACCOUNT, own_account
from tests.runtime.nodes.conftest import Bench, prices, weights

KIND = "output.paper_orders"
INPUTS = {"weights": weights(A=0.5, B=0.25), "prices": prices(A=100.0, B=50.0)}
FREE = {"fee_bps": 0, "slippage_bps": 0, "initial_cash": 10_000}


async def test_the_account_is_traded_to_the_target(bench: Bench) -> None:
    outputs = await bench.run(KIND, INPUTS, **FREE)

    assert outputs["orders"][["symbol", "side", "quantity", "status"]].to_dict("records") == [
        {"symbol": "A", "side": "buy", "quantity": pytest.approx(50), "status": "filled"},
        {"symbol": "B", "side": "buy", "quantity": pytest.approx(50), "status": "filled"},
    ]
    assert [order.key for order in bench.orders.placed] == ["run:node:A:2024-04-30", "run:node:B:2024-04-30"]
    assert {order.account for order in bench.orders.placed} == {"test-workflow"}
    assert bench.effects.stamps == [bench.clock.now()]


async def test_a_replayed_transition_orders_nothing_twice(bench: Bench) -> None:
    await bench.run(KIND, INPUTS, **FREE)
    moved = {**INPUTS, "prices": prices(A=90.0, B=60.0)}

    outputs = await bench.run(KIND, moved, **FREE)

    assert len(bench.orders.placed) == 2
    assert set(outputs["orders"]["status"]) == {"placed before"}
    assert len(bench.effects.stamps) == 1


async def test_a_node_that_is_resumed_after_it_had_ordered_reports_those_orders(bench: Bench) -> None:
    inputs = {**INPUTS, "weights": weights(A=0.5, B=0.25)}
    first = await bench.run(KIND, inputs, **(FREE | {"fee_bps": 10}))

    again = await bench.run(KIND, {**inputs, "prices": prices(A=70.0, B=90.0)}, **(FREE | {"fee_bps": 10}))

    columns = ["symbol", "side", "quantity", "price", "fee"]
    assert again["orders"][columns].to_dict("records") == first["orders"][columns].to_dict("records")
    told = [
        {metric["label"]: metric["value"] for metric in one["report"]["metrics"]} for one in (first, again)
    ]
    assert [(one["Orders filled"], one["Traded"], one["Fees"]) for one in told] == [
        (2, pytest.approx(7_500), pytest.approx(7.5))
    ] * 2


async def test_a_resumed_node_reports_the_sale_of_what_it_no_longer_holds(bench: Bench) -> None:
    await bench.run(KIND, INPUTS, **FREE)
    bench.run_id = "next"
    only_a = {**INPUTS, "weights": weights(A=0.5)}
    first = await bench.run(KIND, only_a, **FREE)

    again = await bench.run(KIND, only_a, **FREE)

    assert list(first["orders"]["symbol"]) == list(again["orders"]["symbol"]) == ["B"]
    assert set(again["orders"]["status"]) == {"placed before"}


async def test_what_was_refused_before_is_tried_again_and_what_was_filled_is_not(bench: Bench) -> None:
    await bench.run(KIND, {**INPUTS, "weights": weights(A=0.5)}, **FREE)

    outputs = await bench.run(KIND, INPUTS, **FREE)

    assert outputs["orders"][["symbol", "status"]].to_dict("records") == [
        {"symbol": "A", "status": "placed before"},
        {"symbol": "B", "status": "filled"},
    ]
    assert len(bench.effects.stamps) == 2


async def test_another_run_trades_the_difference_only(bench: Bench) -> None:
    await bench.run(KIND, INPUTS, **FREE)
    bench.run_id = "next"

    await bench.run(KIND, {**INPUTS, "weights": weights(A=0.25, B=0.25)}, **FREE)

    last = bench.orders.placed[-1]
    assert len(bench.orders.placed) == 3
    assert (last.symbol, last.side, last.quantity) == ("A", "sell", pytest.approx(25))


async def test_nothing_to_trade_is_no_side_effect(bench: Bench) -> None:
    await bench.run(KIND, INPUTS, **FREE)
    bench.run_id = "next"

    outputs = await bench.run(KIND, INPUTS, **FREE)

    assert outputs["orders"].empty
    assert len(bench.effects.stamps) == 1


async def test_refused_orders_are_shown_and_are_no_side_effect(bench: Bench) -> None:
    bench.orders.engaged = True

    outputs = await bench.run(KIND, INPUTS, **FREE)

    assert set(outputs["orders"]["status"]) == {"rejected"}
    assert outputs["report"]["texts"] == [{"title": "Refused", "body": "kill switch engaged"}]
    assert bench.effects.stamps == []


async def test_the_report_adds_up(bench: Bench) -> None:
    outputs = await bench.run(KIND, INPUTS, fee_bps=10, slippage_bps=20, initial_cash=10_000)

    figures = {metric["label"]: metric["value"] for metric in outputs["report"]["metrics"]}
    traded = 50 * 100 * 1.002 + 50 * 50 * 1.002
    assert figures["Traded"] == pytest.approx(traded)
    assert figures["Fees"] == pytest.approx(traded * 0.001)
    assert figures["Cash after"] == pytest.approx(10_000 - traded * 1.001)
    assert figures["Equity after"] == pytest.approx(10_000 - traded * 1.001 + 7_500)


async def test_a_target_without_rows_never_closes_the_account(bench: Bench) -> None:
    with pytest.raises(InvalidValue, match="no rows"):
        await bench.run(KIND, {**INPUTS, "weights": INPUTS["weights"].iloc[:0]})


def test_long_workflow_names_get_accounts_of_their_own() -> None:
    names = {own_account("w" * 100 + tail) for tail in "abc"}

    assert len(names) == 3
    assert all(len(name) <= MAX_ACCOUNT for name in names)
    assert own_account("short") == "short"
