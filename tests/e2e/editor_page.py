"""The editor as the tests use it: what a person does there, and what they read there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import FloatRect, Locator, Page, expect

Position = tuple[float, float]
_TRANSLATE = re.compile(r"translate\((-?[\d.]+)px, ?(-?[\d.]+)px\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorPage:
    """One open editor."""

    page: Page

    @classmethod
    def open(cls, page: Page, name: str, *, nodes: int) -> EditorPage:
        """Open a workflow's editor and wait until it shows so many nodes."""
        page.goto(f"/studio/{name}")
        editor = cls(page=page)
        editor.expect_nodes(nodes)
        return editor

    @property
    def canvas(self) -> Locator:
        """The drawing area."""
        return self.page.get_by_test_id("canvas")

    def node(self, node: str) -> Locator:
        """The card of a node."""
        return self.page.get_by_test_id(f"node-{node}")

    def handle(self, node: str, side: str, port: str) -> Locator:
        """The plug of a port; `side` is `in` or `out`."""
        return self.page.get_by_test_id(f"handle-{node}-{side}-{port}")

    def field(self, name: str) -> Locator:
        """A field of the inspector."""
        return self.page.get_by_test_id(f"field-{name}")

    def expect_nodes(self, count: int) -> None:
        """Wait until the drawing has so many nodes."""
        expect(self.canvas).to_be_visible()
        expect(self.page.locator(".react-flow__node")).to_have_count(count)

    def expect_wires(self, count: int) -> None:
        """Wait until the drawing has so many wires."""
        expect(self.page.locator(".react-flow__edge")).to_have_count(count)

    def node_ids(self) -> set[str]:
        """Return the ids of the nodes on the canvas."""
        cards = self.page.locator(".react-flow__node").all()
        return {card.get_attribute("data-id") or "" for card in cards}

    def wires(self) -> set[str]:
        """Return the ids of the wires on the canvas."""
        drawn = self.page.locator(".react-flow__edge").all()
        return {each.get_attribute("data-id") or "" for each in drawn}

    def positions(self) -> dict[str, Position]:
        """Return where each node stands, in canvas pixels."""
        found = self.page.locator(".react-flow__node").evaluate_all(
            "nodes => nodes.map(n => [n.dataset.id, n.style.transform])"
        )
        return {node: _position(transform) for node, transform in found}

    def revision(self) -> int:
        """Return the revision that the header names, once everything is saved."""
        self.expect_saved()
        text = self.page.get_by_test_id("revision").inner_text()
        return int(re.sub(r"\D", "", text))

    def expect_saved(self) -> None:
        """Wait until the header says that everything is saved."""
        expect(self.page.get_by_test_id("saved-state")).to_have_attribute("data-saved", "saved")

    def expect_revision(self, revision: int) -> None:
        """Wait until the drawing is saved as this revision."""
        expect(self.page.get_by_test_id("revision")).to_have_text(re.compile(rf"\b{revision}$"))
        self.expect_saved()

    def add_by_click(self, kind: str) -> str:
        """Click a kind in the palette; return the id of the new node."""
        before = self.node_ids()
        self.page.get_by_test_id(f"palette-item-{kind}").click()
        return self._added(before)

    def add_by_enter(self, words: str) -> str:
        """Filter the palette and press Enter; return the id of the new node. The filter is emptied again."""
        before = self.node_ids()
        search = self.page.get_by_test_id("palette-search")
        search.fill(words)
        expect(self.page.locator("[data-testid^=palette-item-]")).to_have_count(1)
        search.press("Enter")
        added = self._added(before)
        search.fill("")
        return added

    def drag_from_palette(self, kind: str, *, x: float, y: float) -> str:
        """Drag a kind onto the canvas, to a place in pixels from its top left; return the id of the new node."""
        before = self.node_ids()
        item = self.page.get_by_test_id(f"palette-item-{kind}")
        item.drag_to(self.canvas, target_position={"x": x, "y": y})
        return self._added(before)

    def draw_wire(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Pull a wire from an output to an input, each as (node, port), and let it go there."""
        self._pull_wire(source, target)
        self.page.mouse.up()

    def move_node(self, node: str, *, dx: float, dy: float, steps: int = 12) -> None:
        """Drag a card by so many pixels of the screen; its tab comes to the front, as others get few frames."""
        self.page.bring_to_front()
        box = _box(self.node(node))
        x, y = box["x"] + box["width"] / 2, box["y"] + 12
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx, y + dy, steps=steps)
        self.page.mouse.up()

    def middle_node(self) -> str:
        """Return the id of the node that stands nearest to the middle of the canvas."""
        box = _box(self.canvas)
        x, y = _middle(box)
        return str(
            self.page.locator(".react-flow__node").evaluate_all(
                """(nodes, [x, y]) => nodes.map(n => [n.dataset.id, n.getBoundingClientRect()])
                    .map(([id, b]) => [id, Math.hypot(b.x + b.width / 2 - x, b.y + b.height / 2 - y)])
                    .sort((a, b) => a[1] - b[1])[0][0]""",
                [x, y],
            )
        )

    def pan(self, *, dx: float, dy: float, steps: int = 30) -> None:
        """Drag the empty canvas, from its lower left."""
        box = _box(self.canvas)
        x, y = box["x"] + 90, box["y"] + box["height"] - 30
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx, y + dy, steps=steps)
        self.page.mouse.up()

    def select(self, node: str) -> None:
        """Click a card; the inspector shows it."""
        box = _box(self.node(node))
        self.node(node).click(position={"x": box["width"] / 2, "y": min(12, box["height"] / 3)})

    def type_into(self, field: str, text: str) -> None:
        """Fill a field of the inspector and leave it."""
        self.field(field).fill(text)
        self.field(field).blur()

    def press_undo(self) -> None:
        """Press the button that takes the last change back."""
        self.page.get_by_test_id("undo").click()

    def press_redo(self) -> None:
        """Press the button that makes it again."""
        self.page.get_by_test_id("redo").click()

    def let_wire_go(self, source: tuple[str, str], *, dx: float, dy: float) -> None:
        """Pull a wire out of an output, as (node, port), and let it go so many pixels further on."""
        x, y = _middle(_box(self.handle(source[0], "out", source[1])))
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx, y + dy, steps=10)
        self.page.mouse.up()

    def expect_no_problems(self) -> None:
        """Wait until the drawing has nothing to mend."""
        expect(self.page.get_by_test_id("check")).to_have_attribute("data-problems", "0")

    def expect_problem(self, code: str) -> Locator:
        """Wait for a problem with this code in the problems panel; return its row."""
        self.page.get_by_test_id("tab-problems").click()
        row = self.page.locator(f"[data-testid^=problem-][data-code={code}]").first
        expect(row).to_be_visible()
        return row

    def start_run(self) -> str:
        """Press Run; return the id of the run once the status bar links to it."""
        link = self.page.get_by_test_id("run-link")
        before = link.get_attribute("href") if link.count() else ""
        self.page.get_by_test_id("run").click()
        expect(link).not_to_have_attribute("href", before or "-")
        return (link.get_attribute("href") or "").rpartition("/")[2]

    def states(self) -> dict[str, str]:
        """Return the state each card shows."""
        found = self.page.locator(".as-card").evaluate_all(
            "cards => cards.map(c => [c.dataset.testid.slice(5), c.dataset.state ?? ''])"
        )
        return dict(found)

    def _added(self, before: set[str]) -> str:
        self.expect_nodes(len(before) + 1)
        (added,) = self.node_ids() - before
        return added

    def _pull_wire(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        start, end = (
            _box(self.handle(node, side, port)) for (node, port), side in ((source, "out"), (target, "in"))
        )
        self.page.mouse.move(*_middle(start))
        self.page.mouse.down()
        self.page.mouse.move(*_middle(end), steps=10)


def _position(transform: str) -> Position:
    found = _TRANSLATE.search(transform)
    assert found, f"a node without a place: {transform!r}"
    return float(found[1]), float(found[2])


def _box(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box, "what is to be pointed at is not on the screen"
    return box


def _middle(box: FloatRect) -> Position:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
