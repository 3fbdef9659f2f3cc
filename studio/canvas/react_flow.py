"""React Flow's components in Python: props, events, and the few hook lines that turn gestures into small events.

The canvas is uncontrolled: it owns nodes and edges, `studio.canvas.bridge` brings the server's patches to it. One
finished gesture is one event; nothing per frame and nothing refused crosses the socket. Every component of this module
must stand below `Provider`, because `RF` is its handle.
"""

from typing import Any, cast

import reflex as rx
from reflex.vars.base import Var
from reflex_base.utils.imports import ImportVar

from studio.canvas.events import MovePayload, PointPayload, ReleasePayload, WirePayload
from studio.canvas.library import LIBRARY, RF, js
from studio.canvas.wires import WIRES_CODE

FAR_ZOOM = 0.5
"""Below this zoom a card shows only icon, title and state."""

CENTRE = js(
    "(() => { const b = document.querySelector('.react-flow')?.getBoundingClientRect();"
    " return b ? rf.screenToFlowPosition({x: b.x + b.width / 2, y: b.y + b.height / 2}) : {x: 0, y: 0}; })()",
    PointPayload,
    RF,
)
"""The middle of what is visible, in canvas pixels, at the time of the event."""

SELECTED = js("rf.getNodes().filter(n => n.selected).map(n => n.id)", list[str], RF)
"""Ids of the selected nodes at the time of the event."""


def _ids(items: Var[Any]) -> list[Var[Any]]:
    return [
        js(f"{items!s}.nodes.map(n => n.id)", list[str]),
        js(f"{items!s}.edges.map(e => e.id)", list[str]),
    ]


def _drop(event: Var[Any]) -> list[Var[Any]]:
    at = f"rf.screenToFlowPosition({{x: {event!s}.clientX, y: {event!s}.clientY}})"
    return [js(f"{event!s}.dataTransfer.getData('text/x-kind')", str), js(at, PointPayload, RF)]


_passed = cast(Any, rx.event.passthrough_event_spec)


class Flow(rx.Component):
    """Base: everything of the library."""

    library = LIBRARY


class Provider(Flow):
    """Holds the canvas's store; palette, keys and canvas stand below it."""

    tag = "ReactFlowProvider"


class Background(Flow):
    """The dotted grid."""

    tag = "Background"

    gap: rx.Var[int]
    size: rx.Var[int]


class Controls(Flow):
    """Zoom in, zoom out, fit."""

    tag = "Controls"

    show_interactive: rx.Var[bool]
    position: rx.Var[str]


class MiniMap(Flow):
    """The whole drawing, small; drag to pan, wheel to zoom."""

    tag = "MiniMap"

    pannable: rx.Var[bool]
    zoomable: rx.Var[bool]
    position: rx.Var[str]
    aria_label: rx.Var[str]


class Handle(Flow):
    """A plug of a node."""

    tag = "Handle"

    type: rx.Var[str]
    position: rx.Var[str]


class Canvas(Flow):
    """The canvas itself."""

    tag = "ReactFlow"

    default_nodes: rx.Var[list[dict[str, Any]]]
    default_edges: rx.Var[list[dict[str, Any]]]
    node_types: rx.Var[dict[str, Any]]
    is_valid_connection: rx.Var[Any]
    nodes_draggable: rx.Var[bool]
    nodes_connectable: rx.Var[bool]
    snap_to_grid: rx.Var[bool]
    snap_grid: rx.Var[list[int]]
    only_render_visible_elements: rx.Var[bool]
    delete_key_code: rx.Var[list[str]]
    color_mode: rx.Var[str]
    min_zoom: rx.Var[float]
    max_zoom: rx.Var[float]
    zoom_on_double_click: rx.Var[bool]
    connection_radius: rx.Var[int]
    node_drag_threshold: rx.Var[int]
    pro_options: rx.Var[dict[str, Any]]
    aria_label_config: rx.Var[dict[str, str]]

    on_moved: rx.EventHandler[_passed(list[MovePayload])]
    """End of a drag of one or many nodes, or of a move by arrow keys."""
    on_connect: rx.EventHandler[_passed(WirePayload)]
    on_delete: rx.EventHandler[_ids]
    on_selection_change: rx.EventHandler[_ids]
    on_released: rx.EventHandler[_passed(ReleasePayload)]
    """A wire was let go over empty canvas."""
    on_asked: rx.EventHandler[_passed(ReleasePayload)]
    """Empty canvas was double-clicked."""
    on_drop: rx.EventHandler[_drop]

    @classmethod
    def create(cls, *children: object, **props: object) -> rx.Component:
        """Return the canvas; the handlers that the hook makes are spread into its props."""
        canvas = super().create(*children, **props)
        canvas.special_props = [js("local")]
        return canvas

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "on_moved", "on_released", "on_asked"]

    def add_imports(self) -> dict[str, Any]:
        """Return the style sheet of the library and what the hook needs."""
        return {
            "": "@xyflow/react/dist/style.css",
            "react": [ImportVar("useCallback")],
            LIBRARY: [ImportVar("useOnViewportChange")],
        }

    def add_custom_code(self) -> list[str]:
        """Return the rules of wires, which the hook uses."""
        return [WIRES_CODE]

    def add_hooks(self) -> list[str | Var[Any]]:
        """Return the handlers that are more than a payload: filters, and looks that must not render anything."""
        return [
            Var(
                f"""const local = {{
  onDragOver: useCallback((e) => {{ e.preventDefault(); e.dataTransfer.dropEffect = 'copy'; }}, []),
  onNodesChange: useCallback((changes) => {{
    const put = changes.filter(c => c.type === 'position' && c.dragging === false && c.position);
    if (put.length) {self._event("on_moved")}(put.map(c => ({{id: c.id, x: c.position.x, y: c.position.y}})));
  }}, []),
  onConnectStart: useCallback((e, p) => {{
    const handle = e.target.closest?.('.react-flow__handle');
    if (handle) handle.closest('.react-flow').dataset.connecting = p.handleType + '-' + handle.dataset.port;
    alphaswarmWires.show(null);
  }}, []),
  onConnectEnd: useCallback((e, s) => {{
    document.querySelectorAll('[data-connecting]').forEach(x => delete x.dataset.connecting);
    const p = e.changedTouches?.[0] ?? e;
    if (s.toHandle && !s.isValid) alphaswarmWires.explain({RF}, s.fromHandle, s.toHandle);
    if (s.fromHandle && !s.toHandle && !s.toNode) {self._event("on_released")}({{node: s.fromNode.id,
      handle: s.fromHandle.id, side: s.fromHandle.type, left: p.clientX, top: p.clientY,
      ...{RF}.screenToFlowPosition({{x: p.clientX, y: p.clientY}})}});
  }}, []),
  onClickConnectEnd: useCallback(() => alphaswarmWires.explainLast(), []),
  onDoubleClick: useCallback((e) => {{
    if (e.target.classList.contains('react-flow__pane')) {self._event("on_asked")}({{node: '', handle: '', side: '', left: e.clientX, top: e.clientY,
      ...{RF}.screenToFlowPosition({{x: e.clientX, y: e.clientY}})}});
  }}, []),
}};
useOnViewportChange({{ onChange: useCallback((v) => document.querySelectorAll('.react-flow').forEach(x => {{
  const far = v.zoom < {FAR_ZOOM};
  if (far !== ('far' in x.dataset)) far ? x.dataset.far = '' : delete x.dataset.far;
}}), []) }});"""
            )
        ]

    def _event(self, name: str) -> Var[Any]:
        return Var.create(self.event_triggers.get(name, Var("(() => {})")))
