"""The rollout as data: complete, in the runbook's order, and its in-process assertions are those of the regression tests."""

from __future__ import annotations

import pytest

from runtime.risk.predicate import Route
from runtime.rollout import regression, staging
from runtime.rollout.phases import EFFECTS, PHASES, phase_of
from runtime.settings import DEFAULTS, LiveSettings
from tests.agents.test_orchestration_flags import LEGACY


def test_phases_run_from_zero_to_six_and_flip_each_setting_once() -> None:
    assert [phase.number for phase in PHASES] == list(range(7))
    flipped = [name for phase in PHASES for name in phase.settings]
    assert sorted(flipped) == sorted(DEFAULTS)
    assert EFFECTS.keys() == DEFAULTS.keys()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("orchestration_crew_adapter_enabled", 2),
        ("orchestration_max_debate_rounds", 2),
        ("orchestration_halt_check_timeout_seconds", 2),
        ("orchestration_schedule_enabled", 3),
        ("orchestration_fusion_enabled", 4),
        ("orchestration_studio_enabled", 5),
        ("orchestration_workflow_versioning_enabled", 5),
        ("orchestration_kill_propagation_enabled", 6),
    ],
)
def test_each_setting_is_flipped_in_the_runbooks_phase(name: str, number: int) -> None:
    assert phase_of(name).number == number  # pyright: ignore[reportArgumentType]


def test_every_phase_is_checked_as_the_pre_flip_checklist_says() -> None:
    for phase in PHASES:
        assert {"regression", "watchdog", "migration", "kill-switch"} <= set(phase.checks)
        assert phase.revision == (46 if phase.number >= 5 else 45)
    assert "risk-gate" in PHASES[4].checks
    assert "beat" in PHASES[3].checks


def test_the_installation_checks_the_same_sequences_as_the_regression_test() -> None:
    tested = {
        builder.__name__.removeprefix("build_").removesuffix("_graph"): nodes
        for builder, nodes in LEGACY.items()
    }

    assert tested == regression.LEGACY_SEQUENCES


def test_all_assertions_hold() -> None:
    found = [*regression.flag_assertions(), *regression.watchdog_assertions()]

    assert [each for each in found if not each.holds] == []
    assert len(found) == 14


def test_a_rewired_graph_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(regression.LEGACY_SEQUENCES, "research", ("news_miner",))

    broken = [each for each in regression.flag_assertions() if not each.holds]

    assert [each.name for each in broken] == ["graph research is not rewired"]
    assert "equity_researcher" in broken[0].evidence


def test_a_flag_that_is_on_by_default_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        regression,
        "LiveSettings",
        lambda **given: LiveSettings(**{"orchestration_fusion_enabled": True, **given}),
    )

    broken = {each.name: each.evidence for each in regression.flag_assertions() if not each.holds}

    assert "orchestration_fusion_enabled" in broken["six flags, off by default"]


def test_the_staging_verdicts_go_where_they_must() -> None:
    assert staging.misrouted() == []
    assert {case.route for case in staging.CASES} == {staging.APPROVE, staging.REJECT}


@pytest.mark.parametrize("always", [staging.APPROVE, staging.REJECT])
def test_a_gate_that_always_says_the_same_is_found_out(always: Route) -> None:
    wrong = staging.misrouted(lambda _verdict: always)

    assert len(wrong) == sum(case.route != always for case in staging.CASES) > 0
