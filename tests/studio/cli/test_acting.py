"""Who acts, and how commands end."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from studio.cli.place import settings_here
from studio.launch.redis_server import EmbeddedRedis
from studio.launch.running import WorkspaceLock
from tasks.access import Actor
from tasks.control.audit import search_audit
from tasks.control.context import Control
from tests.studio.cli.conftest import Shell


def test_an_account_acts_by_its_name_and_the_audit_log_says_so(
    shell: Shell, here: Control, admin: Actor
) -> None:
    done = shell("kill-switch", "engage", "--reason", "storm", "--as", "ADA")

    assert done.exit_code == 0, done.output
    entries = search_audit(here, admin).entries
    assert [
        (entry.actor_name, entry.reason) for entry in entries if entry.action.startswith("kill_switch")
    ] == [("ada", "storm")]


def test_a_name_that_nobody_has_is_refused_with_the_nearest(shell: Shell, admin: Actor) -> None:
    refused = shell("runs", "--as", "adaa")

    assert refused.exit_code == 1
    assert "There is no account 'adaa'. Did you mean 'ada'?" in refused.stderr


def test_nobody_acts_without_a_name_or_a_token(shell: Shell, here: Control) -> None:
    refused = shell("runs")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "--as NAME" in refused.stderr


def test_a_token_acts_within_its_scopes(shell: Shell, admin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = shell.json("token", "create", "nightly", "--scope", "halt", "--as", "ada")["secret"]
    monkeypatch.setenv("ALPHASWARM_TOKEN", secret)

    assert shell("runs").exit_code == 0
    denied = shell("flags", "revert", "--reason", "why")
    both = shell("runs", "--as", "ada")
    monkeypatch.setenv("ALPHASWARM_TOKEN", "ast_unknown")
    unknown = shell("runs")

    assert denied.exit_code == 1
    assert "scope 'settings'" in denied.stderr
    assert both.exit_code == 2
    assert unknown.exit_code == 1
    assert "revoked" in unknown.stderr


def test_bad_usage_is_two_and_a_part_that_does_not_answer_is_three(
    shell: Shell, admin: Actor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usage = shell("runs", "--status", "sleeping", "--as", "ada")
    monkeypatch.setenv("ALPHASWARM_DATABASE_URL", f"sqlite:///{tmp_path / 'missing.db'}")
    missing = shell("runs", "--as", "ada")
    monkeypatch.setenv("ALPHASWARM_DATABASE_URL", "postgresql+psycopg://ann:s3cret@127.0.0.1:1/studio")
    away = shell("runs", "--as", "ada")

    assert usage.exit_code == 2
    assert (missing.exit_code, away.exit_code) == (3, 3)
    assert "Run ./alphaswarm migrate." in missing.stderr
    assert "cannot be used" in away.stderr
    assert "s3cret" not in away.output


@pytest.mark.postgres
def test_a_new_postgresql_database_is_told_to_be_migrated(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, postgres_url: str, tmp_path: Path
) -> None:
    monkeypatch.setenv("ALPHASWARM_HOME", str(tmp_path))
    monkeypatch.setenv("ALPHASWARM_DATABASE_URL", postgres_url)

    new = shell("runs", "--as", "ada")
    shell("migrate")
    ready = shell("runs", "--as", "ada")

    assert new.exit_code == 3
    assert "never been migrated" in new.stderr
    assert "There is no account 'ada'." in ready.stderr


def test_settings_that_cannot_be_read_are_named_without_their_values(
    shell: Shell, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALPHASWARM_ORCHESTRATION_MAX_DEBATE_ROUNDS", "s3cret")

    refused = shell("runs", "--as", "ada")

    assert refused.exit_code == 1
    assert "ALPHASWARM_ORCHESTRATION_MAX_DEBATE_ROUNDS" in refused.stderr
    assert "s3cret" not in refused.output


def test_the_embedded_redis_is_found_while_a_studio_runs_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ALPHASWARM_HOME", str(tmp_path))
    monkeypatch.delenv("ALPHASWARM_REDIS_URL", raising=False)
    server = EmbeddedRedis.prepare(tmp_path / "redis")
    alone = settings_here().redis_url
    with WorkspaceLock(home=tmp_path, address="here") as lock:
        assert lock.take()
        found = settings_here().redis_url

    assert alone != server.url
    assert found == server.url


def test_every_command_says_what_it_does_and_can_print_json(shell: Shell) -> None:
    commands = {
        "": ["migrate", "run", "runs", "halt", "validate", "diff", "export", "import", "doctor"],
        "flags": ["list", "set", "check", "revert"],
        "kill-switch": ["status", "engage", "release"],
        "schedule": ["list", "set", "pause", "resume"],
        "token": ["create", "list", "revoke"],
    }
    for group, names in commands.items():
        for name in names:
            told = shell(*filter(None, (group, name)), "--help")
            assert told.exit_code == 0
            assert "--json" in told.stdout, (group, name)


def test_yaml_that_is_written_is_plain(shell: Shell, workflow: str) -> None:
    text = shell("export", workflow, "--as", "ada").stdout

    assert yaml.safe_load(text)["name"] == workflow
