"""Drawing: add, wire, configure, undo; and everything is still there after a reload."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tasks.access import Actor
from tests.e2e.conftest import OpenTab
from tests.e2e.drawings import copy_of, empty
from tests.e2e.editor_page import EditorPage
from tests.e2e.running_studio import RunningStudio

TEMPLATE = "research.momentum_vs_reversion"
NODES, WIRES = 4, 5


@pytest.fixture
def drawing(request: pytest.FixtureRequest, studio: RunningStudio, admin: Actor) -> str:
    """A drawing of this test's own: prices, momentum and mean reversion, and a report on both."""
    return copy_of(studio.control, admin, TEMPLATE, f"e2e.{request.node.name.removeprefix('test_')}"[:80])


@pytest.fixture
def editor(page: Page, drawing: str) -> EditorPage:
    """The drawing, open."""
    return EditorPage.open(page, drawing, nodes=NODES)


def test_nodes_come_from_the_palette_by_dragging_by_clicking_and_by_enter(editor: EditorPage) -> None:
    dragged = editor.drag_from_palette("quant.volatility", x=140, y=70)
    entered = editor.add_by_enter("market regime")
    clicked = editor.add_by_click("data.returns")

    expect(editor.node(dragged)).to_contain_text("Volatility")
    expect(editor.node(entered)).to_contain_text("Market regime")
    expect(editor.node(clicked)).to_contain_text("Returns")
    editor.expect_revision(4)


def test_a_wire_between_ports_of_one_type_is_drawn_and_stays(editor: EditorPage, drawing: str) -> None:
    node = editor.drag_from_palette("quant.volatility", x=140, y=70)

    editor.draw_wire(("prices", "prices"), (node, "prices"))

    editor.expect_wires(WIRES + 1)
    editor.expect_revision(3)
    wires = editor.wires()
    reopened = EditorPage.open(editor.page, drawing, nodes=NODES + 1)
    reopened.expect_wires(WIRES + 1)
    assert reopened.wires() == wires


def test_a_wrong_wire_is_refused_with_its_reason_and_nothing_is_changed(editor: EditorPage) -> None:
    editor.draw_wire(("momentum", "signals"), ("reversion", "prices"))

    expect(editor.page.get_by_test_id("wire-refusal")).to_have_text(
        "Mean reversion expects prices at Prices, Momentum gives signals."
    )
    editor.expect_wires(WIRES)
    editor.expect_revision(1)


def test_a_problem_appears_with_a_wrong_field_and_vanishes_with_the_right_one(editor: EditorPage) -> None:
    editor.expect_no_problems()
    editor.select("momentum")

    editor.type_into("lookback_days", "-5")

    expect(editor.page.get_by_test_id("field-error-lookback_days")).to_have_text(
        re.compile("^Must be at least")
    )
    row = editor.expect_problem("G102")
    expect(row).to_contain_text("Momentum")
    expect(editor.field("lookback_days")).to_have_value("-5")

    editor.type_into("lookback_days", "120")

    expect(editor.page.get_by_test_id("field-error-lookback_days")).to_have_count(0)
    expect(editor.page.get_by_test_id("problems-none")).to_be_visible()
    editor.expect_no_problems()


def test_a_number_that_is_none_is_told_at_its_field_and_kept(editor: EditorPage, drawing: str) -> None:
    editor.select("momentum")

    editor.type_into("lookback_days", "NaN")

    expect(editor.page.get_by_test_id("field-error-lookback_days")).to_be_visible()
    editor.expect_revision(2)
    reopened = EditorPage.open(editor.page, drawing, nodes=NODES)
    reopened.select("momentum")
    expect(reopened.field("lookback_days")).to_have_value("NaN")
    expect(reopened.page.get_by_test_id("field-error-lookback_days")).to_be_visible()


def test_a_click_on_a_problem_selects_the_node_it_is_about(editor: EditorPage) -> None:
    node = editor.drag_from_palette("quant.volatility", x=140, y=70)
    editor.select("report")

    editor.expect_problem("G203").click()

    expect(editor.page.locator(f".react-flow__node.selected[data-id={node}]")).to_have_count(1)
    expect(editor.field("window_days")).to_be_visible()


def test_undo_and_redo_go_through_canvas_and_form_and_survive_a_reload(
    editor: EditorPage, drawing: str
) -> None:
    before = editor.positions()
    editor.select("momentum")
    editor.type_into("lookback_days", "120")
    editor.expect_revision(2)
    editor.move_node("momentum", dx=64, dy=32)
    editor.expect_revision(3)
    moved = editor.positions()
    assert moved["momentum"] != before["momentum"]

    editor.press_undo()
    editor.expect_revision(4)
    assert editor.positions() == before
    editor.press_undo()
    editor.expect_revision(5)
    expect(editor.field("lookback_days")).to_have_value("")

    editor.press_redo()
    editor.expect_revision(6)
    expect(editor.field("lookback_days")).to_have_value("120")
    reopened = EditorPage.open(editor.page, drawing, nodes=NODES)
    reopened.press_redo()
    reopened.expect_revision(7)
    assert reopened.positions() == moved


