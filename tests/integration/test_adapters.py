"""Adapters on real workers: a named graph with versioning off, a run that enqueues another one, and a replay."""

from __future__ import annotations

from tasks.control.replay import replay_run
from tasks.control.runs import start_run
from tasks.control.settings import set_setting
from tasks.control.specs import create_workflow
from tasks.control.templates import create_from_template
from tests.integration.installation import Installation, check_story


def test_a_named_graph_runs_on_a_worker_with_versioning_off_and_is_replayed_exactly(
    served: Installation,
) -> None:
    """With versioning off the older platform's workers could not find such a spec."""
    versioning = "orchestration_workflow_versioning_enabled"
    set_setting(served.control, served.admin, versioning, value=False, reason="test")
    try:
        name = create_from_template(
            served.control, served.admin, "research.daily_stock_analysis_v1"
        ).spec.name
        first = served.ended(start_run(served.control, served.admin, name, {"as_of": "2020-06-30"}).run_id)
    finally:
        set_setting(served.control, served.admin, versioning, value=True, reason="test")

    again = served.ended(replay_run(served.control, served.admin, first.record.summary.run_id).run_id)

    assert first.shown == again.shown == "completed", first.record.summary.error
    assert first.record.summary.spec_version_id is None
    assert again.record.summary.parent_run_id == first.record.summary.run_id
    ran, replayed = first.record.final_state or {}, again.record.final_state or {}
    assert ran["trader_signal"]["as_of"] == "2020-06-30"
    for slot in ("plan_digest", "universe", "trader_signal", "portfolio_decision"):
        assert replayed[slot] == ran[slot]
    check_story(served.frames(again.record.summary.run_id))


def test_a_run_enqueues_another_one_that_a_worker_runs(served: Installation) -> None:
    schedule = "orchestration_schedule_enabled"
    set_setting(served.control, served.admin, schedule, value=True, reason="test")
    spec = {
        "name": "starts-quick",
        "adapter": "AutomationScheduleAdapter",
        "params": {"target_spec_name": "quick", "inputs": {"as_of": "2022-06-01"}},
    }
    create_workflow(served.control, served.admin, spec)

    parent = served.ended(start_run(served.control, served.admin, "starts-quick", {}).run_id)

    assert parent.shown == "completed", parent.record.summary.error
    metadata = (parent.record.final_state or {})["schedule_metadata"]
    child = served.ended(metadata["run_id"])
    assert child.shown == "completed", child.record.summary.error
    assert child.record.summary.parent_run_id == parent.record.summary.run_id
    assert child.record.summary.task_id == metadata["celery_task_id"]
    assert child.record.inputs == {"as_of": "2022-06-01"}
    check_story(served.frames(parent.record.summary.run_id))
