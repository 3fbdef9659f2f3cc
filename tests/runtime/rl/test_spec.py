"""Experiments as data."""

from typing import Any

import pytest

from runtime.errors import InvalidSpec
from runtime.rl.spec import RLExperimentSpec
from runtime.spec import canonical_hash

PLAIN: dict[str, Any] = {"name": "exp", "market": {"symbols": ["A", "B"]}}


def test_the_hash_is_that_of_the_canonical_json_of_all_fields() -> None:
    spec = RLExperimentSpec.parse(PLAIN)

    assert spec.snapshot_hash() == canonical_hash(spec.dump())
    assert RLExperimentSpec.parse(spec.dump()) == spec


@pytest.mark.parametrize(
    "change",
    [
        {"description": "x"},
        {"market": {"symbols": ["B", "A"]}},
        {"algorithm": {"name": "evolution"}},
        {"budget": {"seed": 1}},
    ],
)
def test_any_change_of_a_field_changes_the_hash(change: dict[str, Any]) -> None:
    assert (
        RLExperimentSpec.parse(PLAIN | change).snapshot_hash()
        != RLExperimentSpec.parse(PLAIN).snapshot_hash()
    )


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": "no spaces"}, "name", "cannot be used"),
        ({"market": {"symbols": []}}, "market.symbols", "at least 1"),
        ({"market": {"symbols": ["A", "A"]}}, "market.symbols", "'A' is listed twice"),
        ({"market": {"symbols": ["A"], "fee_bps": -1}}, "market.fee_bps", "at least 0"),
        ({"market": {"symbols": ["A"], "fee_bps": float("nan")}}, "market.fee_bps", "finite"),
        ({"market": {"symbols": ["A"], "start": "2020-01-01", "end": "2019-01-01"}}, "market", "before end"),
        ({"market": {"symbols": ["A"], "episode_days": 10, "rebalance_days": 6}}, "market", "two decisions"),
        ({"algorithm": {"name": "oracle"}}, "algorithm", "'reinforce'"),
        ({"budget": {"episodes": 0}}, "budget.episodes", "at least 1"),
        ({"colour": "red"}, "colour", "not permitted"),
    ],
)
def test_a_bad_field_is_named(change: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidSpec, match=words) as caught:
        RLExperimentSpec.parse(PLAIN | change)

    assert caught.value.field == field
