"""Migrations, the kill switch, schedules and tokens: what each does, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from persistence import migrate
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.switch import switch_status
from tests.studio.cli.conftest import Shell
from tests.studio.conftest import PASSWORD


def test_a_new_database_is_migrated_to_a_revision_and_to_head(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'studio.db'}"
    monkeypatch.setenv("ALPHASWARM_DATABASE_URL", url)

    first = shell.json("migrate", "0046")
    shell("migrate")
    again = shell("migrate")
    unknown = shell("migrate", "9999")

    assert first["before"] is None
    assert first["after"].startswith("0046")
    assert migrate.current(url) == migrate.head()
    assert "nothing to do" in again.stdout
    assert unknown.exit_code == 1
    assert "9999" in unknown.stderr


def test_the_kill_switch_is_engaged_read_and_released_with_a_password(
    shell: Shell, here: Control, admin: Actor
) -> None:
    engaged = shell("kill-switch", "engage", "--reason", "storm", "--as", "ada")
    read = shell("kill-switch", "status", "--as", "ada")
    wrong = shell("kill-switch", "release", "--reason", "over", "--as", "ada", typed="guess\n")
    still = switch_status(here).state
    released = shell("kill-switch", "release", "--reason", "over", "--as", "ada", typed=f"{PASSWORD}\n")

    assert engaged.exit_code == 0
    assert "is engaged by ada" in read.stdout
    assert (wrong.exit_code, still) == (1, "engaged")
    assert "not your password" in wrong.stderr
    assert released.exit_code == 0, released.output
    assert PASSWORD not in released.output
    assert switch_status(here).state == "released"


def test_who_may_not_touch_the_kill_switch_is_told_before_the_password(shell: Shell, viewer: Actor) -> None:
    engage = shell("kill-switch", "engage", "--reason", "x", "--as", "vic")
    release = shell("kill-switch", "release", "--reason", "x", "--as", "vic")

    assert (engage.exit_code, release.exit_code) == (1, 1)
    assert "may not release the kill switch" in release.stderr
    assert "Password" not in release.output


def test_nothing_starts_while_the_kill_switch_is_engaged(shell: Shell, workflow: str) -> None:
    shell("kill-switch", "engage", "--reason", "storm", "--as", "ada")

    refused = shell("run", workflow, "--as", "ada")

    assert refused.exit_code == 3
    assert "nothing starts" in refused.stderr


def test_a_schedule_is_set_listed_paused_resumed_and_deleted(shell: Shell, workflow: str) -> None:
    made = shell.json(
        "schedule", "set", workflow, "--cron", "30 9 * * 1-5", "--timezone", "Europe/Berlin", "--as", "ada"
    )
    listed = shell("schedule", "list", "--as", "ada")
    paused = shell("schedule", "pause", workflow, "--as", "ada")
    resumed = shell("schedule", "resume", workflow, "--as", "ada")
    times = shell("schedule", "times", workflow, "--as", "ada")
    deleted = shell("schedule", "delete", workflow, "--as", "ada")

    assert made["record"]["plan"]["cron"] == "30 9 * * 1-5"
    assert "Europe/Berlin" in listed.stdout
    assert "It is paused." in paused.stdout
    assert resumed.exit_code == 0
    assert "paused" not in resumed.stdout
    lines = times.stdout.splitlines()
    assert lines[0] == "At 09:30 on Monday through Friday"
    assert len([line for line in lines if "T09:30:00+0" in line]) == 10
    assert deleted.stdout == f"{workflow} has no schedule any more.\n"
    assert shell("schedule", "delete", workflow, "--as", "ada").exit_code == 1


def test_a_schedule_that_cannot_be_read_is_refused(shell: Shell, workflow: str) -> None:
    bad = shell("schedule", "set", workflow, "--cron", "every day", "--as", "ada")
    missing = shell("schedule", "pause", "nothing", "--as", "ada")

    assert (bad.exit_code, missing.exit_code) == (1, 1)
    assert "cron" in bad.stderr
    assert "There is no schedule" in missing.stderr


def test_a_token_is_shown_once_listed_and_revoked(shell: Shell, admin: Actor) -> None:
    made = shell("token", "create", "nightly", "--scope", "run", "--days", "7", "--as", "ada")
    secret = made.stdout.splitlines()[0]
    listed = shell("token", "list", "--as", "ada")
    [token] = shell.json("token", "list", "--as", "ada")
    gone = shell("token", "revoke", token["id"], "--as", "ada")
    unknown = shell("token", "revoke", "nothing", "--as", "ada")

    assert secret.startswith("ast_")
    assert "nightly" in listed.stdout
    assert secret not in listed.stdout + json.dumps(token)
    assert gone.exit_code == 0
    assert unknown.exit_code == 1
    assert "There is no token 'nothing'" in unknown.stderr


def test_a_token_with_a_scope_that_its_owner_lacks_is_refused(shell: Shell, viewer: Actor) -> None:
    refused = shell("token", "create", "nightly", "--scope", "run", "--as", "vic")

    assert refused.exit_code == 1
    assert "cannot have the scope 'run'" in refused.stderr
