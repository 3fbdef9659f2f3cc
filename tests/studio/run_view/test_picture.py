"""The small picture of a drawing."""

from runtime.graph.document import GraphDocument, GraphEdge, GraphNode, Layout, Position, edge_id
from studio import theme
from studio.run_view.picture import FULL, MAX_BOXES, THUMBNAIL, picture


def document(*wires: tuple[str, str], nodes: str) -> GraphDocument:
    return GraphDocument(
        nodes=tuple(GraphNode(id=name, kind="data.prices" if name == "a" else "no.such") for name in nodes),
        edges=tuple(
            GraphEdge(
                id=edge_id(s, "prices", t, "in"), source=s, source_port="prices", target=t, target_port="in"
            )
            for s, t in wires
        ),
    )


def layout(**places: tuple[float, float]) -> Layout:
    return Layout(positions={node: Position(x=x, y=y) for node, (x, y) in places.items()})


def test_far_apart_and_near_columns_look_the_same() -> None:
    drawn = [
        picture(document(nodes="ab"), layout(a=(0, 0), b=(distance, 0))).boxes
        for distance in (280.0, 5_000.0)
    ]

    assert drawn[0] == drawn[1]
    assert drawn[0][0].x < drawn[0][1].x


def test_nodes_nearly_in_line_stand_in_line() -> None:
    boxes = picture(document(nodes="ab"), layout(a=(0, 0), b=(9, 300))).boxes

    assert boxes[0].x == boxes[1].x
    assert boxes[0].y < boxes[1].y


def test_no_two_boxes_cover_one_another() -> None:
    shown = picture(document(nodes="abc"), layout(a=(0, 0), b=(1, 1), c=(2, 2)))

    assert len({(box.x, box.y) for box in shown.boxes}) == 3


def test_a_drawing_without_positions_is_laid_out_along_its_wires() -> None:
    boxes = {box.node: box for box in picture(document(("a", "b"), ("b", "c"), nodes="cba"), Layout()).boxes}

    assert boxes["a"].x < boxes["b"].x < boxes["c"].x


def test_a_wire_runs_from_the_right_side_to_the_left_side_in_the_colour_of_its_type() -> None:
    shown = picture(document(("a", "b"), nodes="ab"), layout(a=(0, 0), b=(280, 0)), scale=FULL)

    a, b = shown.boxes
    wire = shown.wires[0]
    assert wire.path.startswith(f"M{a.x + shown.box_width:g} {a.y + shown.box_height / 2:g}C")
    assert wire.path.endswith(f" {b.x:g} {b.y + shown.box_height / 2:g}")
    assert wire.color == theme.PORT_COLORS["prices"]


def test_boxes_carry_state_family_and_name() -> None:
    shown = picture(document(nodes="ab"), Layout(), statuses={"a": "completed"})

    a, b = sorted(shown.boxes, key=lambda box: box.node)
    assert (a.status, a.palette, a.name) == ("completed", "cyan", f"{a.label}: completed")
    assert (b.status, b.palette, b.label) == ("", "gray", "no.such")


def test_wires_to_nowhere_are_left_out_and_an_empty_drawing_is_no_error() -> None:
    assert picture(document(("a", "z"), nodes="a"), Layout()).wires == []
    assert picture(document(nodes=""), Layout()).boxes == []


def test_a_huge_drawing_is_cut() -> None:
    nodes = tuple(GraphNode(id=f"n{n}", kind="data.prices") for n in range(MAX_BOXES + 1))

    shown = picture(GraphDocument(nodes=nodes), Layout(), scale=THUMBNAIL)

    assert len(shown.boxes) == MAX_BOXES
    assert shown.name == f"Graph of {MAX_BOXES + 1} nodes and 0 wires"
