"""One field of the inspector's form, as its view says. What is typed goes up after a pause, or when the field is left."""

from typing import Any, cast

import reflex as rx
from reflex.vars.base import Var

from studio.components.icon import icon
from studio.pages.editor.shown import EDITOR, SESSION, Shown

_VIEW = EDITOR.inspector
_LOCKED = ~SESSION.can_draw
_make_input: Any = rx.el.input
TYPING_PAUSE = 350
"""Milliseconds without a key after which a field is stored; leaving it stores at once."""


def field_row(view: Shown) -> rx.Component:
    """Return one field: label, control, error, help."""
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
        **(ENTER_LEAVES if enter_leaves else {}),
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
ENTER_LEAVES = {"onKeyDown": Var("((e) => { if (e.key === 'Enter') e.currentTarget.blur(); })")}


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
        rx.foreach(view.choices, option),
        id=f"field-{view.name}",
        value=view.value,
        disabled=_LOCKED,
        on_change=lambda value: EDITOR.field_chosen(_VIEW.node, view.name, value),
        class_name="as-input as-select",
        custom_attrs={"data-testid": f"field-{view.name}", **_described(view)},
    )


def option(choice: Shown) -> rx.Component:
    """Return one option of a select."""
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
            custom_attrs={"data-testid": f"field-{view.name}", **_described(view), **ENTER_LEAVES},
        ),
        class_name="as-input as-tags",
    )
