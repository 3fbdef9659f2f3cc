"""What a start does to a workspace's data, on real databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from persistence.migrate import current, head
from runtime.settings import FLAGS, Settings
from studio.launch import first_start
from studio.launch.problems import LaunchProblem
from studio.launch.schema_mark import is_migrated
from tasks.control.context import build_control
from tasks.control.settings import settings_in_force

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_redis_url: str) -> Path:
    monkeypatch.setenv("ALPHASWARM_HOME", str(tmp_path))
    monkeypatch.setenv("ALPHASWARM_REDIS_URL", clean_redis_url)
    monkeypatch.delenv("ALPHASWARM_DATABASE_URL", raising=False)
    return tmp_path


def prepare(home: Path, *, is_local: bool = True) -> list[str]:
    return first_start.prepare_database(is_local=is_local, mark=home / "mark", root=ROOT)


def flags_on() -> list[str]:
    control = build_control(Settings())
    try:
        live = settings_in_force(control).live
    finally:
        control.close()
    return [name for name in FLAGS if getattr(live, name)]


def test_a_new_local_workspace_is_migrated_and_opened_and_that_is_said_once(home: Path) -> None:
    first, second = prepare(home), prepare(home)

    assert len(first) == 1
    assert all(flag in first[0] for flag in FLAGS)
    assert second == []
    assert flags_on() == list(FLAGS)
    assert is_migrated(home / "mark", ROOT)


def test_a_flag_pinned_by_the_environment_is_left_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALPHASWARM_ORCHESTRATION_CREW_ADAPTER_ENABLED", "false")

    (said,) = prepare(home)

    assert "crew" not in said
    assert "orchestration_crew_adapter_enabled" not in flags_on()


def test_a_deployment_on_its_own_database_is_migrated_and_starts_with_every_flag_off(
    home: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("ALPHASWARM_DATABASE_URL", database_url)

    assert prepare(home, is_local=False) == []
    assert current(database_url) == head()
    assert flags_on() == []
    assert not (home / "mark").exists()


def test_the_link_signs_the_first_admin_in(home: Path) -> None:
    prepare(home)

    assert first_start.link("http://127.0.0.1:9").startswith("http://127.0.0.1:9/login?link=")


def test_a_database_that_cannot_be_reached_is_one_sentence_without_its_password(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALPHASWARM_DATABASE_URL", "postgresql+psycopg://u:secret@127.0.0.1:1/x")

    for act in (lambda: prepare(home, is_local=False), lambda: first_start.link("http://127.0.0.1:9")):
        with pytest.raises(LaunchProblem, match=r"cannot be used.*ALPHASWARM_DATABASE_URL") as caught:
            act()
        assert "secret" not in str(caught.value)


def test_a_setting_that_cannot_be_read_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALPHASWARM_RUN_LEASE_SECONDS", "soon")

    with pytest.raises(LaunchProblem, match="ALPHASWARM_RUN_LEASE_SECONDS cannot be used"):
        prepare(home)
