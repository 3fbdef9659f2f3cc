"""The inspector: what is selected, its form, its plugs, and what is wrong with it."""

from typing import Any, cast

import reflex as rx
from reflex.vars.base import Var

from studio import theme
from studio.canvas.node_card import kind_icon
from studio.components.icon import icon
from studio.components.section import key_hint
from studio.pages.editor.shown import EDITOR, SESSION, EventSource, Shown

_VIEW = EDITOR.inspector
_LOCKED = ~SESSION.can_draw
_make_input: Any = rx.el.input
TYPING_PAUSE = 350
"""Milliseconds without a key after which a field is stored; leaving it stores at once."""


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
                rx.foreach(_VIEW.fields, _field),
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
                custom_attrs={"data-testid": "node-title", **_ENTER_LEAVES},
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


def _field(view: Shown) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.label(view.title, html_for=f"field-{view.name}", class_name="as-label"),
            rx.cond(
                view.is_default | _LOCKED,
                rx.fragment(),
                rx.el.button(
                    icon("rotate-ccw", size=12),
                    type="button",
                    title="Set back to the default",
                    aria_label=f"Set {view.title} back to its default",
                    on_click=EDITOR.field_reset(_VIEW.node, view.name),
                    class_name="as-mini",
                    custom_attrs={"data-testid": f"field-reset-{view.name}"},
                ),
            ),
            class_name="as-row as-between",
        ),
        _control(view),
        rx.cond(
            view.error != "",
            rx.el.p(
                view.error,
                id=f"field-error-{view.name}",
                role="alert",
                class_name="as-field-error",
                custom_attrs={"data-testid": f"field-error-{view.name}"},
            ),
        ),
        rx.cond(
            (view.help != "") | (view.bounds != ""),
            rx.el.p(
                view.help,
                rx.cond(view.bounds != "", rx.el.span(" ", view.bounds, ".", class_name="as-bounds")),
                id=f"field-help-{view.name}",
                class_name="as-help",
            ),
        ),
        class_name="as-field",
        key=view.name,
    )


def _control(view: Shown) -> rx.Component:
    return cast(
        rx.Component,
        rx.match(
            view.control,
            ("switch", _switch(view)),
            ("select", _select(view)),
            ("tags", _tags(view)),
            ("long", _long(view)),
            ("json", _long(view)),
            ("date", _input(view, type="date")),
            ("integer", _input(view, type="text", input_mode="numeric")),
            ("number", _input(view, type="text", input_mode="decimal")),
            _input(view, type="text"),
        ),
    )


def _input(view: Shown, **props: str) -> rx.Component:
    return rx.el.div(
        _make_input(
            default_value=view.value,
            placeholder=view.placeholder,
            auto_complete="off",
            class_name="as-input",
            **_typing(view),
            **props,
        ),
        rx.cond(view.unit != "", rx.el.span(view.unit, class_name="as-unit")),
        class_name="as-input-row",
    )


def _long(view: Shown) -> rx.Component:
    return rx.el.textarea(
        default_value=view.value,
        placeholder=view.placeholder,
        rows="3",
        class_name="as-input as-area",
        **_typing(view, enter_leaves=False),
    )


def _typing(view: Shown, *, enter_leaves: bool = True) -> dict[str, Any]:
    attrs = {
        "data-testid": f"field-{view.name}",
        **_described(view),
        **(_ENTER_LEAVES if enter_leaves else {}),
    }
    return {
        "id": f"field-{view.name}",
        "key": view.key,
        "read_only": _LOCKED,
        "spell_check": False,
        "on_change": lambda text: EDITOR.field_typed(_VIEW.node, view.name, text).debounce(TYPING_PAUSE),
        "on_blur": lambda text: EDITOR.field_left(_VIEW.node, view.name, text),
        "custom_attrs": attrs,
    }


def _described(view: Shown) -> dict[str, Any]:
    return {
        "aria-invalid": rx.cond(view.error != "", "true", "false"),
        "aria-describedby": f"field-error-{view.name} field-help-{view.name}",
    }


# Enter stores a field by leaving it; there is no form to submit.
_ENTER_LEAVES = {"onKeyDown": Var("((e) => { if (e.key === 'Enter') e.currentTarget.blur(); })")}


def _switch(view: Shown) -> rx.Component:
    return rx.switch(
        id=f"field-{view.name}",
        checked=view.on,
        disabled=_LOCKED,
        on_change=lambda on: EDITOR.field_switched(_VIEW.node, view.name, on),
        size="1",
        custom_attrs={"data-testid": f"field-{view.name}", **_described(view)},
    )


def _select(view: Shown) -> rx.Component:
    return rx.el.select(
        rx.foreach(view.choices, _option),
        id=f"field-{view.name}",
        value=view.value,
        disabled=_LOCKED,
        on_change=lambda value: EDITOR.field_chosen(_VIEW.node, view.name, value),
        class_name="as-input as-select",
        custom_attrs={"data-testid": f"field-{view.name}", **_described(view)},
    )


def _option(choice: Shown) -> rx.Component:
    return rx.el.option(choice.label, value=choice.value)


def _tags(view: Shown) -> rx.Component:
    return rx.el.div(
        rx.foreach(
            view.tags,
            lambda tag: rx.el.span(
                tag,
                rx.el.button(
                    icon("x", size=11),
                    type="button",
                    disabled=_LOCKED,
                    aria_label=f"Remove {tag}",
                    on_click=EDITOR.tag_removed(_VIEW.node, view.name, tag),
                    class_name="as-tag-x",
                ),
                class_name="as-tag",
            ),
        ),
        rx.el.input(
            id=f"field-{view.name}",
            key=f"{view.key}-{view.tags.length()}",
            placeholder=rx.cond(view.tags.length() > 0, "Add", "All; type and press Enter"),
            read_only=_LOCKED,
            auto_complete="off",
            spell_check=False,
            on_blur=lambda text: EDITOR.tags_added(_VIEW.node, view.name, text),
            class_name="as-bare-input",
            custom_attrs={"data-testid": f"field-{view.name}", **_described(view), **_ENTER_LEAVES},
        ),
        class_name="as-input as-tags",
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
        rx.foreach(port.choices, _option),
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
