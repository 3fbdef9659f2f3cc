import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.decision.fusion import Limits, gross
from runtime.decision.weight_centric import Policy, pipeline_history, run_pipeline

TARGET = {"C": -0.2, "A": 0.5, "B": 0.3}
OPEN = Limits(max_position_pct=1.0, max_gross_exposure=1.0)

weights = st.dictionaries(
    st.text(alphabet="ABCDE", min_size=1, max_size=2), st.floats(min_value=-1, max_value=1), max_size=8
)
policies = st.builds(
    Policy,
    long_only=st.booleans(),
    allocation=st.sampled_from(["proportional", "equal"]),
    equity=st.floats(min_value=0.01, max_value=1),
    turbulent_scale=st.floats(min_value=0, max_value=1),
    limits=st.builds(
        Limits,
        max_position_pct=st.floats(min_value=0.01, max_value=1),
        max_gross_exposure=st.floats(min_value=0.01, max_value=2),
    ),
)


def test_the_four_stages_are_snapshotted_in_order() -> None:
    run = run_pipeline(
        TARGET,
        Policy(
            universe=frozenset({"A", "B"}),
            equity=0.8,
            turbulent_from=0.9,
            turbulent_scale=0.5,
            limits=Limits(max_position_pct=0.2, max_gross_exposure=0.3),
        ),
        turbulence=0.95,
    )

    assert [each["stage"] for each in run.history()] == ["f_S", "f_A", "f_T", "f_R"]
    stages = [each["weights"] for each in run.history()]
    assert stages[0] == {"A": 0.5, "B": 0.3}
    assert stages[1] == pytest.approx({"A": 0.5, "B": 0.3})
    assert stages[2] == pytest.approx({"A": 0.25, "B": 0.15})
    assert stages[3] == pytest.approx({"A": 0.2 * 0.3 / 0.35, "B": 0.15 * 0.3 / 0.35})
    assert (run.prior_gross, run.post_gross) == pytest.approx((0.4, 0.3))
    assert not run.risk_veto


def test_long_only_drops_shorts_and_spreads_their_share() -> None:
    run = run_pipeline(TARGET, Policy(long_only=True, limits=OPEN), turbulence=0.0)

    assert run.weights == pytest.approx({"A": 0.625, "B": 0.375})


def test_equal_allocation_keeps_the_signs() -> None:
    run = run_pipeline(TARGET, Policy(allocation="equal", limits=OPEN), turbulence=0.0)

    assert run.weights == pytest.approx({"A": 1 / 3, "B": 1 / 3, "C": -1 / 3})


def test_an_overlay_that_takes_more_than_half_vetoes() -> None:
    policy = Policy(limits=Limits(max_position_pct=0.2, max_gross_exposure=1.0))

    assert run_pipeline({"A": 1.0}, policy, turbulence=0.0).risk_veto
    assert not run_pipeline({"A": 0.4}, policy, turbulence=0.0).risk_veto


def test_nothing_to_hold_is_no_veto() -> None:
    assert not run_pipeline({}, Policy(), turbulence=0.0).risk_veto


def test_history_uses_the_turbulence_known_on_each_day() -> None:
    days = pd.to_datetime(["2024-01-31", "2024-02-29"])
    targets = pd.DataFrame({"A": [0.4, 0.4]}, index=days)
    turbulence = pd.Series([0.1, 0.99], index=pd.to_datetime(["2024-01-30", "2024-02-28"]))

    held = pipeline_history(targets, Policy(limits=OPEN), turbulence)

    assert held.weights["A"].tolist() == pytest.approx([0.4, 0.2])
    assert held.turbulence == 0.99


@given(target=weights, policy=policies, turbulence=st.floats(min_value=0, max_value=1))
def test_no_target_gets_past_the_limits(target: dict[str, float], policy: Policy, turbulence: float) -> None:
    run = run_pipeline(target, policy, turbulence=turbulence)

    assert all(abs(weight) <= policy.limits.max_position_pct for weight in run.weights.values())
    assert gross(run.weights) <= policy.limits.max_gross_exposure * (1 + 1e-12)
    assert gross(run.weights) <= gross(target) * (1 + 1e-9)
    assert not policy.long_only or all(weight >= 0 for weight in run.weights.values())


@given(target=weights, policy=policies, data=st.data())
def test_the_order_of_the_symbols_changes_no_bit(
    target: dict[str, float], policy: Policy, data: st.DataObject
) -> None:
    shuffled = dict(data.draw(st.permutations(list(target.items()))))

    assert run_pipeline(target, policy, turbulence=0.5) == run_pipeline(shuffled, policy, turbulence=0.5)
