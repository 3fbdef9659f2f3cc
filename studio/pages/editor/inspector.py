"""The inspector: what is selected, its form, its plugs, and what is wrong with it."""

import reflex as rx

from studio import theme
from studio.canvas.node_card import kind_icon
from studio.components.icon import icon
from studio.components.section import key_hint
from studio.pages.editor.form import ENTER_LEAVES, field_row, option
from studio.pages.editor.shown import EDITOR, SESSION, EventSource, Shown

_VIEW = EDITOR.inspector
_LOCKED = ~SESSION.can_draw


def inspector() -> rx.Component:
    """Return the panel at the right."""
    return rx.el.aside(
        rx.match(
            _VIEW.subject,
            ("node", _node()),
            ("nodes", _several()),
            ("wire", _wire()),
            _nothing(),
        ),
        aria_label="Inspector",
        class_name="as-side as-inspector",
        custom_attrs={"data-testid": "inspector"},
    )


def _node() -> rx.Component:
    return rx.el.div(
        _title(),
        rx.foreach(_VIEW.problems, _whole_problem),
        rx.cond(
            _VIEW.fields.length() > 0,
            rx.el.section(
                rx.el.h3("Settings", class_name="as-family"),
                rx.foreach(_VIEW.fields, field_row),
                class_name="as-section",
            ),
        ),
        rx.cond(
            _VIEW.ports.length() > 0,
            rx.el.section(
                rx.el.h3("Ports", class_name="as-family"),
                rx.foreach(_VIEW.ports, _port),
                class_name="as-section",
            ),
        ),
        _actions(),
        key=_VIEW.node,
    )


def _title() -> rx.Component:
    return rx.el.header(
        rx.el.div(
            kind_icon(_VIEW.icon, size=theme.ICON),
            rx.el.input(
                default_value=_VIEW.title,
                key=_VIEW.key,
                max_length=120,
                read_only=_LOCKED,
                aria_label="Title of the node",
                placeholder=_VIEW.kind_title,
                on_blur=lambda text: EDITOR.renamed(_VIEW.node, text),
                class_name="as-title-input",
                custom_attrs={"data-testid": "node-title", **ENTER_LEAVES},
            ),
            class_name="as-row",
        ),
        rx.el.p(_VIEW.summary, class_name="as-quiet"),
        rx.el.p(_VIEW.kind, " · ", _VIEW.node, class_name="as-mono"),
        class_name="as-section",
    )


def _whole_problem(problem: rx.Var[str]) -> rx.Component:
    return rx.el.p(
        icon("triangle-alert"),
        rx.el.span(problem),
        class_name="as-error-box",
        custom_attrs={"data-testid": "node-error"},
    )


def _port(port: Shown) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.i(class_name=f"as-dot as-port-{port.type}", aria_hidden="true"),
            rx.el.span(port.title),
            rx.el.span(port.type, class_name="as-quiet as-small"),
            rx.el.span(
                rx.cond(
                    port.wired != "",
                    rx.cond(port.side == "in", f"from {port.wired}", f"to {port.wired}"),
                    rx.cond(port.required, "needs a wire", "not wired"),
                ),
                title=port.wired,
                class_name="as-quiet as-end",
            ),
            class_name="as-row as-port-row",
        ),
        rx.cond((port.choices.length() > 0) & SESSION.can_draw, _wire_from(port)),
        key=f"{port.side}-{port.id}",
    )


def _wire_from(port: Shown) -> rx.Component:
    return rx.el.select(
        rx.el.option("Wire from …", value=""),
        rx.foreach(port.choices, option),
        value="",
        aria_label=f"Wire {port.title} from",
        on_change=lambda chosen: EDITOR.wire_chosen(_VIEW.node, port.id, chosen),
        class_name="as-input as-select as-wire-from",
        custom_attrs={"data-testid": f"wire-from-{port.id}"},
    )


def _several() -> rx.Component:
    return rx.el.div(
        rx.el.header(rx.el.h2(_VIEW.count, " selected", class_name="as-head"), class_name="as-section"),
        _actions(),
    )


def _wire() -> rx.Component:
    return rx.el.div(
        rx.el.header(
            rx.el.h2(_VIEW.title, class_name="as-head"),
            rx.el.p(_VIEW.summary, class_name="as-quiet"),
            class_name="as-section",
        ),
        rx.foreach(_VIEW.problems, _whole_problem),
        _actions(duplicate=False),
    )


def _actions(*, duplicate: bool = True) -> rx.Component:
    return rx.cond(
        SESSION.can_draw,
        rx.el.div(
            _button("Duplicate", "copy", "duplicate", EDITOR.duplicate([])) if duplicate else rx.fragment(),
            _button("Delete", "trash-2", "delete", EDITOR.remove_selected),
            class_name="as-section as-row",
        ),
    )


def _button(label: str, symbol: str, test_id: str, handler: EventSource) -> rx.Component:
    return rx.button(
        icon(symbol),
        label,
        size="2",
        variant="soft",
        color_scheme="gray",
        on_click=handler,
        custom_attrs={"data-testid": test_id},
    )


def _nothing() -> rx.Component:
    return rx.el.div(
        rx.el.header(
            rx.el.h2(EDITOR.workflow, class_name="as-head"),
            rx.el.p(
                EDITOR.node_count,
                rx.cond(EDITOR.node_count == 1, " node · revision ", " nodes · revision "),
                EDITOR.revision,
                rx.cond(EDITOR.saved_by != "", f" · last changed by {EDITOR.saved_by}", ""),
                class_name="as-quiet",
            ),
            class_name="as-section",
        ),
        rx.el.section(
            rx.el.p("Select a node to see its settings, ports and problems.", class_name="as-quiet"),
            _hint("Select several", "Shift", "drag"),
            _hint("Duplicate", "Ctrl", "D"),
            _hint("Undo", "Ctrl", "Z"),
            _hint("All shortcuts", "?"),
            class_name="as-section",
        ),
        custom_attrs={"data-testid": "inspector-empty"},
    )


def _hint(label: str, *keys: str) -> rx.Component:
    return rx.el.div(
        rx.el.span(label, class_name="as-quiet"), key_hint(*keys), class_name="as-row as-between as-hint"
    )
