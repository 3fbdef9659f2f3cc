"""What agents look up: right numbers, JSON, and nothing from after the last price."""

import json
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from runtime.agents.tools import TOOLS, checked_arguments, definitions, use_tool
from runtime.errors import InvalidValue, NotFound
from tests.contracts.inputs import example_data

EXAMPLES: dict[str, dict[str, Any]] = {
    "momentum": {"symbol": "JNJ"},
    "drawdown": {"symbol": "JNJ", "days": 252},
    "volatility": {"symbol": "JNJ", "days": 63},
    "regime": {},
    "correlation": {"symbol": "JNJ", "other": "KO", "days": 252},
    "measures": {"symbol": "JNJ"},
    "ranking": {"top": 3},
}


def prices() -> pd.DataFrame:
    return cast(pd.DataFrame, example_data("prices"))


def use(name: str, frame: pd.DataFrame, **arguments: Any) -> dict[str, Any]:
    return use_tool(frame, name, checked_arguments(name, {**EXAMPLES[name], **arguments}))


def test_every_tool_has_an_example_here_and_a_definition() -> None:
    assert set(EXAMPLES) == set(TOOLS)
    assert [each["function"]["name"] for each in definitions(tuple(TOOLS))] == list(TOOLS)


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_gives_json_dated_on_the_last_day_and_changes_nothing(name: str) -> None:
    frame = prices()

    found = use(name, frame)

    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["as_of"] == frame.index[-1].date().isoformat()
    pd.testing.assert_frame_equal(frame, prices())


def test_momentum_is_that_of_the_prices_themselves() -> None:
    own = prices()["JNJ"].to_numpy(dtype=float)

    found = use("momentum", prices())

    assert found["momentum_12_1"] == pytest.approx(own[-22] / own[-253] - 1, abs=1e-6)
    assert found["return_1_month"] == pytest.approx(own[-1] / own[-22] - 1, abs=1e-6)


def test_drawdown_is_measured_from_the_high_of_the_window() -> None:
    own = prices()["JNJ"].to_numpy(dtype=float)[-252:]

    found = use("drawdown", prices())

    assert found["drawdown_now"] == pytest.approx(own[-1] / own.max() - 1, abs=1e-6)
    assert found["deepest"] == pytest.approx((own / np.maximum.accumulate(own) - 1).min(), abs=1e-6)


def test_correlation_is_that_of_the_log_returns() -> None:
    logs = np.diff(np.log(prices()[["JNJ", "KO"]].to_numpy(dtype=float)), axis=0)[-252:]

    found = use("correlation", prices())

    assert found["correlation"] == pytest.approx(float(np.corrcoef(logs.T)[0, 1]), abs=1e-6)


def test_a_history_that_is_too_short_gives_null_or_says_so() -> None:
    short = prices().tail(30)

    assert use("momentum", short)["momentum_12_1"] is None
    with pytest.raises(InvalidValue, match="too few"):
        use("ranking", short)
    with pytest.raises(InvalidValue, match="only 4 days"):
        use("correlation", short.tail(5))


def test_what_a_tool_does_not_know_is_refused() -> None:
    with pytest.raises(NotFound, match="Did you mean 'JNJ'"):
        use("momentum", prices(), symbol="JNJJ")
    with pytest.raises(InvalidValue, match="days: "):
        checked_arguments("drawdown", {"symbol": "JNJ", "days": "many"})
    with pytest.raises(NotFound, match="no tool"):
        checked_arguments("shell", {})
