"""A session from its first bar to its end: whatever ends it, at whatever moment, nothing is left open or comes later."""

import asyncio
from typing import Any

import pytest

from runtime.errors import HaltRequested, InvalidValue
from runtime.paper.books import SessionState
from tests.runtime.paper.sessions import World, config, ramp, script

BUY = {"symbol": "A", "side": "buy", "quantity": 2.0}
LIMIT = BUY | {"limit_price": 5.0}
CLOSES = ramp(10, 11, 12, 11, 13)


def seen(state: SessionState | None) -> tuple[int, int, int, int]:
    assert state is not None
    return state.bars_seen, state.orders_submitted, state.fills, state.open_orders


async def test_a_session_trades_to_its_last_bar_and_cancels_what_is_left() -> None:
    world = World()
    session = world.session(config(params=script(bar1=BUY, bar3=LIMIT)), CLOSES)

    end = await session.run()

    assert (end.status, end.reason) == ("completed", "")
    assert seen(end.state) == (5, 2, 1, 0)
    assert end.state.equity == pytest.approx(1000 - 2 * 11 + 2 * 13)
    assert world.books.state == end.state
    assert [(order.status, order.reason) for order in world.books.orders.values()] == [
        ("filled", ""),
        ("cancelled", "ended: the session has seen its last bar"),
    ]


async def test_the_events_of_a_session_are_those_of_the_platform() -> None:
    world = World()

    await world.session(config(params=script(bar1=BUY)), ramp(10, 11)).run()

    assert world.told == [
        "bar.received",
        "equity.update",
        "signal.emitted",
        "order.placed",
        "bar.received",
        "order.filled",
        "equity.update",
    ]


async def test_the_pace_is_seconds_per_bar_and_zero_never_waits() -> None:
    slow, fast = World(), World()

    await slow.session(config(seconds_per_bar=2.5), CLOSES).run()
    await fast.session(config(seconds_per_bar=0), CLOSES).run()

    assert (slow.clock.slept, fast.clock.slept) == ([2.5] * 4, [])


async def test_a_session_ends_after_its_most_bars() -> None:
    end = await World().session(config(max_bars=3), CLOSES).run()

    assert end.state.bars_seen == 3


async def test_the_state_is_written_every_ten_bars_and_with_every_order_and_fill() -> None:
    world = World()

    await world.session(config(params=script(bar3=BUY), seconds_per_bar=0), ramp(*[10] * 30)).run()

    # Bars 3 and 4 (order and fill), 14, 24, and the end.
    assert world.books.states_written == 5


async def test_the_state_is_written_at_every_heartbeat_of_a_slow_session() -> None:
    world = World()

    await world.session(config(seconds_per_bar=90, max_bars=2), CLOSES).run()

    assert world.clock.slept == [30, 30, 30]
    assert world.books.states_written == 4


async def test_a_session_that_is_told_to_halt_cancels_its_open_orders_and_says_so() -> None:
    world = World()

    def halt(bar: int) -> None:
        if bar == 3:
            raise HaltRequested("drill")

    world.on_admit = halt
    end = await world.session(config(params=script(bar1=LIMIT)), CLOSES).run()

    assert (end.status, end.reason) == ("halted", "drill")
    assert seen(world.books.state) == (2, 1, 0, 0)
    assert [(order.status, order.reason) for order in world.books.orders.values()] == [
        ("cancelled", "halted: drill")
    ]
    assert [(entry.kind, entry.message) for entry in world.books.ledger.values()][-2:] == [
        ("RISK", "Halted: drill"),
        ("ORDER", "Cancelled buy 2.0000 A: halted: drill"),
    ]
    assert world.told[-1] == "risk.halted"


async def test_an_engaged_kill_switch_stops_a_session_before_its_next_bar() -> None:
    world = World()

    def engage(bar: int) -> None:
        world.kill_switch = "storm" if bar >= 2 else None

    world.on_admit = engage
    end = await world.session(config(params=script(bar1=LIMIT)), CLOSES).run()

    assert (end.status, end.reason, end.state.bars_seen) == ("halted", "storm", 1)
    assert world.books.open_orders == []


async def test_a_session_that_does_not_stop_on_the_kill_switch_has_every_order_refused() -> None:
    world = World()
    world.kill_switch = "storm"

    end = await world.session(config(params=script(bar1=BUY), stop_on_kill_switch=False), CLOSES).run()

    assert (end.status, end.state.bars_seen, end.state.orders_submitted) == ("completed", 5, 0)
    assert [entry.data.get("rule") for entry in world.books.ledger.values()] == [None, "kill-switch"]


async def test_a_fault_of_the_strategy_ends_the_session_with_nothing_open() -> None:
    world = World()
    session = world.session(config(params=script(bar1=LIMIT) | {"fails_on": 3}), CLOSES)

    with pytest.raises(RuntimeError, match="has a fault"):
        await session.run()

    assert world.books.open_orders == []
    assert seen(world.books.state) == (2, 1, 0, 0)
    assert next(iter(world.books.orders.values())).reason.startswith("failed: RuntimeError")


