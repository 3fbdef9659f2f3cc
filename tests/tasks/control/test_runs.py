"""A run is accepted with its row first, whatever the broker does; and is refused with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from persistence.controls import ControlRepository
from runtime.errors import AccessDenied, CapabilityOff, DrawingRefused, InvalidValue, NotFound, Unavailable
from tasks.access import Actor, Role
from tasks.app import publisher
from tasks.control.context import Control
from tasks.control.follow import follow, frames_after
from tasks.control.halts import halt_run
from tasks.control.runs import active_runs, get_run, list_runs, start_run
from tasks.control.settings import SystemActor, set_setting
from tasks.control.specs import create_empty
from tasks.control.templates import create_from_template
from tasks.control.workers import Workers, count_workers, presence
from tasks.halt.keys import events_key, worker_key

TEMPLATE = "utility.halt_practice"


@pytest.fixture
def admin(analyst: Actor) -> Actor:
    """Somebody who may do everything, with an account."""
    return replace(analyst, role=Role.ADMIN)


@pytest.fixture
def workflow(control: Control, admin: Actor) -> str:
    """A workflow that can run."""
    return create_from_template(control, admin, TEMPLATE).record.name


@pytest.fixture
def cut_off(control: Control) -> Iterator[Control]:
    """The same installation while Redis is away."""
    settings = control.settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    from tasks.control.context import build_control

    built = build_control(settings, database=control.database)
    yield replace(built, celery=publisher(settings))
    built.redis.close()


def test_an_accepted_run_is_pending_and_has_everything_a_worker_needs(
    control: Control, admin: Actor, workflow: str
) -> None:
    started = start_run(control, admin, workflow, {"as_of": "2022-01-03"})

    record = get_run(control, admin, started.run_id).record
    assert (record.summary.status, record.summary.task_id, started.dispatched) == (
        "pending",
        started.task_id,
        True,
    )
    assert record.dispatch is not None
    assert record.dispatch.spec["name"] == workflow
    assert record.summary.spec_version_id is not None
    assert record.dispatch.dispatched_at is not None
    assert control.redis.llen("agents") == 1


def test_with_versioning_off_a_run_goes_ahead_without_a_version(
    control: Control, admin: Actor, workflow: str
) -> None:
    set_setting(control, admin, "orchestration_workflow_versioning_enabled", False, "test")

    started = start_run(control, admin, workflow, {})

    assert get_run(control, admin, started.run_id).record.summary.spec_version_id is None


@pytest.mark.timeout(60)
def test_while_the_broker_is_away_a_run_is_accepted_and_says_so(
    control: Control, cut_off: Control, admin: Actor, workflow: str
) -> None:
    started = start_run(cut_off, admin, workflow, {})

    assert not started.dispatched
    record = get_run(control, admin, started.run_id).record
    assert record.summary.status == "pending"
    assert record.dispatch is not None
    assert record.dispatch.dispatched_at is None


def test_an_empty_drawing_is_refused_with_its_problems(control: Control, admin: Actor) -> None:
    create_empty(control, admin, "empty")

    with pytest.raises(DrawingRefused) as refused:
        start_run(control, admin, "empty", {})

    assert refused.value.problems
    assert list_runs(control, admin).runs == ()


@pytest.mark.parametrize("where", ["row", "mirror"])
def test_nothing_starts_while_the_kill_switch_is_engaged(
    control: Control, admin: Actor, workflow: str, where: str
) -> None:
    if where == "mirror":
        control.redis.set(control.settings.risk_kill_switch_key, "")
    else:
        with control.database.write() as session:
            ControlRepository(session).set_kill_switch(
                engaged=True, actor=SystemActor(name="test"), reason="Storm", now=control.clock.now()
            )

    with pytest.raises(Unavailable, match="kill switch"):
        start_run(control, admin, workflow, {})


def test_who_may_not_run_is_refused(control: Control, viewer: Actor, workflow: str) -> None:
    with pytest.raises(AccessDenied):
        start_run(control, viewer, workflow, {})


def test_nothing_starts_with_the_studio_off(control: Control, admin: Actor, workflow: str) -> None:
    set_setting(control, admin, "orchestration_studio_enabled", False, "test")

    with pytest.raises(CapabilityOff):
        start_run(control, admin, workflow, {})


@pytest.mark.parametrize("inputs", [{"x": float("nan")}, {"deep": [{"y": float("inf")}]}, {"x": {1, 2}}])
def test_inputs_must_be_json(control: Control, admin: Actor, workflow: str, inputs: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        start_run(control, admin, workflow, inputs)


def test_active_runs_are_those_that_have_not_ended(control: Control, admin: Actor, workflow: str) -> None:
    first, second = (start_run(control, admin, workflow, {}) for _ in range(2))
    halt_run(control, admin, first.run_id, "Drill")

    assert [run.run_id for run in active_runs(control, admin)] == [second.run_id]
    assert [run.run_id for run in list_runs(control, admin, status="halted").runs] == [first.run_id]
    with pytest.raises(NotFound):
        get_run(control, admin, "nobody")


async def test_a_run_is_followed_to_its_end_from_any_frame_without_redis(
    control: Control, cut_off: Control, admin: Actor, workflow: str
) -> None:
    run_id = start_run(control, admin, workflow, {}).run_id
    halt_run(control, admin, run_id, "Drill")
    control.redis.delete(events_key(run_id))

    whole = [frame async for batch in follow(cut_off, run_id) for frame in batch]
    rest = [frame async for batch in follow(cut_off, run_id, after=1) for frame in batch]

    assert [frame["stage"] for frame in whole] == ["done"]
    assert rest == []
    assert frames_after(control, run_id) == whole


def test_workers_are_counted_and_unknown_is_not_zero(control: Control, cut_off: Control) -> None:
    control.redis.set(worker_key("a"), presence([]))
    control.redis.set(worker_key("b"), presence(["run"]))  # pyright: ignore[reportArgumentType]

    assert count_workers(control) == Workers(live=2, idle=1, queued=0)
    assert count_workers(cut_off) == Workers(live=None, idle=None, queued=None)
