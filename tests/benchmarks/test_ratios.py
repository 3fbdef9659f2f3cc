"""What CI holds of speed: order and ratios, from measurements side by side. `make bench` prints the times."""

from tests.benchmarks import checking, running


def test_checking_grows_about_as_fast_as_the_drawing() -> None:
    timings = checking.measured(rounds=5)

    assert timings["validate 1,000"].p50 < 30 * timings["validate 100"].p50


def test_a_drawing_that_was_compiled_before_is_not_compiled_again() -> None:
    timings = checking.measured(rounds=5)

    for size in ("10", "100", "1,000"):
        assert timings[f"compile {size}, cached"].p50 < timings[f"compile {size}"].p50 / 5


async def test_the_runtime_adds_less_than_durable_checkpoints_and_langgraph_take_together() -> None:
    timings = await running.measured(rounds=12)

    assert timings["runtime, SQLite sync"].p50 < 4 * timings["raw LangGraph, SQLite sync"].p50
