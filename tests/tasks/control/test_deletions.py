"""A deleted workflow is out of the way at once, keeps its runs, and comes back whole."""

from __future__ import annotations

import pytest

from persistence.controls import ControlRepository
from persistence.schedules import SchedulePlan
from runtime.errors import AccessDenied, AlreadyExists, NotFound
from runtime.graph.document import GraphDocument
from runtime.library import templates
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.deletions import (
    delete_workflow,
    deleted_workflows,
    purge_workflow,
    restore_workflow,
)
from tasks.control.drafts import open_draft
from tasks.control.runs import get_run, list_runs, start_run
from tasks.control.schedule_tick import run_due_schedules
from tasks.control.schedules import get_schedule, list_schedules, set_schedule
from tasks.control.specs import check_spec, create_empty, get_workflow, list_workflows, versions
from tasks.control.templates import create_from_template

TEMPLATE = "utility.halt_practice"
HOURLY = SchedulePlan(
    cron="", interval_seconds=3600, timezone="UTC", misfire="all", most=10, inputs={}, enabled=True
)


@pytest.fixture
def workflow(control: Control, analyst: Actor) -> str:
    """A workflow with a run, a version and a schedule."""
    name = create_from_template(control, analyst, TEMPLATE).record.name
    start_run(control, analyst, name, {})
    set_schedule(control, analyst, name, HOURLY)
    return name


def test_a_deleted_workflow_is_in_no_list_and_starts_nothing_and_its_runs_stay(
    control: Control, analyst: Actor, workflow: str
) -> None:
    (run,) = list_runs(control, analyst).runs

    delete_workflow(control, analyst, workflow)

    assert list_workflows(control, analyst) == []
    assert list_schedules(control, analyst) == []
    assert run_due_schedules(control) == []
    for refused in (get_workflow, open_draft, get_schedule, delete_workflow):
        with pytest.raises(NotFound):
            refused(control, analyst, workflow)
    with pytest.raises(NotFound):
        start_run(control, analyst, workflow, {})
    view = get_run(control, analyst, run.run_id)
    assert (view.shown, view.record.summary.spec_name) == ("pending", workflow)
    assert [(each.name, each.deleted_by_name) for each in deleted_workflows(control, analyst)] == [
        (workflow, analyst.name)
    ]


def test_a_restored_workflow_is_as_it_was_and_its_schedule_waits_to_be_resumed(
    control: Control, analyst: Actor, workflow: str
) -> None:
    before, frozen = get_workflow(control, analyst, workflow), versions(control, analyst, workflow)
    delete_workflow(control, analyst, workflow)

    restored = restore_workflow(control, analyst, workflow)

    assert (restored.spec, restored.layout, restored.revision) == (
        before.spec,
        before.layout,
        before.revision,
    )
    assert versions(control, analyst, workflow) == frozen
    assert deleted_workflows(control, analyst) == []
    assert get_schedule(control, analyst, workflow).record.paused
    start_run(control, analyst, workflow, {})


def test_the_name_of_a_deleted_workflow_is_kept_for_it_until_it_is_deleted_for_good(
    control: Control, analyst: Actor, workflow: str
) -> None:
    run = list_runs(control, analyst).runs[0]
    delete_workflow(control, analyst, workflow)
    with pytest.raises(AlreadyExists, match="deleted workflow"):
        create_empty(control, analyst, workflow)
    assert create_from_template(control, analyst, TEMPLATE).record.name == f"{workflow}-2"

    purge_workflow(control, analyst, workflow)

    assert create_from_template(control, analyst, TEMPLATE).record.name == workflow
    assert get_run(control, analyst, run.run_id).record.summary.spec_version_id is None
    for refused in (restore_workflow, purge_workflow):
        with pytest.raises(NotFound):
            refused(control, analyst, workflow)


def test_a_template_takes_the_parts_that_it_uses_out_of_the_bin(control: Control, analyst: Actor) -> None:
    entry = next(
        entry for entry in templates() if GraphDocument.parse(entry.spec.params.get("graph") or {}).bodies
    )
    create_from_template(control, analyst, entry.spec.name)
    parts = {each.record.name for each in list_workflows(control, analyst)} - {entry.spec.name}
    assert parts
    for name in (*parts, entry.spec.name):
        delete_workflow(control, analyst, name)

    copy = create_from_template(control, analyst, entry.spec.name)

    assert {each.record.name for each in list_workflows(control, analyst)} == {*parts, copy.record.name}
    assert check_spec(control, analyst, copy.spec.dump()) == []


def test_only_who_may_draw_may_delete_and_what_was_done_is_in_the_audit_log(
    control: Control, analyst: Actor, viewer: Actor, workflow: str
) -> None:
    for refused in (delete_workflow, restore_workflow, purge_workflow):
        with pytest.raises(AccessDenied):
            refused(control, viewer, workflow)

    delete_workflow(control, analyst, workflow)
    restore_workflow(control, analyst, workflow)
    delete_workflow(control, analyst, workflow)
    purge_workflow(control, analyst, workflow)

    assert recorded(control) == ["workflow.delete", "workflow.restore", "workflow.delete", "workflow.purge"]


def recorded(control: Control) -> list[str]:
    with control.database.read() as session:
        entries = ControlRepository(session).audit()
    return [
        e.action for e in reversed(entries) if e.action.startswith("workflow.") and "create" not in e.action
    ]
