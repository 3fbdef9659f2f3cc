"""A run asks for another one: with the rights of who started it, never for one of its ancestors, never once it is halted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from persistence.runs import RunRepository
from runtime.errors import AccessDenied, CapabilityOff, InvalidSpec, NotFound, Unavailable
from runtime.ids import RunId, SpecName, VersionId
from runtime.ports import QueueRequest
from tasks.access import Actor, Role
from tasks.control.children import MAX_GENERATIONS, enqueue_child
from tasks.control.context import Control
from tasks.control.halts import halt_run
from tasks.control.runs import get_run, start_run
from tasks.control.settings import set_setting
from tasks.control.specs import create_workflow, versions

SCHEDULE = "orchestration_schedule_enabled"


@pytest.fixture
def admin(control: Control, analyst: Actor) -> Actor:
    """Somebody who may do everything; switches scheduling on."""
    admin = Actor(id=analyst.id, name="root", role=Role.ADMIN)
    set_setting(control, admin, SCHEDULE, value=True, reason="test")
    return admin


@pytest.fixture
def parent(control: Control, analyst: Actor, admin: Actor) -> RunId:
    """A running run of the workflow `parent`; the workflows `child` and `grandchild` exist."""
    for name in ("parent", "child", "grandchild"):
        create_workflow(control, analyst, {"name": name, "adapter": "LangGraphAdapter"})
    return running(control, start_run(control, analyst, "parent", {}).run_id)


def running(control: Control, run_id: RunId) -> RunId:
    with control.database.write() as session:
        claim = RunRepository(session).claim(
            run_id, worker="w", now=control.clock.now(), lease=timedelta(minutes=5)
        )
    assert claim is not None
    return run_id


def ask(parent: RunId, actor: Actor, workflow: str = "child", version: str | None = None) -> QueueRequest:
    return QueueRequest(
        workflow=SpecName(workflow),
        version_id=None if version is None else VersionId(version),
        inputs={"as_of": "2020-01-02"},
        parent_run_id=parent,
        actor=actor.id,
    )


def test_a_child_is_pending_under_its_parent_and_its_starter(
    control: Control, analyst: Actor, parent: RunId
) -> None:
    queued = enqueue_child(control, ask(parent, analyst))

    record = get_run(control, analyst, queued.run_id).record
    assert (record.summary.status, record.summary.spec_name) == ("pending", "child")
    assert (record.summary.parent_run_id, record.summary.created_by) == (parent, analyst.id)
    assert record.inputs == {"as_of": "2020-01-02"}


def test_a_child_can_be_a_frozen_version(control: Control, analyst: Actor, parent: RunId) -> None:
    version = versions(control, analyst, "child")[0].id

    queued = enqueue_child(control, ask(parent, analyst, version=version))

    assert get_run(control, analyst, queued.run_id).record.summary.spec_version_id == version
    with pytest.raises(NotFound):
        enqueue_child(control, ask(parent, analyst, "grandchild", version))


def test_an_ancestor_is_never_started_again(control: Control, analyst: Actor, parent: RunId) -> None:
    child = running(control, enqueue_child(control, ask(parent, analyst)).run_id)
    grandchild = running(control, enqueue_child(control, ask(child, analyst, "grandchild")).run_id)

    for name in ("parent", "child", "grandchild"):
        with pytest.raises(InvalidSpec, match="it would run for ever"):
            enqueue_child(control, ask(grandchild, analyst, name))


def test_generations_are_limited(control: Control, analyst: Actor, parent: RunId) -> None:
    run_id = parent
    for number in range(MAX_GENERATIONS - 1):
        name = f"next-{number}"
        create_workflow(control, analyst, {"name": name, "adapter": "LangGraphAdapter"})
        run_id = running(control, enqueue_child(control, ask(run_id, analyst, name)).run_id)

    create_workflow(control, analyst, {"name": "last", "adapter": "LangGraphAdapter"})
    with pytest.raises(InvalidSpec, match="10 times in a row"):
        enqueue_child(control, ask(run_id, analyst, "last"))


def test_a_halted_parent_starts_nothing(control: Control, analyst: Actor, parent: RunId) -> None:
    halt_run(control, analyst, parent, "drill")

    with pytest.raises(Unavailable, match="not running any more"):
        enqueue_child(control, ask(parent, analyst))


def test_without_the_flag_the_account_or_the_right_nothing_is_started(
    control: Control, analyst: Actor, viewer: Actor, admin: Actor, parent: RunId
) -> None:
    with pytest.raises(AccessDenied, match="may not start runs"):
        enqueue_child(control, ask(parent, viewer))
    nobody = Actor(id=type(analyst.id)("nobody"), name="nobody", role=Role.ADMIN)
    with pytest.raises(AccessDenied, match="no account any more"):
        enqueue_child(control, ask(parent, nobody))
    set_setting(control, admin, SCHEDULE, value=False, reason="test")
    with pytest.raises(CapabilityOff, match="ALPHASWARM_ORCHESTRATION_SCHEDULE_ENABLED=true"):
        enqueue_child(control, ask(parent, analyst))
