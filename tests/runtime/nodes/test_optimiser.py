"""The optimiser node: what its config means, and what it refuses."""

import pytest
from pydantic import ValidationError

from runtime.catalog import kind_named
from runtime.errors import InvalidValue
from tests.runtime.nodes.conftest import Bench
from tests.runtime.quant.frames import random_walks


async def test_the_weights_are_those_of_the_config(bench: Bench) -> None:
    prices = random_walks(2, symbols=4)

    outputs = await bench.run(
        "decision.optimiser",
        {"prices": prices},
        method="risk_parity",
        lookback_days=40,
        rebalance="weekly",
        max_position_pct=0.3,
    )

    weights = outputs["weights"]
    assert len(weights) >= 8
    assert weights.to_numpy().max() <= 0.3
    assert weights.index[-1] == prices.index[-1]


async def test_signals_are_refused_by_methods_that_would_ignore_them(bench: Bench) -> None:
    prices = random_walks(2)

    with pytest.raises(InvalidValue, match="Only mean variance uses signals"):
        await bench.run(
            "decision.optimiser", {"prices": prices, "signals": prices * 0.0}, method="risk_parity"
        )


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"method": "risk_parity", "min_position_pct": -0.1}, "must be 0 for risk parity"),
        ({"min_position_pct": 0.3, "max_position_pct": 0.2}, "larger than the largest"),
    ],
)
def test_bounds_that_make_no_sense_are_errors_of_the_config(config: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        kind_named("decision.optimiser").Config.model_validate(config)
