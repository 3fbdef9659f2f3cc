"""A drawing of a thousand nodes: what crosses the socket does not grow with the movement of the hand."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tasks.access import Actor
from tests.e2e.drawings import large
from tests.e2e.editor_page import EditorPage
from tests.e2e.running_studio import RunningStudio
from tests.e2e.watch import Watch

NODES = 1_000


def test_a_thousand_nodes_open_pan_and_drag_with_a_message_per_gesture_at_most(
    studio: RunningStudio, admin: Actor, page: Page, watch: Watch
) -> None:
    name = large(studio.control, admin, "large.thousand", nodes=NODES)
    page.goto(f"/studio/{name}")
    editor = EditorPage(page=page)
    expect(page.get_by_test_id("status-bar")).to_contain_text(f"{NODES} nodes")
    # The canvas draws only what is visible; at the widest zoom that is still a part of it.
    expect(page.locator(".react-flow__node").first).to_be_visible()
    page.keyboard.press("0")
    editor.select(editor.middle_node())
    expect(editor.field("lookback_days").or_(editor.field("start"))).to_be_visible()

    mark = len(watch.frames)
    editor.pan(dx=240, dy=-120, steps=60)
    panned = watch.sent_since(mark)
    node = editor.middle_node()
    before = editor.positions()[node]
    mark = len(watch.frames)
    editor.move_node(node, dx=64, dy=48, steps=60)
    editor.expect_revision(2)
    dragged = watch.sent_since(mark)

    assert panned == []
    assert [text for text in dragged if "nodes_moved" in text] != []
    assert len(dragged) <= 3
    assert editor.positions()[node] != before
    # The answer to a drag is a patch of what has moved, and never the whole drawing.
    assert max(len(text) for text in watch.received_since(mark)) < 20_000
