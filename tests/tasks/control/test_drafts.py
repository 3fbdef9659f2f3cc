"""A drawing being edited by one person in two tabs, by two people, and by somebody who may not."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from runtime.errors import AccessDenied, InvalidValue, NotFound
from runtime.graph.edits import AddNode, Configure, Connect, Move, Remove, Rename
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.drafts import DraftState, edit_draft, open_draft, redo_draft, undo_draft
from tasks.control.specs import create_empty, create_workflow

NAME = "research.mine"


@pytest.fixture(autouse=True)
def drawn(control: Control, analyst: Actor) -> None:
    create_empty(control, analyst, NAME)


def add(control: Control, analyst: Actor, base: int, kind: str = "data.prices") -> DraftState:
    return edit_draft(control, analyst, NAME, base, AddNode(kind=kind, x=0, y=0)).draft


def ids(state: DraftState) -> list[str]:
    return [node.id for node in state.drawing.document.nodes]


def test_an_edit_is_in_the_database_when_its_answer_comes(control: Control, analyst: Actor) -> None:
    state = add(control, analyst, 1)

    assert (state.revision, state.saved_by, ids(state)) == (2, "ann", ["prices"])
    assert open_draft(control, analyst, NAME) == state


def test_every_edit_brings_the_problems_up_to_date(control: Control, analyst: Actor) -> None:
    lone = add(control, analyst, 1, "quant.momentum")
    assert "G203" in {issue.code for issue in lone.issues}

    add(control, analyst, 2)
    wire = Connect(source="prices", source_port="prices", target="momentum", target_port="prices")
    wired = edit_draft(control, analyst, NAME, 3, wire).draft

    assert "G203" not in {issue.code for issue in wired.issues}


def test_a_refused_edit_saves_nothing(control: Control, analyst: Actor) -> None:
    add(control, analyst, 1)

    with pytest.raises(InvalidValue):
        edit_draft(
            control,
            analyst,
            NAME,
            2,
            Connect(source="prices", source_port="prices", target="prices", target_port="prices"),
        )

    assert open_draft(control, analyst, NAME).revision == 2


def test_an_edit_that_changes_nothing_makes_no_revision(control: Control, analyst: Actor) -> None:
    outcome = edit_draft(control, analyst, NAME, 1, Move(positions={"gone": (1, 1)}))

    assert (outcome.draft.revision, outcome.merged, outcome.change.is_empty) == (1, False, True)


def test_undo_and_redo_travel_over_forms_and_canvas_alike(control: Control, analyst: Actor) -> None:
    add(control, analyst, 1, "control.wait")
    edit_draft(control, analyst, NAME, 2, Configure(node="wait", field="seconds", value=7))
    edit_draft(control, analyst, NAME, 3, Rename(node="wait", title="Lunch"))
    last = edit_draft(control, analyst, NAME, 4, Remove(nodes=("wait",))).draft
    assert last.undo_label == "Delete 1 node"

    undone = [undo_draft(control, analyst, NAME, 5 + n).draft for n in range(3)]
    assert undone[0].drawing.document.node("wait") is not None
    assert undone[1].drawing.document.nodes[0].title == ""
    assert undone[2].drawing.document.nodes[0].config == {}
    assert (undone[2].redo_label, undone[2].undo_label) == ("Set seconds of Wait", "Add Wait")

    redone = [redo_draft(control, analyst, NAME, 8 + n).draft for n in range(3)]
    assert redone[-1].drawing == last.drawing
    assert (redone[-1].revision, redone[-1].can_redo) == (11, False)


def test_a_new_edit_forgets_what_could_be_redone(control: Control, analyst: Actor) -> None:
    add(control, analyst, 1)
    undo_draft(control, analyst, NAME, 2)
    add(control, analyst, 3, "control.wait")

    with pytest.raises(InvalidValue, match="nothing to redo"):
        redo_draft(control, analyst, NAME, 4)


def test_undo_at_the_beginning_says_so(control: Control, analyst: Actor) -> None:
    with pytest.raises(InvalidValue, match="nothing to undo"):
        undo_draft(control, analyst, NAME, 1)


def test_a_stale_tab_is_told_and_neither_side_loses_anything(control: Control, analyst: Actor) -> None:
    add(control, analyst, 1)

    outcome = edit_draft(control, analyst, NAME, 1, AddNode(kind="control.wait", x=0, y=0))

    assert outcome.merged
    assert ids(outcome.draft) == ["prices", "wait"]


def test_many_edits_at_once_are_all_kept(control: Control, analyst: Actor) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: add(control, analyst, 1, "control.wait"), range(4)))

    state = open_draft(control, analyst, NAME)
    assert len(set(ids(state))) == 4
    assert state.revision == 5


def test_somebody_who_may_only_read_cannot_edit(control: Control, viewer: Actor) -> None:
    assert open_draft(control, viewer, NAME).revision == 1
    for act in (
        lambda: edit_draft(control, viewer, NAME, 1, AddNode(kind="data.prices", x=0, y=0)),
        lambda: undo_draft(control, viewer, NAME, 1),
        lambda: redo_draft(control, viewer, NAME, 1),
    ):
        with pytest.raises(AccessDenied):
            act()


def test_a_workflow_that_is_not_drawn_says_so(control: Control, analyst: Actor) -> None:
    create_workflow(control, analyst, {"name": "built", "adapter": "LangGraphAdapter"})

    with pytest.raises(InvalidValue, match="is not drawn"):
        open_draft(control, analyst, "built")


def test_an_unknown_workflow_is_not_found(control: Control, analyst: Actor) -> None:
    with pytest.raises(NotFound):
        open_draft(control, analyst, "no.such")


def test_unicode_and_huge_values_are_kept_or_refused_by_name(control: Control, analyst: Actor) -> None:
    add(control, analyst, 1, "control.wait")

    titled = edit_draft(control, analyst, NAME, 2, Rename(node="wait", title="Ünïcode 熊 🐻")).draft
    assert titled.drawing.document.nodes[0].title == "Ünïcode 熊 🐻"
    with pytest.raises(InvalidValue, match="bytes"):
        edit_draft(control, analyst, NAME, 3, Configure(node="wait", field="seconds", value="x" * 3_000_000))