def test_a_reload_finds_the_same_revision_nodes_wires_and_places(editor: EditorPage, drawing: str) -> None:
    node = editor.drag_from_palette("quant.volatility", x=140, y=70)
    editor.draw_wire(("prices", "prices"), (node, "prices"))
    editor.expect_wires(WIRES + 1)
    editor.move_node("report", dx=40, dy=80)
    editor.expect_revision(4)
    drawn = (editor.node_ids(), editor.wires(), editor.positions(), editor.revision())

    reopened = EditorPage.open(editor.page, drawing, nodes=NODES + 1)
    reopened.expect_wires(WIRES + 1)

    assert (reopened.node_ids(), reopened.wires(), reopened.positions(), reopened.revision()) == drawn


def test_a_deleted_node_takes_its_wires_along_and_undo_brings_all_back(editor: EditorPage) -> None:
    editor.select("momentum")

    editor.page.keyboard.press("Delete")

    editor.expect_nodes(NODES - 1)
    editor.expect_wires(WIRES - 2)
    editor.expect_revision(2)
    editor.page.keyboard.press("Control+z")
    editor.expect_nodes(NODES)
    editor.expect_wires(WIRES)


def test_a_wire_let_go_on_empty_canvas_offers_what_takes_it(editor: EditorPage) -> None:
    editor.let_wire_go(("prices", "prices"), dx=40, dy=180)
    expect(editor.page.get_by_test_id("picker")).to_be_visible()
    expect(editor.page.get_by_test_id("picker-item-decision.risk_gate")).to_have_count(0)

    editor.page.get_by_test_id("picker-item-data.regime").click()

    editor.expect_nodes(NODES + 1)
    editor.expect_wires(WIRES + 1)


def test_a_second_tab_is_told_of_changes_and_neither_tab_loses_any(
    editor: EditorPage, open_tab: OpenTab, drawing: str
) -> None:
    other = EditorPage.open(open_tab(), drawing, nodes=NODES)
    editor.move_node("momentum", dx=64, dy=32)
    editor.expect_revision(2)

    other.move_node("report", dx=40, dy=64)

    expect(other.page.get_by_test_id("changed-elsewhere")).to_be_visible()
    other.expect_revision(3)
    both = other.positions()
    assert both["momentum"] == editor.positions()["momentum"]
    reopened = EditorPage.open(editor.page, drawing, nodes=NODES)
    assert reopened.positions() == both


def test_a_field_typed_in_a_stale_tab_is_kept_beside_the_change_of_the_other_tab(
    editor: EditorPage, open_tab: OpenTab, drawing: str
) -> None:
    other = EditorPage.open(open_tab(), drawing, nodes=NODES)
    other.select("momentum")
    added = editor.drag_from_palette("quant.volatility", x=140, y=70)

    other.type_into("lookback_days", "90")

    expect(other.page.get_by_test_id("changed-elsewhere")).to_be_visible()
    other.expect_nodes(NODES + 1)
    reopened = EditorPage.open(editor.page, drawing, nodes=NODES + 1)
    assert added in reopened.node_ids()
    reopened.select("momentum")
    expect(reopened.field("lookback_days")).to_have_value("90")


def test_an_empty_drawing_says_how_to_begin_and_cannot_be_run(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    editor = EditorPage.open(page, empty(studio.control, admin, "e2e.empty"), nodes=0)

    expect(page.get_by_test_id("run")).to_be_disabled()
    editor.add_by_click("data.prices")

    expect(page.get_by_test_id("run")).to_be_enabled()


def test_a_workflow_that_does_not_exist_is_said_with_a_way_on(page: Page) -> None:
    page.goto("/studio/nobody.drew_this")

    expect(page.get_by_test_id("error-state")).to_contain_text("nobody.drew_this")
    expect(page.get_by_role("link", name="To the workflows", exact=True)).to_be_visible()


def test_a_drawing_with_problems_is_not_run_and_says_why(editor: EditorPage) -> None:
    editor.drag_from_palette("quant.volatility", x=140, y=70)

    editor.page.get_by_test_id("run").click()

    expect(editor.page.get_by_text("Volatility needs prices").first).to_be_visible()
    expect(editor.page.get_by_test_id("run-link")).to_have_count(0)
