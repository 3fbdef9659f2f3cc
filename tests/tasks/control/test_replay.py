"""A replay is exactly the same run again, or it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from persistence.models import DispatchRow, RunRow, VersionRow
from persistence.runs import RunRepository
from runtime.builders import build
from runtime.catalog import node_kinds
from runtime.errors import AccessDenied, CapabilityOff, NotFound, NotReproducible
from runtime.graph.edits import AddNode, Configure
from runtime.graph.plan import plan_of
from runtime.ids import RunId
from runtime.spec import WorkflowSpec
from tasks.access import Actor, Role
from tasks.control.context import Control
from tasks.control.drafts import edit_draft
from tasks.control.replay import replay_run
from tasks.control.runs import get_run, start_run
from tasks.control.settings import set_setting
from tasks.control.specs import create_workflow
from tasks.control.templates import create_from_template

TEMPLATE = "utility.halt_practice"
INPUTS = {"as_of": "2020-01-02"}


@pytest.fixture
def admin(analyst: Actor) -> Actor:
    return Actor(id=analyst.id, name="root", role=Role.ADMIN)


@pytest.fixture
def original(control: Control, analyst: Actor) -> RunId:
    """A run of a drawn workflow."""
    create_from_template(control, analyst, TEMPLATE)
    return start_run(control, analyst, TEMPLATE, INPUTS).run_id


def change(control: Control, table: type, where: Any, **values: Any) -> None:
    with control.database.write() as session:
        session.execute(update(table).where(where).values(**values))


def test_a_replay_is_a_new_run_with_the_same_content_inputs_and_version(
    control: Control, analyst: Actor, original: RunId
) -> None:
    edit_draft(control, analyst, TEMPLATE, 1, AddNode(kind="data.prices", x=0, y=0))

    again = replay_run(control, analyst, original)

    first, second = (get_run(control, analyst, run_id).record for run_id in (original, again.run_id))
    assert again.run_id != original
    assert second.summary.parent_run_id == original
    assert second.inputs == first.inputs == INPUTS
    assert first.dispatch is not None
    assert second.dispatch is not None
    assert second.dispatch.spec == first.dispatch.spec
    assert second.dispatch.spec_hash == first.dispatch.spec_hash
    assert second.summary.spec_version_id == first.summary.spec_version_id is not None


def test_without_a_version_the_frozen_content_is_replayed_and_not_the_one_of_now(
    control: Control, analyst: Actor, admin: Actor
) -> None:
    """The older platform replayed the current spec when a run had no version."""
    set_setting(control, admin, "orchestration_workflow_versioning_enabled", value=False, reason="test")
    create_from_template(control, analyst, TEMPLATE)
    original = start_run(control, analyst, TEMPLATE, {}).run_id
    edit_draft(control, analyst, TEMPLATE, 1, AddNode(kind="data.prices", x=0, y=0))

    again = replay_run(control, analyst, original)

    record = get_run(control, analyst, again.run_id).record
    assert record.summary.spec_version_id is None
    assert record.dispatch is not None
    assert "data.prices" not in [
        node["kind"] for node in record.dispatch.spec["params"]["graph"]["nodes"][-1:]
    ]
    assert record.dispatch.spec == get_run(control, analyst, original).record.dispatch.spec  # type: ignore[union-attr]


def test_a_run_without_frozen_content_is_refused(control: Control, analyst: Actor, original: RunId) -> None:
    with control.database.write() as session:
        session.delete(session.get_one(DispatchRow, original))

    with pytest.raises(NotReproducible, match="its content was not frozen"):
        replay_run(control, analyst, original)


def test_content_that_is_not_what_was_hashed_is_refused(
    control: Control, analyst: Actor, original: RunId
) -> None:
    record = get_run(control, analyst, original).record
    assert record.dispatch is not None
    changed = {**record.dispatch.spec, "description": "something else"}
    change(control, DispatchRow, DispatchRow.run_id == original, spec=changed)

    with pytest.raises(NotReproducible, match="its content has changed since"):
        replay_run(control, analyst, original)


def test_a_version_that_is_another_one_by_now_is_refused(
    control: Control, analyst: Actor, original: RunId
) -> None:
    """The older platform fell back to the workflow's name when the version could not be found."""
    record = get_run(control, analyst, original).record
    change(control, VersionRow, VersionRow.id == record.summary.spec_version_id, spec_hash="0" * 64)

    with pytest.raises(NotReproducible, match="the version it ran is not the one that is kept"):
        replay_run(control, analyst, original)