async def test_a_session_whose_books_say_that_it_was_halted_stops_there() -> None:
    world = World()

    def halted(bar: int) -> None:
        if bar == 2:
            world.books.status, world.books.reason = "halted", "drill"

    world.on_admit = halted
    end = await world.session(config(params=script(bar1=LIMIT, bar2=BUY)), CLOSES).run()

    assert (end.status, end.reason, end.state.orders_submitted, end.state.bars_seen) == (
        "halted",
        "drill",
        1,
        1,
    )
    assert [order.reason for order in world.books.orders.values()] == ["halted: drill"]


async def test_a_session_that_was_taken_over_writes_nothing_more() -> None:
    world = World()

    def taken(bar: int) -> None:
        world.books.taken_over = bar >= 2

    world.on_admit = taken
    await world.session(config(params=script(bar1=LIMIT, bar2=BUY)), CLOSES).run()

    assert not world.books.closed
    assert [order.status for order in world.books.orders.values()] == ["open"]
    assert world.books.state is not None
    assert world.books.state.bars_seen == 1


@pytest.mark.parametrize("outage", ["before", "after"])
async def test_books_that_do_not_answer_are_asked_again_and_nothing_is_booked_twice(outage: str) -> None:
    world = World()
    world.books.outages = [outage] * 3

    end = await world.session(config(params=script(bar1=BUY)), CLOSES).run()

    assert (end.status, len(world.books.orders), len(world.books.fills)) == ("completed", 1, 1)
    assert list(world.books.ledger) == list(range(1, len(world.books.ledger) + 1))
    assert end.state.cash == pytest.approx(1000 - 22)


@pytest.mark.parametrize(("outage", "orders"), [("before", 0), ("after", 1)])
async def test_a_halt_while_the_books_are_silent_asks_what_was_written_and_orders_nothing(
    outage: str, orders: int
) -> None:
    world = World.with_stop_at(
        4
    )  # admit, compute, record: the fourth await waits for the books to answer again
    world.books.outages = [outage]
    session = world.session(config(params=script(bar1=LIMIT)), CLOSES)

    assert await world.cancelled_at_the_turnstile(session)

    assert (len(world.books.orders), session.state.orders_submitted) == (orders, orders)
    assert world.books.open_orders == []
    assert list(world.books.ledger) == list(range(1, len(world.books.ledger) + 1))


@pytest.mark.parametrize("write_wins", [False, True])
async def test_cancelled_at_any_moment_a_session_leaves_nothing_open_and_tells_the_truth(
    write_wins: bool,
) -> None:
    of = config(params=script(bar1=BUY, bar2=LIMIT, bar4=BUY), flush_every_bars=2)

    moments, without_word = 0, 0
    for stop_at in range(1, 100):
        world = World.with_stop_at(stop_at)
        session = world.session(of, CLOSES)
        if not await world.cancelled_at_the_turnstile(session, write_wins=write_wins):
            break
        moments += 1
        books = world.books
        assert books.closed
        assert books.open_orders == []
        assert books.state == session.state
        assert (len(books.orders), len(books.fills)) == (session.state.orders_submitted, session.state.fills)
        assert list(books.ledger) == list(range(1, len(books.ledger) + 1))
        assert sum(entry.cash_change for entry in books.ledger.values()) == pytest.approx(
            session.state.cash - 1000
        )
        without_word += "Halted: stop" not in [entry.message for entry in books.ledger.values()]

    assert moments > 15
    assert without_word == 1, "only a session that was closing its books already has no more to say"


async def test_cancelled_again_while_it_closes_a_session_closes_all_the_same() -> None:
    world = World.with_stop_at(8)
    session = world.session(config(params=script(bar1=LIMIT)), CLOSES)
    task = asyncio.ensure_future(session.run())
    await world.turnstile.reached.wait()

    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert world.books.closed
    assert world.books.open_orders == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"universe": ()}, "universe"),
        ({"universe": ("A", "A")}, "A symbol is listed twice"),
        ({"cash": 0}, "cash"),
        ({"seconds_per_bar": -1}, "seconds_per_bar"),
        ({"start": "2020-02-01", "end": "2020-01-01"}, "end is before the start"),
        ({"run_name": "two words"}, "run_name"),
        ({"risk": {"max_gross": 9}}, "risk.max_gross"),
        ({"colour": "red"}, "colour"),
        ({"strategy": "momentum", "history_bars": 100}, "needs 253 bars of history, the session keeps 100"),
        ({"strategy": "momentum", "params": {"lookback": 3}}, "params.lookback"),
        ({"strategy": "momentun", "params": {}}, "Did you mean 'momentum'?"),
    ],
)
def test_a_configuration_that_cannot_run_is_refused_by_the_field(fields: dict[str, Any], said: str) -> None:
    with pytest.raises((InvalidValue, KeyError)) as refused:
        config(**fields)

    assert said in str(refused.value)


def test_the_defaults_are_those_of_the_platform() -> None:
    from runtime.paper.config import PaperConfig

    plain = PaperConfig.parse({"universe": ["AAPL"]})

    assert (plain.run_name, plain.heartbeat_seconds, plain.flush_every_bars) == ("paper-adhoc", 30.0, 10)
    assert (plain.history_bars, plain.max_bars, plain.cash) == (500, None, 100_000.0)
    assert (plain.stop_on_kill_switch, plain.dry_run) == (True, False)


def test_a_session_without_bars_is_refused_by_its_start() -> None:
    with pytest.raises(InvalidValue, match="no bars to replay"):
        World().session(config(start="2030-01-01"), CLOSES)
