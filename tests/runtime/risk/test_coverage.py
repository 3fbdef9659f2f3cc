import pytest

from runtime.risk.coverage import covers


@pytest.mark.parametrize(
    ("simulated", "weights", "covered"),
    [
        ({"A": 0.5, "B": -0.5}, {"A": 0.5, "B": -0.5, "C": 0.0}, True),
        ({"A": 0.5, "B": -0.5}, {"A": 0.5 + 1e-12, "B": -0.5}, True),
        ({"A": 0.5, "B": -0.5}, {"A": 0.5}, False),
        ({"A": 0.5, "B": -0.5}, {"A": 0.5, "B": -0.4}, False),
        ({"A": 0.5, "B": -0.5}, {"A": 0.5, "B": -0.5, "C": 0.1}, False),
        ({"A": 0.5}, {"A": 0.3}, True),
        ({"A": 0.5}, {"A": 0.6}, False),
        ({"A": 0.5}, {"A": -0.3}, False),
        ({"A": -0.5}, {"A": -0.5}, True),
        ({"A": 0.5}, {"A": 0.5, "B": 0.1}, False),
        ({"A": 0.5}, {}, True),
        ({}, {"A": 0.1}, False),
        ({}, {}, True),
    ],
)
def test_a_verdict_speaks_for_what_was_simulated(
    simulated: dict[str, float], weights: dict[str, float], covered: bool
) -> None:
    assert covers(simulated, weights) is covered
