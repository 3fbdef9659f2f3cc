"""A visit of the editor on a real database: what is stored, what the screen gets, and that nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import text

from runtime.graph.document import edge_id
from runtime.graph.edits import Configure, Duplicate, Edit, Move, Remove
from runtime.ids import SpecName
from studio.pages.editor import session
from studio.pages.editor.session import Screen, Seen, Unsaved
from studio.services.accounts import hash_token
from tasks.access import Actor, Role
from tasks.control.context import Control
from tasks.control.settings import open_local_rollout
from tasks.control.specs import create_empty
from tests.studio.canvas.drawings import node, wire
from tests.studio.conftest import Office

NAME = SpecName("desk.trend")


@dataclass
class Tab:
    """A browser tab: what it has seen, kept up like the page's state does."""

    control: Control
    actor: Actor
    seen: Seen

    def open(self) -> Screen:
        return self._show(session.opened(self.control, self.actor, self.seen, fit=True))

    def make(self, *edits: Edit, typed: str = "") -> Screen:
        result = session.saved(self.control, self.actor, self.seen, edits, typed=typed)
        assert isinstance(result, Screen)
        return self._show(result)

    def step(self, step: session.Step) -> Screen:
        return self._show(session.stepped(self.control, self.actor, self.seen, step))

    def select(self, *nodes: str) -> None:
        self.seen = replace(self.seen, nodes=nodes)
        self.seen = replace(self.seen, inspector=session.inspected(self.control, self.actor, self.seen))

    def _show(self, screen: Screen) -> Screen:
        self.seen = Seen(
            name=self.seen.name,
            revision=screen.draft.revision,
            marks=screen.marks,
            nodes=screen.nodes,
            inspector=screen.inspector,
        )
        return screen


@pytest.fixture
def tab(office: Office) -> Tab:
    control = office.container.control
    actor = office.container.accounts.actor(hash_token(office.token))
    assert actor is not None
    open_local_rollout(control)
    create_empty(control, actor, NAME)
    opened = Tab(control=control, actor=actor, seen=Seen(name=NAME))
    opened.open()
    return opened


def other(tab: Tab) -> Tab:
    second = Tab(control=tab.control, actor=tab.actor, seen=Seen(name=NAME))
    second.open()
    return second


def trend(tab: Tab) -> None:
    tab.make(node("data.prices", "prices"))
    tab.make(node("quant.momentum", "momentum", x=280))
    tab.make(wire("prices", "prices", "momentum", "prices"))


def kinds_of(ops: list[Any]) -> list[str]:
    return [op["op"] for op in ops]


def test_opening_sends_everything_once(tab: Tab) -> None:
    trend(tab)

    screen = tab.open()

    assert kinds_of(screen.ops) == ["reset"]
    assert [each["id"] for each in screen.ops[0].get("nodes", [])] == ["prices", "momentum"]


def test_a_new_node_is_stored_sent_alone_and_selected(tab: Tab) -> None:
    trend(tab)

    screen = tab.make(node("output.report", "report", x=560))

    assert kinds_of(screen.ops) == ["put", "select"]
    assert (screen.nodes, screen.inspector.node) == (("report",), "report")
    assert other(tab).open().draft.drawing.document.node("report") is not None


def test_a_second_node_at_the_same_place_is_put_beside_the_first(tab: Tab) -> None:
    tab.make(node("data.prices", "one", x=80, y=80))

    positions = tab.make(node("data.prices", "two", x=80, y=80)).draft.drawing.layout.positions

    assert positions["one"] != positions["two"]


def test_a_wire_that_does_not_fit_is_refused_in_words_and_nothing_changes(tab: Tab) -> None:
    trend(tab)
    revision = tab.seen.revision

    screen = tab.make(wire("momentum", "signals", "prices", "prices"))

    assert screen.refusal
    assert kinds_of(screen.ops) == ["reset"]
    assert screen.draft.revision == revision


def test_undo_and_redo_go_through_the_whole_history(tab: Tab) -> None:
    trend(tab)
    wires = [edge_id("prices", "prices", "momentum", "prices")]

    undone = tab.step("undo")
    redone = tab.step("redo")

    assert undone.ops[0] == {"op": "del", "nodes": [], "edges": wires}
    assert [each["id"] for each in redone.ops[0].get("edges", [])] == wires


def test_nothing_to_undo_is_said(tab: Tab) -> None:
    assert tab.step("undo").refusal == "There is nothing to undo."


def test_what_is_typed_wrong_is_kept_and_told_at_the_field(tab: Tab) -> None:
    trend(tab)
    tab.select("momentum")

    screen = tab.make(Configure(node="momentum", field="lookback_days", value="abc"), typed="lookback_days")

    field = next(each for each in screen.inspector.fields if each.name == "lookback_days")
    assert field.value == "abc"
    assert field.error
    assert [problem.code for problem in screen.problems if problem.node == "momentum"] == ["G102"]


