"""Small drawings of real node kinds for the tests of canvas and editor."""

from runtime.graph.document import GraphDocument, Layout
from runtime.graph.drawing import Change, Drawing
from runtime.graph.edits import AddNode, Connect, Edit


def drawn(*edits: Edit, start: Drawing | None = None) -> Drawing:
    """Return the drawing after these edits."""
    drawing = start or Drawing()
    for edit in edits:
        drawing = edit.applied_to(drawing)
    return drawing


def changed(drawing: Drawing, edit: Edit) -> tuple[Drawing, Change]:
    """Return the drawing after an edit, and what it changed."""
    after = edit.applied_to(drawing)
    return after, Change.between(drawing, after)


def node(kind: str, node_id: str, x: float = 0, y: float = 0) -> AddNode:
    """Return the edit that adds a node."""
    return AddNode(kind=kind, node_id=node_id, x=x, y=y)


def wire(source: str, source_port: str, target: str, target_port: str) -> Connect:
    """Return the edit that draws a wire."""
    return Connect(source=source, source_port=source_port, target=target, target_port=target_port)


def momentum_drawing() -> Drawing:
    """Return prices wired to momentum."""
    return drawn(
        node("data.prices", "prices"),
        node("quant.momentum", "momentum", x=280),
        wire("prices", "prices", "momentum", "prices"),
    )


def foreign_drawing() -> Drawing:
    """Return a drawing with a kind that nobody knows, wired on both sides, and no positions."""
    document = GraphDocument.parse(
        {
            "nodes": [
                {"id": "prices", "kind": "data.prices"},
                {"id": "alien", "kind": "alien.kind", "config": {"deep": [1]}},
                {"id": "momentum", "kind": "quant.momentum"},
            ],
            "edges": [
                {
                    "id": "e1",
                    "source": "prices",
                    "source_port": "prices",
                    "target": "alien",
                    "target_port": "x",
                },
                {
                    "id": "e2",
                    "source": "alien",
                    "source_port": "y",
                    "target": "momentum",
                    "target_port": "prices",
                },
                {
                    "id": "e3",
                    "source": "gone",
                    "source_port": "y",
                    "target": "momentum",
                    "target_port": "prices",
                },
            ],
        }
    )
    return Drawing(document=document, layout=Layout())
