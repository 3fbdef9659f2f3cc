"""What React Flow gets of a drawing, and that patches keep it equal to the drawing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from runtime.catalog import node_kinds
from runtime.graph.document import GraphDocument, edge_id
from runtime.graph.drawing import Change, Drawing
from runtime.graph.edits import Configure, Duplicate, Edit, Move, Remove, Rename, Tidy
from runtime.graph.issue import Issue
from runtime.graph.validate import validate
from runtime.library import shipped
from studio.canvas.projection import (
    HEADER,
    WIDTH,
    Op,
    config_line,
    flow_edge,
    flow_node,
    focus,
    marks,
    patch,
    reset,
    select,
)
from studio.canvas.scene import Scene, scene
from tests.studio.canvas.drawings import changed, drawn, foreign_drawing, momentum_drawing, node, wire


def seen(drawing: Drawing) -> Scene:
    return scene(drawing, validate(drawing.document))


@dataclass
class BrowserCanvas:
    """The bridge's own steps, in Python: what the browser holds after each patch."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    edges: dict[str, Any] = field(default_factory=dict[str, Any])

    def take(self, ops: list[Op]) -> None:
        for op in ops:
            getattr(self, f"_{op['op']}")(op)

    def _reset(self, op: Mapping[str, Any]) -> None:
        self.nodes = {each["id"]: dict(each) for each in op["nodes"]}
        self.edges = {each["id"]: each for each in op["edges"]}

    def _put(self, op: Mapping[str, Any]) -> None:
        self.nodes |= {each["id"]: dict(each) for each in op["nodes"]}
        self.edges |= {each["id"]: each for each in op["edges"]}

    def _del(self, op: Mapping[str, Any]) -> None:
        gone = set(op["nodes"])
        self.nodes = {key: each for key, each in self.nodes.items() if key not in gone}
        self.edges = {
            key: each
            for key, each in self.edges.items()
            if key not in op["edges"] and each["source"] not in gone and each["target"] not in gone
        }

    def _draw(self, op: Mapping[str, Any]) -> None:
        for key, part in op["nodes"].items():
            self.nodes[key] |= part

    def _move(self, op: Mapping[str, Any]) -> None:
        for key, position in op["nodes"].items():
            self.nodes[key]["position"] = position

    def shows(self, view: Scene) -> bool:
        whole = BrowserCanvas()
        whole.take([reset(view, fit=False)])
        return (self.nodes, self.edges) == (whole.nodes, whole.edges)


def test_a_node_comes_with_its_catalogue_entry() -> None:
    card = flow_node(seen(momentum_drawing()), "momentum")["data"]

    assert (card["title"], card["icon"], card["known"]) == ("Momentum", "trending-up", True)
    assert [port["type"] for port in card["ins"]] == ["prices"]
    assert [port["type"] for port in card["outs"]] == ["signals"]


@pytest.mark.parametrize("kind", node_kinds())
def test_every_kind_fits_its_card(kind: str) -> None:
    shown = flow_node(seen(drawn(node(kind, "it"))), "it")
    rows = max(len(shown["data"]["ins"]), len(shown["data"]["outs"]))

    assert shown["width"] == WIDTH
    assert shown["height"] >= HEADER + rows * 20
    assert shown["data"]["line"]
    json.dumps(shown)


def test_a_wire_is_coloured_by_what_it_carries() -> None:
    view = seen(momentum_drawing())

    assert flow_edge(view, next(iter(view.edges)))["className"] == "as-wire as-wire-prices"


def test_a_wire_id_is_the_one_the_browser_makes() -> None:
    assert list(seen(momentum_drawing()).edges) == [edge_id("prices", "prices", "momentum", "prices")]
    assert edge_id("a", "o", "b", "i") == "xy-edge__ao-bi"


def test_an_unknown_kind_stays_with_the_ports_that_wires_know() -> None:
    view = seen(foreign_drawing())
    card = flow_node(view, "alien")["data"]

    assert (card["known"], card["level"]) == (False, "error")
    assert [port["id"] for port in card["ins"]] == ["x"]
    assert [port["id"] for port in card["outs"]] == ["y"]


def test_a_wire_to_a_node_that_is_not_there_is_not_drawn() -> None:
    assert set(seen(foreign_drawing()).edges) == {"e1", "e2"}


def test_nodes_without_a_position_get_one_and_no_two_the_same() -> None:
    places = [
        json.dumps(flow_node(seen(foreign_drawing()), key)["position"])
        for key in ("prices", "alien", "momentum")
    ]

    assert len(set(places)) == 3


def test_of_two_nodes_with_one_id_the_first_is_drawn() -> None:
    document = GraphDocument.parse(
        {"nodes": [{"id": "a", "kind": "data.prices"}, {"id": "a", "kind": "quant.momentum"}]}
    )

    view = seen(Drawing(document=document))

    assert [flow_node(view, key)["data"]["kind"] for key in view.nodes] == ["data.prices"]


def test_problems_are_counted_and_the_worst_one_colours() -> None:
    def issue(severity: Any) -> Issue:
        return Issue(code="G102", severity=severity, message="m", fix="f", node="momentum")

    view = scene(momentum_drawing(), [issue("warning"), issue("error"), issue("warning")])

    assert flow_node(view, "momentum")["data"]["problems"] == 3
    assert flow_node(view, "momentum")["data"]["level"] == "error"
    assert flow_node(view, "prices")["data"]["level"] == ""