def test_two_tabs_keep_both_changes_and_the_later_one_is_told(tab: Tab) -> None:
    trend(tab)
    second = other(tab)
    tab.make(Move(positions={"prices": (80, 80)}))

    screen = second.make(Configure(node="momentum", field="skip_days", value=5))

    assert screen.notice == session.MERGED
    assert kinds_of(screen.ops) == ["reset"]
    assert screen.draft.drawing.layout.positions["prices"].x == 80
    momentum = screen.draft.drawing.document.node("momentum")
    assert momentum is not None
    assert momentum.config == {"skip_days": 5}


def test_a_tab_that_comes_back_hears_of_changes_made_elsewhere(tab: Tab) -> None:
    trend(tab)
    second = other(tab)
    assert session.refreshed(second.control, second.actor, second.seen) is None

    tab.make(Remove(nodes=("momentum",)))

    screen = session.refreshed(second.control, second.actor, second.seen)
    assert screen is not None
    assert screen.notice == session.NEWER


def test_deleting_what_is_selected_empties_the_inspector(tab: Tab) -> None:
    trend(tab)
    tab.select("momentum")

    screen = tab.make(Remove(nodes=("momentum",)))

    assert (screen.nodes, screen.inspector.subject) == ((), "nothing")


def test_copies_are_selected(tab: Tab) -> None:
    trend(tab)

    screen = tab.make(Duplicate(nodes=("prices", "momentum")))

    assert len(screen.nodes) == 2
    assert screen.inspector.count == 2


def test_edits_that_cannot_be_stored_are_kept_and_made_later(tab: Tab) -> None:
    trend(tab)
    edits = [Move(positions={"prices": (80, 80)}), Configure(node="momentum", field="skip_days", value=5)]
    database = tab.control.database
    with database.write() as rows:
        rows.execute(text("ALTER TABLE workflow_drafts RENAME TO elsewhere"))

    failed = session.saved(tab.control, tab.actor, tab.seen, edits)
    with database.write() as rows:
        rows.execute(text("ALTER TABLE elsewhere RENAME TO workflow_drafts"))
    assert isinstance(failed, Unsaved)
    screen = tab.make(*failed.edits)

    assert failed.edits == tuple(edits)
    assert screen.draft.drawing.layout.positions["prices"].x == 80
    momentum = screen.draft.drawing.document.node("momentum")
    assert momentum is not None
    assert momentum.config == {"skip_days": 5}


def test_who_may_only_watch_is_refused_with_the_reason(tab: Tab) -> None:
    trend(tab)
    tab.actor = replace(tab.actor, role=Role.OPERATOR)

    screen = tab.make(Remove(nodes=("prices",)))

    assert "may not change workflows" in screen.refusal
    assert screen.draft.drawing.document.node("prices") is not None


def test_a_workflow_that_is_not_there_is_said_to_be_missing(tab: Tab) -> None:
    answer = session.opened_or_why(tab.control, tab.actor, Seen(name=SpecName("no.such")))

    assert isinstance(answer, str)
    assert "'no.such'" in answer


def test_no_run_is_followed_when_none_is_under_way(tab: Tab) -> None:
    assert session.run_under_way(tab.control, tab.actor, NAME) == ""


def test_the_picker_offers_what_takes_the_wire(tab: Tab) -> None:
    trend(tab)

    offered = {each.kind for each in session.choices(tab.control, tab.actor, tab.seen, "prices", "prices")}

    assert "quant.momentum" in offered
    assert "data.prices" not in offered


def test_a_card_shows_the_ports_of_the_workflow_it_names_and_keeps_wires_when_they_go(tab: Tab) -> None:
    part = SpecName("desk.part")
    create_empty(tab.control, tab.actor, part)
    builder = Tab(control=tab.control, actor=tab.actor, seen=Seen(name=part))
    builder.open()
    builder.make(node("control.subflow_input", "in"))
    builder.make(Configure(node="in", field="name", value="prices"))
    builder.make(Configure(node="in", field="type", value="prices"))
    tab.make(node("data.prices", "prices"))
    tab.make(node("control.subflow", "card", x=280))
    tab.select("card")

    screen = tab.make(Configure(node="card", field="workflow", value=str(part)))

    field = next(view for view in screen.inspector.fields if view.name == "workflow")
    assert (field.control, field.value) == ("select", "desk.part")
    assert [choice.value for choice in field.choices] == ["", "desk.part"]
    assert [(port.id, port.type, port.side) for port in screen.inspector.ports] == [
        ("prices", "prices", "in")
    ]
    card = next(op for op in screen.ops if op["op"] == "draw")["nodes"]["card"]["data"]
    assert [port["id"] for port in card["ins"]] == ["prices"]
    assert tab.make(wire("prices", "prices", "card", "prices")).refusal == ""

    builder.make(Remove(nodes=("in",)))
    again = tab.open()
    assert any("has no input 'prices'" in problem.message for problem in again.problems)
    shown = next(each for each in again.ops[0]["nodes"] if each["id"] == "card")["data"]
    assert [port["title"] for port in shown["ins"]] == ["prices (unknown)"]
    assert shown["level"] == "error"

    gone = tab.make(Configure(node="card", field="workflow", value="nowhere"))
    view = next(view for view in gone.inspector.fields if view.name == "workflow")
    assert view.error.startswith("There is no workflow 'nowhere'")
    assert view.choices[-1].label == "nowhere (not there)"
