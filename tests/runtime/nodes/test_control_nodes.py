import asyncio
from pathlib import Path

import pytest
from pydantic import ValidationError

from runtime.catalog import node_kinds
from runtime.errors import InvalidValue
from runtime.marker import marker_path
from runtime.values import Value
from tests.fakes import FakeClock, Turnstile
from tests.runtime.nodes.conftest import Bench

VERDICT = Value(type="verdict", data={"action": "buy", "confidence": 0.7})


@pytest.mark.parametrize(
    ("expression", "port"),
    [("confidence > 0.6", "then"), ("confidence > 0.8 and action == 'buy'", "otherwise")],
)
async def test_the_router_takes_one_way_and_hands_the_value_on(
    bench: Bench, expression: str, port: str
) -> None:
    outputs = await bench.run("control.router", {"value": VERDICT}, expression=expression)

    assert dict(outputs) == {port: VERDICT}


async def test_the_router_fails_when_the_value_does_not_have_the_name(bench: Bench) -> None:
    with pytest.raises(InvalidValue, match="It has: action, confidence"):
        await bench.run("control.router", {"value": VERDICT}, expression="sharpe > 1")


@pytest.mark.parametrize("expression", ["action.upper()", "1 +", "", "__import__('os').system('true')"])
def test_a_bad_expression_is_a_problem_of_the_drawing(expression: str) -> None:
    with pytest.raises(ValidationError, match="expression"):
        node_kinds()["control.router"].Config.model_validate({"expression": expression})


async def test_the_join_takes_the_first_branch_in_drawing_order(bench: Bench) -> None:
    second = Value(type="number", data=2.0)

    assert (await bench.run("control.join", {"values": [VERDICT, second]}))["value"] is VERDICT
    assert (await bench.run("control.join", {"values": [second, VERDICT]}))["value"] is second


async def test_a_join_without_a_branch_is_an_error(bench: Bench) -> None:
    with pytest.raises(InvalidValue, match="None of the join's branches"):
        await bench.run("control.join", {})


async def test_waiting_takes_the_time_it_says_in_ticks(bench: Bench) -> None:
    outputs = await bench.run("control.wait", {"value": VERDICT}, seconds=1.1, tick_seconds=0.25)

    assert outputs["value"] is VERDICT
    assert bench.clock.slept == pytest.approx([0.25, 0.25, 0.25, 0.25, 0.1])
    assert bench.effects.stamps == []
    assert not marker_path(bench.folder).exists()


async def test_with_nothing_wired_it_gives_the_seconds(bench: Bench) -> None:
    outputs = await bench.run("control.wait", {}, seconds=0)

    assert outputs["value"] == Value(type="number", data=0.0)


async def test_every_tick_leaves_a_line_with_its_time_and_tells_the_run(bench: Bench) -> None:
    await bench.run("control.wait", {}, seconds=2, tick_seconds=0.5, marker=True)

    times = [float(line.split()[0]) for line in marker_path(bench.folder).read_text().splitlines()]
    assert times == [stamp.timestamp() for stamp in bench.effects.stamps]
    assert len(times) == 4


async def test_progress_is_told_ten_times_a_second_at_most(bench: Bench) -> None:
    await bench.run("control.wait", {}, seconds=1, tick_seconds=0.01)

    fractions = [fraction for fraction, _ in bench.effects.progress]
    assert 9 <= len(fractions) <= 12
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


async def test_a_cancelled_wait_writes_no_further_line(tmp_path: Path) -> None:
    turnstile = Turnstile(stop_at=3)
    bench = Bench(folder=tmp_path, clock=FakeClock(turnstile=turnstile))
    waiting = asyncio.create_task(bench.run("control.wait", {}, seconds=600, tick_seconds=0.05, marker=True))
    await turnstile.reached.wait()
    before = marker_path(tmp_path).read_bytes()

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert before.count(b"\n") == len(bench.effects.stamps) == 3
    assert marker_path(tmp_path).read_bytes() == before


@pytest.mark.parametrize("mode", ["blocking", "cpu"])
async def test_being_busy_leaves_lines_and_the_last_one_is_the_last_side_effect(
    mode: str, bench: Bench
) -> None:
    outputs = await bench.run(
        "control.wait", {"value": VERDICT}, seconds=0.05, tick_seconds=0.01, marker=True, mode=mode
    )

    lines = marker_path(bench.folder).read_text().splitlines()
    assert outputs["value"] is VERDICT
    assert len(lines) > 1
    assert [stamp.timestamp() for stamp in bench.effects.stamps] == pytest.approx(
        [float(lines[-1].split()[0])], abs=1e-6
    )


async def test_being_busy_without_a_marker_leaves_no_trace(bench: Bench) -> None:
    await bench.run("control.wait", {}, seconds=0.02, tick_seconds=0.01, mode="cpu")

    assert not marker_path(bench.folder).exists()
    assert bench.effects.stamps == []