@pytest.mark.parametrize(
    ("kind", "config", "line"),
    [
        ("quant.momentum", {}, "time series · Look back 252 days"),
        (
            "quant.momentum",
            {"method": "cross_section", "lookback_days": 20},
            "cross section · Look back 20 days",
        ),
        ("data.prices", {}, ""),
        ("data.prices", {"symbols": ["AAPL", "JNJ"], "start": "2015-01-02"}, "AAPL, JNJ · 2015-01-02"),
        ("data.prices", {"symbols": ["A", "B", "C", "D"]}, "Symbols 4"),
    ],
)
def test_the_card_shows_the_config_that_matters(kind: str, config: dict[str, Any], line: str) -> None:
    assert config_line(node_kinds()[kind], config) == line


def test_only_what_shows_more_than_itself_is_marked() -> None:
    view = scene(momentum_drawing(), [])

    assert marks(view) == {}


EDITS: list[tuple[str, Edit]] = [
    ("add", node("output.report", "report", x=560)),
    ("connect", wire("prices", "prices", "momentum_2", "prices")),
    ("move", Move(positions={"momentum": (800, 80)})),
    ("configure", Configure(node="momentum", field="lookback_days", value="nonsense")),
    ("rename", Rename(node="momentum", title="Trend")),
    ("remove node", Remove(nodes=("prices",))),
    ("remove wire", Remove(edges=(edge_id("prices", "prices", "momentum", "prices"),))),
    ("duplicate", Duplicate(nodes=("prices", "momentum"))),
    ("tidy", Tidy()),
]


def busy_drawing() -> Drawing:
    """Return a drawing with problems, a join whose type comes from upstream, and a loose node."""
    return drawn(
        node("quant.momentum", "momentum_2", y=200),
        node("control.join", "join", x=560),
        node("output.report", "end", x=840),
        wire("momentum", "signals", "join", "values"),
        wire("join", "value", "end", "signals"),
        start=momentum_drawing(),
    )


@pytest.mark.parametrize("edit", [edit for _, edit in EDITS], ids=[name for name, _ in EDITS])
def test_a_patch_leaves_the_canvas_as_a_reset_would(edit: Edit) -> None:
    before = busy_drawing()
    after, change = changed(before, edit)
    canvas = BrowserCanvas()
    canvas.take([reset(seen(before), fit=True)])

    canvas.take(patch(seen(after), change, marks(seen(before)), marks(seen(after))))

    assert canvas.shows(seen(after))


@pytest.mark.parametrize("edit", [edit for _, edit in EDITS], ids=[name for name, _ in EDITS])
def test_the_patch_of_an_undo_brings_the_canvas_back(edit: Edit) -> None:
    before = busy_drawing()
    after, change = changed(before, edit)
    canvas = BrowserCanvas()
    canvas.take([reset(seen(after), fit=True)])

    canvas.take(patch(seen(before), change.inverted(), marks(seen(after)), marks(seen(before))))

    assert canvas.shows(seen(before))


def test_a_whole_session_of_patches_keeps_the_canvas_true() -> None:
    drawing = Drawing()
    canvas, before = BrowserCanvas(), marks(seen(drawing))
    for edit in (
        node("data.prices", "prices"),
        node("quant.momentum", "momentum"),
        node("control.join", "join"),
        node("output.report", "report"),
        wire("join", "value", "report", "signals"),
        wire("prices", "prices", "momentum", "prices"),
        wire("momentum", "signals", "join", "values"),
        Configure(node="momentum", field="lookback_days", value=1),
        Remove(nodes=("prices",)),
        Remove(nodes=("join",)),
    ):
        drawing, change = changed(drawing, edit)
        after = marks(seen(drawing))
        canvas.take(patch(seen(drawing), change, before, after))
        before = after
        assert canvas.shows(seen(drawing)), edit


def test_moving_one_of_many_nodes_sends_that_node_only() -> None:
    before = drawn(*(node("data.prices", f"n{i}", x=280 * i) for i in range(40)))
    after, change = changed(before, Move(positions={"n7": (8, 800)}))

    ops = patch(seen(after), change, marks(seen(before)), marks(seen(after)))

    assert ops == [{"op": "move", "nodes": {"n7": {"x": 8, "y": 800}}}]


def test_nothing_changed_sends_nothing() -> None:
    view = seen(momentum_drawing())

    assert patch(view, Change(), marks(view), marks(view)) == []


def test_wiring_a_join_recolours_what_comes_out_of_it() -> None:
    before = drawn(
        node("control.join", "join", x=560), node("output.report", "end", x=840), start=momentum_drawing()
    )
    before = drawn(wire("join", "value", "end", "signals"), start=before)
    after, change = changed(before, wire("momentum", "signals", "join", "values"))
    canvas = BrowserCanvas()
    canvas.take([reset(seen(before), fit=False)])

    canvas.take(patch(seen(after), change, marks(seen(before)), marks(seen(after))))

    assert canvas.edges[edge_id("join", "value", "end", "signals")]["className"] == "as-wire as-wire-signals"


def test_selecting_and_focusing_name_the_nodes() -> None:
    assert select(("a", "b")) == {"op": "select", "nodes": ["a", "b"]}
    assert focus("a") == {"op": "focus", "nodes": ["a"]}


@pytest.mark.parametrize("entry", shipped(), ids=lambda entry: entry.spec.name)
def test_every_shipped_workflow_is_drawn_whole(entry: Any) -> None:
    document = GraphDocument.parse(entry.spec.params["graph"])

    op = reset(seen(Drawing(document=document, layout=entry.layout)), fit=True)

    assert len(op["nodes"]) == len(document.nodes)
    assert len(op["edges"]) == len(document.edges)
    json.dumps(op, allow_nan=False)