@pytest.mark.parametrize("gone", [True, False])
def test_a_kind_that_is_gone_or_newer_is_refused_by_name(
    control: Control, analyst: Actor, original: RunId, gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = get_run(control, analyst, original).record
    assert record.dispatch is not None
    kind = node_kinds()[record.dispatch.spec["params"]["graph"]["nodes"][0]["kind"]]
    if gone:
        monkeypatch.delitem(node_kinds(), kind.kind)
    else:
        monkeypatch.setattr(kind, "version", kind.version + 1)

    with pytest.raises(NotReproducible, match=kind.kind if gone else f"{kind.title} is at version"):
        replay_run(control, analyst, original)


def test_an_adapter_that_is_gone_is_refused_by_name(control: Control, analyst: Actor) -> None:
    create_workflow(control, analyst, {"name": "named", "adapter": "LangGraphAdapter"})
    original = start_run(control, analyst, "named", {}).run_id
    spec = WorkflowSpec(name="named", adapter="GoneAdapter")
    change(
        control,
        DispatchRow,
        DispatchRow.run_id == original,
        spec=spec.dump(),
        spec_hash=spec.snapshot_hash(),
    )
    change(control, RunRow, RunRow.id == original, spec_version_id=None)

    with pytest.raises(NotReproducible, match="there is no adapter 'GoneAdapter' any more"):
        replay_run(control, analyst, original)


@pytest.mark.parametrize(("drawn", "refused"), [("trader", False), ("research", True)])
def test_a_named_graph_that_is_drawn_differently_by_now_is_refused(
    control: Control, analyst: Actor, drawn: str, refused: bool
) -> None:
    params = {"builder": "trader"}
    create_workflow(control, analyst, {"name": "named", "adapter": "LangGraphAdapter", "params": params})
    original = start_run(control, analyst, "named", {}).run_id
    digest = plan_of(build(drawn)).digest
    change(control, RunRow, RunRow.id == original, final_state={"plan_digest": digest})

    if refused:
        with pytest.raises(NotReproducible, match="drawn differently by now"):
            replay_run(control, analyst, original)
    else:
        assert replay_run(control, analyst, original).run_id != original


def test_a_refused_replay_leaves_no_row(control: Control, analyst: Actor, original: RunId) -> None:
    change(control, DispatchRow, DispatchRow.run_id == original, spec_hash="0" * 64)

    with pytest.raises(NotReproducible):
        replay_run(control, analyst, original)

    with control.database.read() as session:
        assert RunRepository(session).children(original) == []


def test_a_replay_needs_the_right_the_flag_and_a_run(
    control: Control, analyst: Actor, viewer: Actor, admin: Actor, original: RunId
) -> None:
    with pytest.raises(AccessDenied):
        replay_run(control, viewer, original)
    with pytest.raises(NotFound):
        replay_run(control, analyst, "no-such-run")
    set_setting(control, admin, "orchestration_studio_enabled", value=False, reason="test")
    with pytest.raises(CapabilityOff):
        replay_run(control, analyst, original)


@pytest.mark.parametrize(("provider", "refused"), [("quant", False), ("model", True)])
def test_a_run_that_asked_a_chat_model_is_not_replayed_as_if_it_were_the_same(
    provider: str, refused: bool, control: Control, analyst: Actor
) -> None:
    create_from_template(control, analyst, "research.debate_fusion")
    for name, value in (("model", "openai:gpt-4o-mini"), ("provider", provider)):
        change_of = Configure(node="debate", field=name, value=value)
        edit_draft(control, analyst, "research.debate_fusion", 1, change_of)
    original = start_run(control, analyst, "research.debate_fusion", {}).run_id

    if not refused:
        assert replay_run(control, analyst, original).run_id != original
        return
    with pytest.raises(NotReproducible, match="asks a chat model"):
        replay_run(control, analyst, original)


@pytest.mark.parametrize("recalled", [0, 2])
def test_a_run_that_was_reminded_of_past_decisions_is_not_replayed(
    recalled: int, control: Control, analyst: Actor
) -> None:
    create_from_template(control, analyst, "research.debate_fusion")
    edit_draft(
        control, analyst, "research.debate_fusion", 1, Configure(node="debate", field="memory", value=3)
    )
    original = start_run(control, analyst, "research.debate_fusion", {}).run_id
    crumb = {"node": "debate", "status": "ok", "extras": {"recalled": recalled}}
    change(control, RunRow, RunRow.id == original, breadcrumbs=[crumb])

    if recalled:
        with pytest.raises(NotReproducible, match="was reminded of 2 past decisions"):
            replay_run(control, analyst, original)
        return
    again = get_run(control, analyst, replay_run(control, analyst, original).run_id).record
    assert again.dispatch is not None
    assert again.dispatch.replay_of == original
