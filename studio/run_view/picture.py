"""A small static picture of a drawing: where each box and wire goes. Pure; drawn by `studio.run_view.picture_view`.

The drawing's positions give columns and rows; distances are evened out, so that a wide drawing stays legible in a card.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runtime.catalog import node_kinds
from runtime.graph.document import GraphDocument, GraphNode, Layout, Position
from runtime.graph.inline import inlined
from runtime.graph.kinds import kinds_of
from runtime.graph.tidy import tidy_positions
from runtime.node import NodeKind
from studio import theme

COLUMN_GAP = 140.0
"""Canvas pixels: nodes whose left sides are nearer than this stand in one column."""
ROW_GAP = 56.0
_MARGIN = 6
ICON = 14
"""Side of a kind's icon, in picture units."""
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
    short: str
    """The label, cut to the box."""
    x: int
    y: int
    text_x: int
    text_y: int
    mark: str
    """SVG transform that puts a 14 px icon in its place."""
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

    width: int
    height: int
    box_width: int
    box_height: int
    boxes: list[Box]
    wires: list[Wire]
    name: str
    """The picture in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large boxes and gaps are, in picture units (CSS pixels at full size)."""

    box_width: int
    box_height: int
    gap_x: int
    gap_y: int
    letters: int
    """Of a label; 0 draws the icon alone, in the middle."""


THUMBNAIL = Scale(box_width=44, box_height=26, gap_x=22, gap_y=14, letters=0)
FULL = Scale(box_width=148, box_height=34, gap_x=44, gap_y=16, letters=18)


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
    wide = max((x for x, _ in corner.values()), default=0) + scale.box_width
    high = max((y for _, y in corner.values()), default=0) + scale.box_height
    boxes = [_box(node, corner[node.id], scale, (statuses or {}).get(node.id, "")) for node in nodes]
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


def _grid(positions: Mapping[str, Position]) -> dict[str, tuple[int, int]]:
    columns = _bands([place.x for place in positions.values()], COLUMN_GAP)
    rows = _bands([place.y for place in positions.values()], ROW_GAP)
    taken: set[tuple[int, int]] = set()
    grid: dict[str, tuple[int, int]] = {}
    for node, place in sorted(positions.items(), key=lambda item: (item[1].x, item[1].y, item[0])):
        cell = (_band(place.x, columns), _band(place.y, rows))
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


def _corner(place: tuple[int, int], scale: Scale) -> tuple[int, int]:
    column, row = place
    return (
        _MARGIN + column * (scale.box_width + scale.gap_x),
        _MARGIN + row * (scale.box_height + scale.gap_y),
    )


def titles_of(document: GraphDocument) -> dict[str, str]:
    """Return what each node is called, those inside of subflows too: its own title, else its kind's."""
    return {node.id: _title(node) for node in (*document.nodes, *inlined(document).document.nodes)}


def _title(node: GraphNode) -> str:
    kind = node_kinds().get(node.kind)
    return node.title or (kind.title if kind else node.kind)


def _box(node: GraphNode, corner: tuple[int, int], scale: Scale, status: str) -> Box:
    kind = node_kinds().get(node.kind)
    label = _title(node)
    x, y = corner
    mark_x = x + 8 if scale.letters else x + (scale.box_width - ICON) // 2
    return Box(
        node=node.id,
        label=label,
        short=label if len(label) <= scale.letters else f"{label[: max(scale.letters - 1, 0)]}…",
        x=x,
        y=y,
        text_x=x + 28,
        text_y=y + scale.box_height // 2 + 4,
        mark=f"translate({mark_x} {y + (scale.box_height - ICON) // 2})",
        icon=kind.icon if kind else "circle-help",
        palette=FAMILY_COLORS[kind.family] if kind else "gray",
        status=status,
        name=f"{label}: {status}" if status else label,
    )


def _wires(document: GraphDocument, corner: Mapping[str, tuple[int, int]], scale: Scale) -> list[Wire]:
    kinds = kinds_of(document)
    return [
        Wire(
            id=edge.id,
            path=_curve(corner[edge.source], corner[edge.target], scale),
            color=_wire_color(kinds.get(edge.source), edge.source_port),
        )
        for edge in document.edges
        if edge.source in corner and edge.target in corner
    ]


def _curve(source: tuple[int, int], target: tuple[int, int], scale: Scale) -> str:
    x1, y1 = source[0] + scale.box_width, source[1] + scale.box_height / 2
    x2, y2 = target[0], target[1] + scale.box_height / 2
    reach = max(scale.gap_x * 0.6, abs(x2 - x1) / 2)
    return f"M{x1:g} {y1:g}C{x1 + reach:g} {y1:g} {x2 - reach:g} {y2:g} {x2:g} {y2:g}"


def _wire_color(kind: type[NodeKind] | None, port_id: str) -> str:
    port = kind.output(port_id) if kind else None
    return theme.PORT_COLORS[port.type] if port and port.type != "any" else theme.BORDER_STRONG
