"""Schedules: set by people, due exactly once, obedient to flags and kill switch."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from persistence.controls import AuditFilter, ControlRepository
from persistence.database import Database
from persistence.models import ScheduleRow, UserRow
from persistence.schedules import SchedulePlan, ScheduleRepository
from persistence.specs import SpecRepository
from runtime.errors import AccessDenied, CapabilityOff, InvalidValue, NotFound, StaleRevision
from runtime.ids import SpecName
from runtime.settings import Settings
from tasks.access import Actor, Role
from tasks.active_schedules import active_schedules
from tasks.control.context import Control, build_control
from tasks.control.deletions import delete_workflow
from tasks.control.runs import list_runs
from tasks.control.schedule_tick import ENGAGED, run_due_schedules
from tasks.control.schedules import (
    delete_schedule,
    entry_key,
    get_schedule,
    list_schedules,
    pause_schedule,
    preview_plan,
    resume_schedule,
    set_schedule,
)
from tasks.control.settings import SystemActor, open_local_rollout, set_setting
from tasks.control.templates import create_from_template
from tests.fakes import EPOCH, FakeClock
from tests.tasks.control.conftest import _account  # pyright: ignore[reportPrivateUsage]

HOUR = 3600
HOURLY = SchedulePlan(
    cron="", interval_seconds=HOUR, timezone="UTC", misfire="all", most=10, inputs={}, enabled=True
)


@pytest.fixture
def clock() -> FakeClock:
    """Time that moves when told."""
    return FakeClock()


@pytest.fixture
def control(database: Database, clean_redis_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Control]:
    """A control whose clock is ours, with the local rollout on."""
    built = build_control(Settings(home=tmp_path, redis_url=clean_redis_url), database=database, clock=clock)
    open_local_rollout(built)
    yield built
    built.close()


@pytest.fixture
def admin(control: Control) -> Actor:
    """Somebody who may do everything, with an account."""
    return _account(control, "ada", Role.ADMIN)


@pytest.fixture
def workflow(control: Control, admin: Actor) -> str:
    """A workflow that can run."""
    return create_from_template(control, admin, "utility.halt_practice").record.name


def started(control: Control, actor: Actor) -> int:
    return len(list_runs(control, actor).runs)


def test_a_due_slot_starts_one_run_with_the_rights_and_inputs_that_were_set(
    control: Control, clock: FakeClock, admin: Actor, workflow: str
) -> None:
    view = set_schedule(control, admin, workflow, replace(HOURLY, inputs={"as_of": "2020-01-02"}))
    assert view.record.next_slot == EPOCH + timedelta(hours=1)
    assert run_due_schedules(control) == []

    clock.advance(HOUR + 3)
    (ticked,) = run_due_schedules(control)

    (run,) = list_runs(control, admin).runs
    assert ticked.runs == (run.run_id,)
    record = get_schedule(control, admin, workflow).record
    assert (record.last_run_id, record.last_error) == (run.run_id, None)
    assert (record.last_slot, record.next_slot) == (EPOCH + timedelta(hours=1), EPOCH + timedelta(hours=2))
    with control.database.read() as session:
        (entry,) = ControlRepository(session).audit(AuditFilter(action="run.start"))
    assert (entry.actor_name, entry.reason) == ("ada", f"scheduled for {record.last_slot.isoformat()}")
    assert run_due_schedules(control) == []


def test_of_many_who_look_at_once_one_starts_each_slot(
    control: Control, clock: FakeClock, admin: Actor, workflow: str
) -> None:
    set_schedule(control, admin, workflow, HOURLY)
    clock.advance(3 * HOUR + 1)

    with ThreadPoolExecutor(6) as pool:
        looks = list(pool.map(lambda _: run_due_schedules(control), range(6)))

    runs = [run for look in looks for ticked in look for run in ticked.runs]
    assert len(runs) == len(set(runs)) == started(control, admin) == 3


def test_a_look_that_was_overtaken_by_a_change_starts_nothing(
    control: Control, clock: FakeClock, admin: Actor, workflow: str
) -> None:
    old = set_schedule(control, admin, workflow, HOURLY).record
    clock.advance(HOUR)
    set_schedule(control, admin, workflow, HOURLY)

    with control.database.write() as session:
        assert not ScheduleRepository(session).claim(old, slot=clock.now(), next_slot=None)


@pytest.mark.parametrize(
    ("changes", "hours", "expected"),
    [
        ({"misfire": "skip"}, 5.5, 0),
        ({"misfire": "skip"}, 5, 1),
        ({"misfire": "once"}, 5.5, 1),
        ({"misfire": "all"}, 5.5, 5),
        ({"misfire": "all", "most": 2}, 5.5, 2),
    ],
)
def test_what_was_missed_follows_the_policy(
    control: Control, clock: FakeClock, admin: Actor, *, changes: dict[str, Any], hours: float, expected: int
) -> None:
    workflow = create_from_template(control, admin, "utility.halt_practice").record.name
    set_schedule(control, admin, workflow, replace(HOURLY, **changes))
    clock.advance(hours * HOUR)

    run_due_schedules(control)

    assert started(control, admin) == expected
    assert get_schedule(control, admin, workflow).record.next_slot == EPOCH + timedelta(hours=6)
    assert run_due_schedules(control) == []


def test_with_the_flag_off_nothing_starts_and_what_passed_meanwhile_is_not_missed(
    control: Control, clock: FakeClock, admin: Actor, workflow: str
) -> None:
    set_schedule(control, admin, workflow, HOURLY)
    set_setting(control, admin, "orchestration_schedule_enabled", False, "rollback")
    clock.advance(5 * HOUR + 600)

    assert run_due_schedules(control) == []
    assert active_schedules(control.settings, control.database) == []
    assert "orchestration_schedule_enabled" in get_schedule(control, admin, workflow).idle

    set_setting(control, admin, "orchestration_schedule_enabled", True, "again")
    assert [record.key for record in active_schedules(control.settings, control.database)] == [
        entry_key(workflow)
    ]
    run_due_schedules(control)
    assert started(control, admin) == 0
    clock.advance(HOUR - 600)
    run_due_schedules(control)
    assert started(control, admin) == 1


@pytest.mark.parametrize("where", ["row", "mirror"])
def test_while_the_kill_switch_is_engaged_nothing_starts_and_nothing_is_caught_up(
    control: Control, clock: FakeClock, admin: Actor, workflow: str, where: str
) -> None:
    set_schedule(control, admin, workflow, HOURLY)
    key = control.settings.risk_kill_switch_key
    system = SystemActor(name="test")
    if where == "mirror":
        control.redis.set(key, "Storm")
    else:
        with control.database.write() as session:
            ControlRepository(session).set_kill_switch(
                engaged=True, actor=system, reason="Storm", now=clock.now()
            )
    clock.advance(HOUR)

    (ticked,) = run_due_schedules(control)

    assert (ticked.runs, ticked.error) == ((), ENGAGED)
    assert get_schedule(control, admin, workflow).record.last_error == ENGAGED
    control.redis.delete(key)
    with control.database.write() as session:
        ControlRepository(session).set_kill_switch(engaged=False, actor=system, reason=None, now=clock.now())
    assert run_due_schedules(control) == []
    assert started(control, admin) == 0
    clock.advance(HOUR)
    run_due_schedules(control)
    assert started(control, admin) == 1
    assert get_schedule(control, admin, workflow).record.last_error is None


def test_a_paused_or_switched_off_schedule_starts_nothing_and_goes_on_from_where_it_is_resumed(
    control: Control, clock: FakeClock, admin: Actor, workflow: str
) -> None:
    set_schedule(control, admin, workflow, HOURLY)
    assert pause_schedule(control, admin, workflow).idle == "It is paused."
    clock.advance(5.5 * HOUR)
    assert run_due_schedules(control) == []

    resumed = resume_schedule(control, admin, workflow)

    assert (resumed.idle, resumed.record.next_slot) == ("", EPOCH + timedelta(hours=6))
    assert run_due_schedules(control) == []
    set_schedule(control, admin, workflow, replace(HOURLY, enabled=False))
    clock.advance(5 * HOUR)
    assert run_due_schedules(control) == []
    assert active_schedules(control.settings, control.database) == []
    assert get_schedule(control, admin, workflow).idle == "It is switched off."


def test_a_change_to_a_paused_schedule_does_not_resume_it(
    control: Control, clock: FakeClock, admin: Actor, workflow: str
) -> None:
    set_schedule(control, admin, workflow, HOURLY)
    pause_schedule(control, admin, workflow)

    changed = set_schedule(control, admin, workflow, replace(HOURLY, misfire="skip"))

    assert (changed.record.plan.misfire, changed.idle) == ("skip", "It is paused.")
    clock.advance(2 * HOUR)
    assert run_due_schedules(control) == []


def test_a_change_made_on_a_schedule_that_somebody_else_changed_meanwhile_is_refused(
    control: Control, admin: Actor, workflow: str
) -> None:
    seen = set_schedule(control, admin, workflow, HOURLY, based_on=0).record.revision
    set_schedule(control, admin, workflow, replace(HOURLY, interval_seconds=60), based_on=seen)

    for stale in (0, seen):
        with pytest.raises(StaleRevision, match="schedule of workflow"):
            set_schedule(control, admin, workflow, HOURLY, based_on=stale)
    assert get_schedule(control, admin, workflow).words == "Every minute"


@pytest.mark.parametrize("what", ["account", "disabled", "role"])
def test_a_schedule_whose_owner_may_not_run_any_more_says_so_and_waits_for_the_next_time(
    control: Control, clock: FakeClock, admin: Actor, workflow: str, what: str
) -> None:
    setter = _account(control, "sue", Role.ANALYST)
    set_schedule(control, setter, workflow, HOURLY)
    with control.database.write() as session:
        if what == "account":
            session.execute(delete(UserRow).where(UserRow.id == setter.id))
        elif what == "disabled":
            session.execute(update(UserRow).where(UserRow.id == setter.id).values(disabled_at=EPOCH))
        else:
            session.execute(update(UserRow).where(UserRow.id == setter.id).values(role="viewer"))
    clock.advance(HOUR)

    (ticked,) = run_due_schedules(control)

    expected = {
        "account": "no account any more",
        "disabled": "is disabled. Set it again",
        "role": "may not start runs",
    }
    assert expected[what] in (ticked.error or "")
    record = get_schedule(control, admin, workflow).record
    assert record.last_error == ticked.error
    assert record.next_slot == EPOCH + timedelta(hours=2)
    assert started(control, admin) == 0


def test_a_rhythm_that_cannot_be_read_any_more_is_set_aside_with_its_fault(
    control: Control, clock: FakeClock, admin: Actor, workflow: str
) -> None:
    set_schedule(control, admin, workflow, HOURLY)
    with control.database.write() as session:
        session.execute(update(ScheduleRow).values(timezone="Mars/Olympus"))
    clock.advance(HOUR)

    (ticked,) = run_due_schedules(control)

    assert "no time zone 'Mars/Olympus'" in (ticked.error or "")
    assert run_due_schedules(control) == []
    assert "Mars/Olympus" in get_schedule(control, admin, workflow).idle


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"interval_seconds": 0, "cron": "61 * * * *"}, "cron"),
        ({"interval_seconds": 3}, "interval_seconds"),
        ({"timezone": "Berlin"}, "timezone"),
        ({"misfire": "twice"}, "misfire"),
        ({"most": 0}, "most"),
        ({"inputs": {"x": float("nan")}}, "inputs.x"),
    ],
)
def test_a_bad_field_is_refused_by_name_and_nothing_is_saved(
    control: Control, admin: Actor, workflow: str, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        set_schedule(control, admin, workflow, replace(HOURLY, **change))

    assert refused.value.field == field
    assert list_schedules(control, admin) == []


def test_what_is_not_there_is_not_found(control: Control, admin: Actor, workflow: str) -> None:
    for call in (get_schedule, pause_schedule, resume_schedule, delete_schedule):
        with pytest.raises(NotFound):
            call(control, admin, workflow)
    with pytest.raises(NotFound, match="no workflow"):
        set_schedule(control, admin, "nobody", HOURLY)


def test_who_may_only_look_may_not_set_and_an_operator_may_pause_only(
    control: Control, admin: Actor, workflow: str
) -> None:
    viewer, operator = replace(admin, role=Role.VIEWER), replace(admin, role=Role.OPERATOR)
    set_schedule(control, admin, workflow, HOURLY)

    assert len(list_schedules(control, viewer)) == 1
    assert len(preview_plan(control, viewer, HOURLY).times) == 10
    assert pause_schedule(control, operator, workflow).record.paused
    for refused in (
        lambda: set_schedule(control, viewer, workflow, HOURLY),
        lambda: pause_schedule(control, viewer, workflow),
        lambda: resume_schedule(control, operator, workflow),
        lambda: delete_schedule(control, operator, workflow),
    ):
        with pytest.raises(AccessDenied):
            refused()


def test_a_schedule_goes_with_its_workflow_or_by_itself(
    control: Control, admin: Actor, workflow: str
) -> None:
    set_schedule(control, admin, workflow, HOURLY)
    delete_schedule(control, admin, workflow)
    assert list_schedules(control, admin) == []

    set_schedule(control, admin, workflow, HOURLY)
    delete_workflow(control, admin, workflow)
    assert list_schedules(control, admin) == []


def test_with_the_studio_off_there_is_nothing_to_see_and_nothing_starts(
    control: Control, clock: FakeClock, admin: Actor, workflow: str
) -> None:
    set_schedule(control, admin, workflow, HOURLY)
    set_setting(control, admin, "orchestration_studio_enabled", False, "rollback")
    clock.advance(HOUR)

    assert run_due_schedules(control) == []
    assert active_schedules(control.settings, control.database) == []
    with pytest.raises(CapabilityOff):
        list_schedules(control, admin)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("utility.halt_practice", "workflow-utility-halt-practice"),
        ("Desk--A.1", "workflow-desk-a-1"),
        ("...", "workflow-workflow"),
    ],
)
def test_an_entry_is_named_after_its_workflow(name: str, key: str) -> None:
    assert entry_key(name) == key


def test_two_workflows_whose_names_differ_in_a_dot_have_two_entries(control: Control, admin: Actor) -> None:
    first = create_from_template(control, admin, "utility.halt_practice").record.name
    with control.database.write() as session:
        SpecRepository(session).upsert_spec(
            SpecName("utility-halt.practice"), adapter="x", description="", annotations=(), now=EPOCH
        )

    keys = [
        set_schedule(control, admin, name, HOURLY).record.key
        for name in (first, "utility-halt.practice", first)
    ]

    assert keys == [
        "workflow-utility-halt-practice",
        "workflow-utility-halt-practice-2",
        "workflow-utility-halt-practice",
    ]


def test_a_workflow_may_be_called_like_an_entry_of_beat_itself(control: Control, admin: Actor) -> None:
    with control.database.write() as session:
        SpecRepository(session).upsert_spec(
            SpecName("stall.watchdog"), adapter="x", description="", annotations=(), now=EPOCH
        )

    assert set_schedule(control, admin, "stall.watchdog", HOURLY).record.key == "workflow-stall-watchdog-1"
