"""Environment, then override, then default; and a fresh local workspace is opened once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from persistence.controls import ControlRepository
from persistence.database import Database
from runtime.errors import AccessDenied, CapabilityOff, InvalidValue, NotFound
from runtime.ids import UserId
from runtime.settings import FLAGS, LiveSettings, Settings
from tasks.access import Actor, Role
from tasks.control.context import Control, build_control
from tasks.control.settings import open_local_rollout, require_flag, set_setting, settings_in_force

ADMIN = Actor(id=UserId("admin"), name="ada", role=Role.ADMIN)
ANALYST = Actor(id=UserId("ann"), name="ann", role=Role.ANALYST)
STUDIO = "orchestration_studio_enabled"
ROUNDS = "orchestration_max_debate_rounds"


@pytest.fixture
def control(database: Database, tmp_path: Path) -> Iterator[Control]:
    """An installation where the environment pins one flag off."""
    settings = Settings(home=tmp_path, orchestration_crew_adapter_enabled=False)
    built = build_control(settings, database=database)
    yield built
    built.close()


def test_without_environment_and_override_the_defaults_of_the_runbook_hold(control: Control) -> None:
    in_force = settings_in_force(control)

    assert in_force.live == LiveSettings()
    assert not any(getattr(in_force.live, flag) for flag in FLAGS)
    assert in_force.sources[STUDIO] == "default"
    assert in_force.sources["orchestration_crew_adapter_enabled"] == "environment"


def test_an_override_is_in_force_at_once_and_is_written_down(control: Control) -> None:
    after = set_setting(control, ADMIN, ROUNDS, 5, "more arguments")

    assert (after.live.orchestration_max_debate_rounds, after.sources[ROUNDS]) == (5, "override")
    with control.database.read() as session:
        (change,) = ControlRepository(session).changes(ROUNDS)
        (entry,) = ControlRepository(session).audit()
    assert (change.old, change.new, change.reason) == (None, 5, "more arguments")
    assert (entry.action, entry.target, entry.actor_name) == ("setting.change", ROUNDS, "ada")
    assert set_setting(control, ADMIN, ROUNDS, None, "back").sources[ROUNDS] == "default"


@pytest.mark.parametrize(
    ("name", "value", "reason", "error"),
    [
        (STUDIO, 1, "why", InvalidValue),
        (ROUNDS, 0, "why", InvalidValue),
        (ROUNDS, 101, "why", InvalidValue),
        (ROUNDS, 2.5, "why", InvalidValue),
        (ROUNDS, True, "why", InvalidValue),
        ("orchestration_halt_check_timeout_seconds", float("nan"), "why", InvalidValue),
        ("orchestration_halt_check_timeout_seconds", 61, "why", InvalidValue),
        (STUDIO, True, "  ", InvalidValue),
        ("orchestration_crew_adapter_enabled", True, "why", InvalidValue),
        ("orchestration_unknown", True, "why", NotFound),
    ],
)
def test_what_a_setting_cannot_be_is_refused(
    control: Control, name: Any, value: Any, reason: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        set_setting(control, ADMIN, name, value, reason)

    assert settings_in_force(control).live == LiveSettings()


def test_only_an_admin_changes_settings(control: Control) -> None:
    with pytest.raises(AccessDenied):
        set_setting(control, ANALYST, STUDIO, True, "why")


def test_a_flag_that_is_off_names_its_variable(control: Control) -> None:
    with pytest.raises(CapabilityOff, match="ALPHASWARM_ORCHESTRATION_STUDIO_ENABLED=true"):
        require_flag(control, STUDIO)

    set_setting(control, ADMIN, STUDIO, True, "why")
    require_flag(control, STUDIO)


def test_a_fresh_workspace_is_opened_but_for_what_the_environment_pins(control: Control) -> None:
    opened = open_local_rollout(control)

    assert opened == [flag for flag in FLAGS if flag != "orchestration_crew_adapter_enabled"]
    live = settings_in_force(control).live
    assert [flag for flag in FLAGS if getattr(live, flag)] == opened


def test_a_workspace_where_somebody_decided_is_left_as_it_is(control: Control) -> None:
    set_setting(control, ADMIN, STUDIO, True, "why")
    set_setting(control, ADMIN, STUDIO, None, "rolled back")

    assert open_local_rollout(control) == []
    assert not settings_in_force(control).live.orchestration_studio_enabled
