"""`doctor`: each part, well and not well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.control.context import Control
from tasks.control.workers import note_beat, presence
from tasks.halt.keys import EPOCH_KEY, worker_key
from tests.studio.cli.conftest import Shell
from tests.support.oidc_provider import running_provider


def findings(shell: Shell) -> dict[str, dict[str, Any]]:
    told = shell("doctor", "--json")
    return {one["part"]: one for one in json.loads(told.stdout)}


def test_what_is_well_and_what_is_not_is_told_with_what_to_do(shell: Shell, here: Control) -> None:
    told = shell("doctor")
    found = findings(shell)

    assert told.exit_code == 1
    assert [
        part
        for part in ("python", "settings", "home folder", "database", "kill-switch")
        if not found[part]["ok"]
    ] == []
    assert {part: found[part]["ok"] for part in ("redis", "live workers", "workers", "beat")} == {
        "redis": False,
        "live workers": False,
        "workers": False,
        "beat": False,
    }
    assert all(one["todo"] for one in found.values() if not one["ok"])
    assert "WRONG  redis: answers, but has no epoch" in told.stdout
    assert "ok     database: reachable, at head" in told.stdout


def test_what_lives_is_seen(shell: Shell, here: Control) -> None:
    here.redis.set(EPOCH_KEY, "1")
    here.redis.set(worker_key("w1"), presence([]))
    note_beat(here)

    found = findings(shell)

    assert [found[part]["ok"] for part in ("redis", "live workers", "beat")] == [True, True, True]


def test_a_database_that_is_behind_and_a_redis_that_is_away_are_told_apart(
    shell: Shell, here: Control, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ALPHASWARM_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    monkeypatch.setenv("ALPHASWARM_REDIS_URL", "redis://127.0.0.1:1/0")

    found = findings(shell)

    assert "no revision" in found["database"]["found"]
    assert found["database"]["todo"] == "Run ./alphaswarm migrate."
    assert "does not answer" in found["redis"]["found"]
    assert found["kill-switch"]["ok"] is False


def test_a_home_folder_that_cannot_be_written_is_named(
    shell: Shell, here: Control, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALPHASWARM_HOME", str(tmp_path / "file"))

    found = findings(shell)

    assert found["home folder"]["ok"] is False
    assert "ALPHASWARM_HOME" in found["home folder"]["todo"]


def test_settings_that_cannot_be_read_end_the_look(
    shell: Shell, here: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALPHASWARM_SESSION_HOURS", "forever")

    told = shell("doctor")

    assert told.exit_code == 1
    assert "WRONG  settings: The settings cannot be read. ALPHASWARM_SESSION_HOURS" in told.stdout


def test_an_identity_provider_is_asked_who_it_is(
    shell: Shell, here: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "identity provider" not in findings(shell)
    monkeypatch.setenv("ALPHASWARM_OIDC_CLIENT_ID", "alphaswarm")
    with running_provider() as provider:
        monkeypatch.setenv("ALPHASWARM_OIDC_ISSUER", provider.issuer)
        well = findings(shell)["identity provider"]
        provider.issuer = "http://127.0.0.1:1"
        liar = findings(shell)["identity provider"]
    away = findings(shell)["identity provider"]
    monkeypatch.setenv("ALPHASWARM_OIDC_CLIENT_ID", "")
    unset = findings(shell)["identity provider"]

    assert (well["ok"], well["found"].endswith("describes itself")) == (True, True)
    assert [one["ok"] for one in (liar, away, unset)] == [False, False, False]
    assert "it calls itself" in liar["found"]
    assert "ConnectError" in away["found"]
    assert "ALPHASWARM_OIDC_CLIENT_ID is empty" in unset["found"]
