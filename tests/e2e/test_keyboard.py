"""The editor without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tasks.access import Actor
from tests.e2e.drawings import copy_of
from tests.e2e.editor_page import EditorPage
from tests.e2e.running_studio import RunningStudio


@pytest.fixture
def editor(request: pytest.FixtureRequest, studio: RunningStudio, admin: Actor, page: Page) -> EditorPage:
    """An open drawing of this test's own."""
    name = f"keys.{request.node.name.removeprefix('test_')}"[:80]
    copy_of(studio.control, admin, "research.momentum_vs_reversion", name)
    return EditorPage.open(page, name, nodes=4)


def test_a_question_mark_opens_the_sheet_of_shortcuts_and_escape_closes_it(editor: EditorPage) -> None:
    editor.page.keyboard.press("?")
    expect(editor.page.get_by_test_id("shortcuts")).to_be_visible()

    editor.page.keyboard.press("Escape")

    expect(editor.page.get_by_test_id("shortcuts")).to_have_count(0)


def test_ctrl_d_duplicates_and_ctrl_z_and_ctrl_y_take_back_and_repeat(editor: EditorPage) -> None:
    editor.select("momentum")

    editor.page.keyboard.press("Control+d")
    editor.expect_nodes(5)
    editor.page.keyboard.press("Control+z")
    editor.expect_nodes(4)
    editor.page.keyboard.press("Control+y")

    editor.expect_nodes(5)
    editor.expect_revision(4)


def test_ctrl_s_says_what_is_saved(editor: EditorPage) -> None:
    editor.page.keyboard.press("Control+s")

    expect(editor.page.get_by_text("Saved as revision 1.")).to_be_visible()


def test_keys_typed_into_a_field_are_text_and_no_shortcuts(editor: EditorPage) -> None:
    search = editor.page.get_by_test_id("palette-search")
    search.click()

    editor.page.keyboard.type("what?")
    editor.page.keyboard.press("Backspace")

    expect(search).to_have_value("what")
    expect(editor.page.get_by_test_id("shortcuts")).to_have_count(0)
    editor.expect_nodes(4)


def test_a_node_is_reached_moved_and_deleted_by_keyboard(editor: EditorPage) -> None:
    before = editor.positions()["momentum"]
    editor.page.locator(".react-flow__node[data-id=momentum]").focus()
    editor.page.keyboard.press("Enter")
    expect(editor.field("lookback_days")).to_be_visible()

    editor.page.keyboard.press("ArrowRight")
    editor.expect_revision(2)
    assert editor.positions()["momentum"][0] > before[0]
    editor.page.keyboard.press("Delete")

    editor.expect_nodes(3)


def test_escape_closes_the_halt_dialog_without_halting(editor: EditorPage) -> None:
    editor.page.get_by_test_id("halt-workflows").click()
    expect(editor.page.get_by_test_id("halt-dialog")).to_be_visible()

    editor.page.keyboard.press("Escape")

    expect(editor.page.get_by_test_id("halt-dialog")).to_have_count(0)
