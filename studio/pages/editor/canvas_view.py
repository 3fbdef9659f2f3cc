"""The canvas of the editor with everything that lies on it: grid, map, zoom, wire hint, empty state."""

import reflex as rx

from runtime.graph.edits import GRID
from studio import routes, theme
from studio.canvas.bridge import Bridge
from studio.canvas.node_card import NODE_TYPES
from studio.canvas.react_flow import CENTRE, Background, Canvas, Controls, MiniMap
from studio.canvas.wires import IS_VALID_CONNECTION, WireHint
from studio.components.icon import icon
from studio.components.section import key_hint
from studio.pages.editor.shown import EDITOR, SESSION, EventSource
from studio.pages.editor.state import MANY

FIRST_KIND = "data.prices"
_LABELS = {
    "node.a11yDescription.default": "Enter selects the node; Delete removes it.",
    "node.a11yDescription.keyboardDisabled": "Arrows move the node, Delete removes it, Escape leaves it.",
    "edge.a11yDescription.default": "Enter selects the wire, Delete removes it.",
}


def canvas_view(*feeds: rx.Component) -> rx.Component:
    """Return the canvas; `feeds` are what brings states of a run to the cards."""
    may = SESSION.can_draw
    return rx.el.div(
        Canvas.create(
            Bridge.create(
                patch=EDITOR.patch, on_need_snapshot=EDITOR.snapshot, on_taken=EDITOR.drawing_taken
            ),
            *feeds,
            Background.create(gap=2 * GRID, size=1),
            MiniMap.create(
                pannable=True, zoomable=True, position="bottom-right", aria_label="Map of the drawing"
            ),
            Controls.create(show_interactive=False, position="bottom-left"),
            default_nodes=[],
            default_edges=[],
            node_types=NODE_TYPES,
            color_mode=rx.style.resolved_color_mode,
            is_valid_connection=IS_VALID_CONNECTION,
            nodes_draggable=may,
            nodes_connectable=may,
            snap_to_grid=True,
            snap_grid=[GRID, GRID],
            only_render_visible_elements=EDITOR.node_count > MANY,
            delete_key_code=rx.cond(may, ["Delete", "Backspace"], []),
            min_zoom=0.1,
            max_zoom=2,
            zoom_on_double_click=False,
            connection_radius=24,
            node_drag_threshold=2,
            pro_options={"hideAttribution": True},
            aria_label_config=_LABELS,
            on_moved=EDITOR.nodes_moved,
            on_connect=EDITOR.wire_drawn,
            on_delete=EDITOR.removed,
            on_selection_change=EDITOR.selected.debounce(120),
            on_released=EDITOR.wire_released,
            on_asked=EDITOR.canvas_asked,
            on_drop=EDITOR.kind_dropped,
            custom_attrs={"data-testid": "canvas", "aria-label": "Drawing"},
        ),
        WireHint.create(),
        rx.cond(EDITOR.node_count == 0, _empty()),
        class_name="as-canvas",
    )


def _empty() -> rx.Component:
    return rx.el.div(
        rx.el.h2("An empty canvas", class_name="as-head"),
        rx.el.p(
            "A workflow starts with data, computes signals, and ends in a report or in paper orders.",
            class_name="as-quiet",
        ),
        rx.el.div(
            _choice(
                "layout-template",
                "Start from a template",
                "Ready workflows over real prices; opening one makes your own copy.",
                "empty-template",
                rx.redirect(routes.GALLERY),
            ),
            _choice(
                "chart-candlestick",
                "Add prices first",
                "Daily closes of the market data, the start of nearly every workflow.",
                "empty-first",
                EDITOR.kind_added(FIRST_KIND, CENTRE),
            ),
            _choice(
                "search",
                "Choose a node",
                "Every kind, by name; type a word and press Enter.",
                "empty-choose",
                EDITOR.any_asked(CENTRE),
            ),
            class_name="as-choices",
        ),
        rx.el.p(
            "Drag from the palette, or double-click anywhere. All shortcuts: ",
            key_hint("?"),
            class_name="as-quiet as-row",
        ),
        class_name="as-empty",
        custom_attrs={"data-testid": "canvas-empty"},
    )


def _choice(symbol: str, title: str, text: str, test_id: str, handler: EventSource) -> rx.Component:
    return rx.el.button(
        icon(symbol, size=20, color=theme.ACCENT_INK),
        rx.el.span(title, class_name="as-choice-title"),
        rx.el.span(text, class_name="as-quiet"),
        type="button",
        disabled=~SESSION.can_draw,
        on_click=handler,
        class_name="as-choice",
        custom_attrs={"data-testid": test_id},
    )
