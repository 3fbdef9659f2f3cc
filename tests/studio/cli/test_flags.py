"""`flags`: what stands, what is checked, what is changed."""

from __future__ import annotations

import pytest

from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.settings import settings_in_force
from tests.studio.cli.conftest import Shell

FUSION, SCHEDULE = "orchestration_fusion_enabled", "orchestration_schedule_enabled"
"""The checks of the second ask the workers and beat, of which there are none here."""


def test_every_setting_is_listed_with_its_value_and_source(shell: Shell, admin: Actor) -> None:
    told = shell("flags", "list", "--as", "ada")
    data = shell.json("flags", "list", "--as", "ada")

    assert told.exit_code == 0
    assert f"{FUSION}" in told.stdout
    assert {one["name"]: (one["value"], one["source"]) for one in data["settings"]}[FUSION] == (
        True,
        "override",
    )


def test_switching_off_needs_no_check_and_is_there_at_once(shell: Shell, here: Control, admin: Actor) -> None:
    done = shell("flags", "set", f"{FUSION}=off", f"{SCHEDULE}=false", "--reason", "back", "--as", "ada")

    assert done.exit_code == 0, done.output
    live = settings_in_force(here).live
    assert (live.orchestration_fusion_enabled, live.orchestration_schedule_enabled) == (False, False)


def test_a_limit_is_set_and_given_back_to_its_default(shell: Shell, here: Control, admin: Actor) -> None:
    rounds = "orchestration_max_debate_rounds"

    shell("flags", "set", f"{rounds}=3", "--reason", "longer", "--override", "no worker yet", "--as", "ada")
    raised = settings_in_force(here).live.orchestration_max_debate_rounds
    back = shell("flags", "set", f"{rounds}=default", "--reason", "back", "--as", "ada")

    assert raised == 3
    assert back.exit_code == 0
    assert settings_in_force(here).live.orchestration_max_debate_rounds == 2


def test_a_failed_check_changes_nothing_unless_it_is_overridden_in_writing(
    shell: Shell, here: Control, admin: Actor
) -> None:
    shell("flags", "set", f"{SCHEDULE}=off", "--reason", "back", "--as", "ada")

    refused = shell("flags", "set", f"{SCHEDULE}=on", "--reason", "phase 3", "--as", "ada")
    before = settings_in_force(here).live.orchestration_schedule_enabled
    forced = shell(
        "flags", "set", f"{SCHEDULE}=on", "--reason", "phase 3", "--override", "no worker yet", "--as", "ada"
    )

    assert refused.exit_code == 1
    assert "Nothing was changed." in refused.stderr
    assert before is False
    assert forced.exit_code == 0
    assert "FAILED" in forced.stdout
    assert "overridden" in forced.stdout
    assert settings_in_force(here).live.orchestration_schedule_enabled is True


def test_checks_show_their_evidence_and_fail_the_command(shell: Shell, admin: Actor) -> None:
    told = shell("flags", "check", SCHEDULE, "--as", "ada")

    assert told.exit_code == 1
    assert "No worker answered" in told.stdout
    assert "assertions hold" in told.stdout


def test_everything_is_reverted_in_one_act(
    shell: Shell, here: Control, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALPHASWARM_ORCHESTRATION_STUDIO_ENABLED", "true")

    done = shell("flags", "revert", "--reason", "over", "--as", "ada")

    assert done.exit_code == 0
    assert "The environment holds on: orchestration_studio_enabled" in done.stdout
    assert settings_in_force(here).live.orchestration_fusion_enabled is False


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("flags", "set", FUSION, "--reason", "x"), 2, "NAME=VALUE"),
        (("flags", "set", f"{FUSION}=perhaps", "--reason", "x"), 2, "perhaps"),
        (("flags", "set", f"{FUSION}=off"), 2, "--reason"),
        (("flags", "set", f"{FUSION}=off", "--reason", " "), 1, "Say why"),
        (("flags", "set", "nothing=off", "--reason", "x"), 1, "There is no setting 'nothing'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    shell: Shell, admin: Actor, arguments: tuple[str, ...], code: int, said: str
) -> None:
    refused = shell(*arguments, "--as", "ada")

    assert refused.exit_code == code
    assert said in refused.stderr


def test_a_viewer_may_look_and_not_flip(shell: Shell, viewer: Actor) -> None:
    assert shell("flags", "list", "--as", "vic").exit_code == 0
    refused = shell("flags", "set", f"{FUSION}=off", "--reason", "x", "--as", "vic")

    assert refused.exit_code == 1
    assert "may not change settings" in refused.stderr
