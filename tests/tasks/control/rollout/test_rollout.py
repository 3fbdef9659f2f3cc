"""Rolling out and back: a flip runs its checks, a failed one blocks, and rolling back always works."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from persistence import migrate
from persistence.controls import AuditFilter, ControlRepository
from persistence.database import Database
from runtime.errors import AccessDenied, ChecksFailed, InvalidValue
from runtime.ids import UserId
from runtime.rollout.phases import CheckName
from runtime.settings import LiveSettings, Settings
from tasks.access import Actor, Role
from tasks.control.context import Control, build_control
from tasks.control.rollout import checks
from tasks.control.rollout.rollout import flip, full_revert, history, preflight, preview, rollout
from tasks.control.settings import settings_in_force
from tasks.control.workers import note_beat

ADMIN = Actor(id=UserId("admin"), name="ada", role=Role.ADMIN)
OPERATOR = Actor(id=UserId("ops"), name="ops", role=Role.OPERATOR)
FUSION, STUDIO, VERSIONS = (
    "orchestration_fusion_enabled",
    "orchestration_studio_enabled",
    "orchestration_workflow_versioning_enabled",
)


class Workers:
    """What `celery inspect registered` answers."""

    def __init__(self, answer: dict[str, list[str]] | None) -> None:
        self.answer = answer

    def registered(self) -> dict[str, list[str]] | None:
        """Answer."""
        return self.answer


@pytest.fixture
def fresh(database: Database, clean_redis_url: str) -> Control:
    """A deployment at phase 0."""
    return build_control(Settings(redis_url=clean_redis_url), database=database)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[CheckName, bool], None]:
    """Make a check find what a test wants; the checks have tests of their own below."""

    def answer(name: CheckName, ok: bool) -> None:
        title, command, _ = checks._CHECKS[name]
        monkeypatch.setitem(checks._CHECKS, name, (title, command, lambda _c, _r: (ok, "as told")))

    for name in ("migration", "workers", "beat"):
        answer(name, True)
    return answer


def test_phase_0_is_where_a_deployment_starts(fresh: Control) -> None:
    found = rollout(fresh, OPERATOR)

    assert found.current == 2
    assert [view.state for view in found.phases] == [
        "done",
        "done",
        "optional",
        "next",
        "later",
        "later",
        "later",
    ]
    assert {view.source for view in found.settings} == {"default"}


@pytest.mark.usefixtures("answers")
def test_a_flip_runs_its_checks_and_writes_down_what_they_found(fresh: Control) -> None:
    done = flip(fresh, ADMIN, {FUSION: True}, "phase 4")

    assert settings_in_force(fresh).live.orchestration_fusion_enabled
    assert not done.overridden
    assert [check.name for check in done.checks] == [
        "regression",
        "watchdog",
        "migration",
        "kill-switch",
        "risk-gate",
    ]
    assert all(check.ok and check.evidence and check.command for check in done.checks)
    with fresh.database.read() as session:
        entry = ControlRepository(session).audit(AuditFilter(action="setting.change"))[0]
    assert (entry.target, entry.reason, entry.actor_name) == (FUSION, "phase 4", "ada")
    assert entry.detail is not None
    assert {check["name"]: check["ok"] for check in entry.detail["checks"]}["risk-gate"] is True


def test_a_failed_check_blocks_until_somebody_says_why_not(
    fresh: Control, answers: Callable[[CheckName, bool], None]
) -> None:
    answers("risk-gate", False)

    with pytest.raises(ChecksFailed, match="as told"):
        flip(fresh, ADMIN, {FUSION: True}, "phase 4")
    assert settings_in_force(fresh).live == LiveSettings()
    done = flip(
        fresh, ADMIN, {FUSION: True}, "phase 4", override="staging is being rebuilt, agreed with risk"
    )

    assert done.overridden
    assert settings_in_force(fresh).live.orchestration_fusion_enabled
    with fresh.database.read() as session:
        entry = ControlRepository(session).audit(AuditFilter(action="setting.change"))[0]
    assert entry.detail is not None
    assert entry.detail["override"] == "staging is being rebuilt, agreed with risk"


def test_rolling_back_is_never_checked(fresh: Control, answers: Callable[[CheckName, bool], None]) -> None:
    flip(fresh, ADMIN, {FUSION: True}, "phase 4")
    for name in ("migration", "risk-gate", "kill-switch"):
        answers(name, False)

    done = flip(fresh, ADMIN, {FUSION: False}, "back")

    assert done.checks == ()
    assert not settings_in_force(fresh).live.orchestration_fusion_enabled


@pytest.mark.usefixtures("answers")
def test_flags_that_belong_together_are_one_flip_and_everything_is_reverted_in_one(fresh: Control) -> None:
    flip(fresh, ADMIN, {STUDIO: True, VERSIONS: True}, "phase 5")
    flip(fresh, ADMIN, {"orchestration_max_debate_rounds": 6}, "long debates")

    done = full_revert(fresh, ADMIN, "full revert")

    assert settings_in_force(fresh).live == LiveSettings()
    assert done.pinned == ()
    told = [(change.name, change.new, change.reason) for change in history(fresh, OPERATOR, STUDIO)]
    assert told == [(STUDIO, None, "full revert"), (STUDIO, True, "phase 5")]


def test_what_the_environment_pins_is_shown_and_left(database: Database, clean_redis_url: str) -> None:
    pinned = build_control(
        Settings(redis_url=clean_redis_url, orchestration_fusion_enabled=True), database=database
    )

    shown = {view.name: (view.value, view.source) for view in rollout(pinned, OPERATOR).settings}
    with pytest.raises(InvalidValue, match="ALPHASWARM_ORCHESTRATION_FUSION_ENABLED"):
        flip(pinned, ADMIN, {FUSION: False}, "back")
    done = full_revert(pinned, ADMIN, "all of it")

    assert shown[FUSION] == (True, "environment")  # pyright: ignore[reportArgumentType]
    assert done.pinned == (FUSION,)
    pinned.close()


def test_only_admins_flip_and_a_bad_request_names_what_is_wrong(fresh: Control) -> None:
    for act in (
        lambda: flip(fresh, OPERATOR, {FUSION: True}, "why"),
        lambda: full_revert(fresh, OPERATOR, "why"),
        lambda: preflight(fresh, OPERATOR, [FUSION]),
    ):
        with pytest.raises(AccessDenied):
            act()
    with pytest.raises(InvalidValue, match="orchestration_fusoin"):
        flip(fresh, ADMIN, {"orchestration_fusoin": True}, "why")
    with pytest.raises(InvalidValue, match="reason"):
        flip(fresh, ADMIN, {FUSION: True}, "  ")
    with pytest.raises(InvalidValue, match="at least one"):
        flip(fresh, ADMIN, {}, "why")


def test_a_flip_says_beforehand_what_it_will_change(fresh: Control) -> None:
    on = preview(fresh, OPERATOR, {STUDIO: True})
    off = preview(fresh, OPERATOR, {STUDIO: None, FUSION: False})

    assert "Analysts can draw" in on[0]
    assert "503" in off[0]
    assert "refuses to compile" in off[1]


@pytest.mark.parametrize(
    ("answer", "ok", "words"),
    [
        (None, False, "No worker answered"),
        ({"w1": [*checks.REQUIRED_TASKS, "more [rate=1]"]}, True, "1 of 1 workers"),
        ({"w1": list(checks.REQUIRED_TASKS), "w2": ["other"]}, False, "w2 lacks"),
    ],
)
def test_every_worker_must_have_registered_every_task(
    fresh: Control,
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, list[str]] | None,
    ok: bool,
    words: str,
) -> None:
    monkeypatch.setattr(fresh.celery.control, "inspect", lambda **_: Workers(answer))

    [found] = checks.run_checks(fresh, ["workers"], revision=45)

    assert found.ok is ok
    assert words in found.evidence


def test_the_database_must_have_the_migration_of_the_phase(sqlite_url: str, clean_redis_url: str) -> None:
    control = build_control(Settings(redis_url=clean_redis_url, database_url=sqlite_url))
    found: list[tuple[bool, str]] = []
    for step in (None, "0045_pgvector_foundation", "0046_workflow_versioning"):
        if step is not None:
            migrate.upgrade(sqlite_url, step)
        [check] = checks.run_checks(control, ["migration"], revision=46)
        found.append((check.ok, check.evidence))
    control.close()

    assert [ok for ok, _ in found] == [False, False, True]
    assert "at no revision; at least 0046" in found[0][1]
    assert "at 0045_pgvector_foundation" in found[1][1]


def test_beat_is_alive_once_a_tick_was_taken(fresh: Control) -> None:
    [before] = checks.run_checks(fresh, ["beat"], revision=45)
    note_beat(fresh)
    [after] = checks.run_checks(fresh, ["beat"], revision=45)

    assert (before.ok, after.ok) == (False, True)
    assert "No tick" in before.evidence


def test_the_kill_switch_is_recorded_and_unreadable_is_no_pass(fresh: Control, database: Database) -> None:
    [readable] = checks.run_checks(fresh, ["kill-switch"], revision=45)
    away = build_control(Settings(redis_url="redis://127.0.0.1:1/0"), database=database)
    [beat] = checks.run_checks(away, ["beat"], revision=45)

    assert readable.ok
    assert "released; key alphaswarm:kill_switch is not there" in readable.evidence
    assert not beat.ok
    assert "cannot be checked" in beat.evidence
    away.close()
