"""A small static picture of a drawing: where each box and wire goes. Pure; drawn by `studio.run_view.picture_view`.

The drawing's positions give columns and rows; distances are evened out, so that a wide drawing stays legible in a card.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runtime.catalog import node_kinds
from runtime.graph.document import GraphDocument, GraphNode, Layout, Position
from runtime.graph.tidy import tidy_positions
from studio import theme

COLUMN_GAP = 140.0
"""Canvas pixels: nodes whose left sides are nearer than this stand in one column."""
ROW_GAP = 56.0
_MARGIN = 6.0
MAX_BOXES = 400
"""Of one picture; a larger drawing is opened in the editor."""

FAMILY_COLORS: dict[str, str] = {
    "data": "cyan",
    "quant": "indigo",
    "agents": "orange",
    "decision": "violet",
    "control": "gray",
    "output": "green",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One node, in picture units."""

    node: str
    label: str
    x: float
    y: float
    icon: str
    palette: str
    """Radix palette of the node's family."""
    status: str
    """One of the eight states, or empty."""
    name: str
    """For hover and screen readers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One edge as an SVG path."""

    id: str
    path: str
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that is drawn."""

    width: float
    height: float
    box_width: float
    box_height: float
    boxes: list[Box]
    wires: list[Wire]
    name: str
    """The picture in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large boxes and gaps are, in picture units (CSS pixels at full size)."""

    box_width: float
    box_height: float
    gap_x: float
    gap_y: float


THUMBNAIL = Scale(box_width=44, box_height=26, gap_x=22, gap_y=14)
FULL = Scale(box_width=148, box_height=34, gap_x=44, gap_y=16)


def picture(
    document: GraphDocument,
    layout: Layout,
    *,
    scale: Scale = THUMBNAIL,
    statuses: Mapping[str, str] | None = None,
) -> Picture:
    """Return the picture of a drawing; nodes without a position are laid out as `Tidy` would."""
    nodes = document.nodes[:MAX_BOXES]
    places = _grid(_positions(document, layout, nodes))
    corner = {node: _corner(place, scale) for node, place in places.items()}
    wide = max((x for x, _ in corner.values()), default=0.0) + scale.box_width
    high = max((y for _, y in corner.values()), default=0.0) + scale.box_height
    boxes = [_box(node, corner[node.id], (statuses or {}).get(node.id, "")) for node in nodes]
    return Picture(
        width=wide + _MARGIN,
        height=high + _MARGIN,
        box_width=scale.box_width,
        box_height=scale.box_height,
        boxes=boxes,
        wires=_wires(document, corner, scale),
        name=f"Graph of {len(document.nodes)} nodes and {len(document.edges)} wires",
    )


def _positions(document: GraphDocument, layout: Layout, nodes: Sequence[GraphNode]) -> dict[str, Position]:
    known = layout.positions
    if all(node.id in known for node in nodes):
        return {node.id: known[node.id] for node in nodes}
    tidied = tidy_positions(document)
    return {node.id: tidied[node.id] for node in nodes}


def _grid(positions: Mapping[str, Position]) -> dict[str, tuple[float, float]]:
    columns = _bands([place.x for place in positions.values()], COLUMN_GAP)
    rows = _bands([place.y for place in positions.values()], ROW_GAP)
    taken: set[tuple[float, float]] = set()
    grid: dict[str, tuple[float, float]] = {}
    for node, place in sorted(positions.items(), key=lambda item: (item[1].x, item[1].y, item[0])):
        cell = (float(_band(place.x, columns)), float(_band(place.y, rows)))
        while cell in taken:
            cell = (cell[0], cell[1] + 1)
        taken.add(cell)
        grid[node] = cell
    return grid


def _bands(values: Sequence[float], gap: float) -> list[float]:
    """Return where each band of near values begins, ascending."""
    starts: list[float] = []
    for value in sorted(values):
        if not starts or value - starts[-1] >= gap:
            starts.append(value)
    return starts


def _band(value: float, starts: Sequence[float]) -> int:
    return bisect_right(starts, value) - 1


def _corner(place: tuple[float, float], scale: Scale) -> tuple[float, float]:
    column, row = place
    return (
        _MARGIN + column * (scale.box_width + scale.gap_x),
        _MARGIN + row * (scale.box_height + scale.gap_y),
    )


def titles_of(document: GraphDocument) -> dict[str, str]:
    """Return what each node is called: its own title, else its kind's."""
    return {node.id: _title(node) for node in document.nodes}


def _title(node: GraphNode) -> str:
    kind = node_kinds().get(node.kind)
    return node.title or (kind.title if kind else node.kind)


def _box(node: GraphNode, corner: tuple[float, float], status: str) -> Box:
    kind = node_kinds().get(node.kind)
    label = _title(node)
    return Box(
        node=node.id,
        label=label,
        x=corner[0],
        y=corner[1],
        icon=kind.icon if kind else "circle-help",
        palette=FAMILY_COLORS[kind.family] if kind else "gray",
        status=status,
        name=f"{label}: {status}" if status else label,
    )


def _wires(document: GraphDocument, corner: Mapping[str, tuple[float, float]], scale: Scale) -> list[Wire]:
    kinds = {node.id: node.kind for node in document.nodes}
    return [
        Wire(
            id=edge.id,
            path=_curve(corner[edge.source], corner[edge.target], scale),
            color=_wire_color(kinds[edge.source], edge.source_port),
        )
        for edge in document.edges
        if edge.source in corner and edge.target in corner
    ]


def _curve(source: tuple[float, float], target: tuple[float, float], scale: Scale) -> str:
    x1, y1 = source[0] + scale.box_width, source[1] + scale.box_height / 2
    x2, y2 = target[0], target[1] + scale.box_height / 2
    reach = max(scale.gap_x * 0.6, abs(x2 - x1) / 2)
    return f"M{x1:g} {y1:g}C{x1 + reach:g} {y1:g} {x2 - reach:g} {y2:g} {x2:g} {y2:g}"


def _wire_color(kind_id: str, port_id: str) -> str:
    kind = node_kinds().get(kind_id)
    port = kind.output(port_id) if kind else None
    return theme.PORT_COLORS[port.type] if port and port.type != "any" else theme.BORDER_STRONG
