"""Workflows that other workflows use: found when a drawing is opened, frozen when a run starts, exact when it is replayed."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.errors import DrawingRefused, NotReproducible
from runtime.graph.document import Body, GraphDocument
from runtime.graph.edits import AddNode, Configure, Connect
from runtime.graph.plan import plan_of
from runtime.graph.sketch import sketch
from runtime.ids import RunId
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.drafts import DraftState, edit_draft, open_draft, undo_draft
from tasks.control.replay import replay_run
from tasks.control.runs import get_run, start_run
from tasks.control.specs import create_workflow, get_workflow, versions
from tasks.control.templates import create_from_template
from tests.runtime.graph.parts import PART, nesting


def save(control: Control, actor: Actor, name: str, document: GraphDocument) -> None:
    graph = document.dump()
    create_workflow(
        control, actor, {"name": name, "adapter": "WorkflowStudioAdapter", "params": {"graph": graph}}
    )


def edit(control: Control, actor: Actor, name: str, *edits: Any) -> DraftState:
    for each in edits:
        revision = open_draft(control, actor, name).revision
        state = edit_draft(control, actor, name, revision, each).draft
    return state


@pytest.fixture
def desk(control: Control, analyst: Actor) -> str:
    """A workflow that uses `part`."""
    save(control, analyst, "part", PART)
    user = sketch(
        {
            "prices": "data.prices",
            "card": ("control.subflow", {"workflow": "part"}),
            "report": "output.report",
        },
        ["prices.prices -> card.prices", "prices.prices -> report.prices", "card.signals -> report.notes"],
    )
    save(control, analyst, "desk", user)
    return "desk"


def test_what_is_used_is_found_when_a_drawing_is_opened_and_never_saved_with_it(
    control: Control, analyst: Actor, desk: str
) -> None:
    draft = open_draft(control, analyst, desk)

    assert draft.issues == []
    assert sorted(draft.drawing.document.bodies) == ["part"]
    assert "bodies" not in get_workflow(control, analyst, desk).spec.params["graph"]
    edit(control, analyst, desk, AddNode(kind="data.prices", x=0, y=0))
    assert "bodies" not in get_workflow(control, analyst, desk).spec.params["graph"]


def test_bodies_that_come_with_a_posted_workflow_do_not_count(control: Control, analyst: Actor) -> None:
    document = nesting("part").model_copy(update={"bodies": {"part": Body(nodes=PART.nodes)}})

    save(control, analyst, "desk", document)

    found = {issue.code for issue in open_draft(control, analyst, "desk").issues}
    assert "G401" in found


def test_a_card_follows_the_workflow_that_is_chosen(control: Control, analyst: Actor, desk: str) -> None:
    state = edit(
        control,
        analyst,
        desk,
        AddNode(kind="control.subflow", node_id="second", x=0, y=0),
        Configure(node="second", field="workflow", value="part"),
        Connect(source="prices", source_port="prices", target="second", target_port="prices"),
    )
    assert state.issues == []

    gone = edit(control, analyst, desk, Configure(node="second", field="workflow", value="nowhere"))
    assert [(issue.code, issue.node) for issue in gone.issues] == [("G401", "second")]
    assert len(gone.drawing.document.edges) == 4

    back = undo_draft(control, analyst, desk, gone.revision)
    assert back.draft.issues == []


def test_a_change_of_the_part_is_a_change_of_who_uses_it(control: Control, analyst: Actor, desk: str) -> None:
    edit(control, analyst, "part", Configure(node="momentum", field="lookback_days", value=1))

    issue = open_draft(control, analyst, desk).issues[0]
    assert issue.code == "G404"
    assert issue.message.startswith("Subflow ▸ Momentum, Look back: ")
    with pytest.raises(DrawingRefused, match="Subflow ▸ Momentum"):
        start_run(control, analyst, desk, {})


def test_a_workflow_that_would_contain_itself_is_refused_with_the_chain(
    control: Control, analyst: Actor, desk: str
) -> None:
    state = edit(
        control,
        analyst,
        "part",
        AddNode(kind="control.subflow", node_id="again", x=0, y=0),
        Configure(node="again", field="workflow", value=desk),
    )

    assert any("desk → part → desk" in issue.message for issue in state.issues if issue.code == "G402")


def frozen_graph(control: Control, actor: Actor, run_id: RunId) -> GraphDocument:
    dispatch = get_run(control, actor, run_id).record.dispatch
    assert dispatch is not None
    return GraphDocument.parse(dispatch.spec["params"]["graph"])


def test_a_run_carries_what_it_uses_and_is_replayed_exactly(
    control: Control, analyst: Actor, desk: str
) -> None:
    first = start_run(control, analyst, desk, {}).run_id
    edit(control, analyst, "part", Configure(node="momentum", field="lookback_days", value=100))
    second = start_run(control, analyst, desk, {}).run_id
    again = replay_run(control, analyst, first).run_id

    one, other, replayed = (frozen_graph(control, analyst, run_id) for run_id in (first, second, again))
    assert one == replayed
    assert plan_of(one).digest != plan_of(other).digest
    assert [node.id for node in plan_of(one).nodes][1:4] == ["card/in", "card/momentum", "card/out"]
    records = [get_run(control, analyst, run_id).record for run_id in (first, second, again)]
    assert records[0].dispatch is not None
    assert records[2].dispatch is not None
    assert records[0].dispatch.spec_hash == records[2].dispatch.spec_hash
    assert records[0].summary.spec_version_id != records[1].summary.spec_version_id


def test_a_frozen_version_of_the_part_can_be_named(control: Control, analyst: Actor, desk: str) -> None:
    number = versions(control, analyst, "part")[0].version
    edit(control, analyst, "part", Configure(node="momentum", field="lookback_days", value=1))

    state = edit(control, analyst, desk, Configure(node="card", field="version", value=number))

    assert state.issues == []
    assert sorted(state.drawing.document.bodies) == [f"part@{number}"]
    missing = edit(control, analyst, desk, Configure(node="card", field="version", value=99))
    assert "there is no version of 'part' '99'" in missing.issues[0].message


def test_a_part_that_asks_a_chat_model_cannot_be_replayed(
    control: Control, analyst: Actor, desk: str
) -> None:
    edit(
        control,
        analyst,
        "part",
        AddNode(kind="agents.agent", node_id="agent", x=0, y=0),
        Configure(node="agent", field="provider", value="model"),
        Configure(node="agent", field="model", value="openai:gpt-4o-mini"),
        Connect(source="in", source_port="value", target="agent", target_port="prices"),
    )
    run_id = start_run(control, analyst, desk, {}).run_id

    with pytest.raises(NotReproducible, match="chat model"):
        replay_run(control, analyst, run_id)


def test_the_names_to_choose_from_are_the_drawn_workflows_but_this_one(
    control: Control, analyst: Actor, desk: str
) -> None:
    create_workflow(control, analyst, {"name": "named", "adapter": "LangGraphAdapter"})

    assert open_draft(control, analyst, desk).workflows == ["part"]


def test_a_template_brings_the_parts_that_it_uses(control: Control, analyst: Actor) -> None:
    made = [create_from_template(control, analyst, "research.each_share") for _ in range(2)]

    assert [workflow.spec.name for workflow in made] == ["research.each_share", "research.each_share-2"]
    draft = open_draft(control, analyst, "research.each_share-2")
    assert draft.issues == []
    assert draft.workflows == ["part.share_trend", "research.each_share"]
    assert start_run(control, analyst, "research.each_share", {}).run_id
