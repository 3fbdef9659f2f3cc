"""The dialog that starts something on a desk; mounted once, by the control room."""

from typing import Any, cast

import reflex as rx
from reflex.vars.base import Var

from studio import theme
from studio.components.icon import icon
from studio.components.unless import unless
from studio.pages.editor.fields import Choice, FieldView
from studio.session_state import SessionState
from studio.start_run.state import StartState

_make_input: Any = rx.el.input
# Enter leaves the field, which takes it over; the button starts.
_ENTER_LEAVES = {
    "onKeyDown": Var("((e) => { if (e.key === 'Enter') { e.preventDefault(); e.currentTarget.blur(); } })")
}


def start_button(desk: str, title: str) -> rx.Component:
    """Return the button of a lane, for who may run."""
    return rx.cond(
        SessionState.can_run,
        rx.button(
            icon("play"),
            "Start…",
            size="1",
            variant="soft",
            color_scheme="gray",
            aria_label=f"Start something on the desk {title}",
            on_click=StartState.ask(desk),
            custom_attrs={"data-testid": f"start-{desk}"},
        ),
    )


def start_dialog() -> rx.Component:
    """Return the dialog."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(
                f"Start on the desk: {StartState.title}",
                font_size=theme.HEADING,
                line_height="20px",
                margin_bottom=theme.SPACE_1,
            ),
            rx.dialog.description(StartState.summary, size="2", color=theme.MUTED),
            rx.el.div(
                rx.foreach(StartState.fields, _field),
                class_name="as-start-form",
                custom_attrs={"data-testid": "start-form"},
            ),
            rx.cond(
                StartState.problem != "",
                rx.el.div(
                    icon("triangle-alert"),
                    rx.el.span(StartState.problem),
                    class_name="as-problem",
                    role="alert",
                    custom_attrs={"data-testid": "start-problem"},
                ),
            ),
            _buttons(),
            max_width="640px",
            outline="none",
            custom_attrs={"data-testid": "start-dialog"},
        ),
        open=StartState.open,
        on_open_change=StartState.set_open,
    )


def _field(view: FieldView) -> rx.Component:
    return rx.el.div(
        rx.el.label(view.title, html_for=f"start-field-{view.name}", class_name="as-start-label"),
        rx.el.div(
            _control(view),
            rx.cond(
                view.error != "",
                rx.el.p(
                    view.error,
                    role="alert",
                    class_name="as-start-error",
                    custom_attrs={"data-testid": f"start-error-{view.name}"},
                ),
            ),
            rx.cond(
                (view.help != "") | (view.bounds != "") | (view.unit != ""),
                rx.el.p(
                    view.help,
                    rx.cond(view.bounds != "", rx.el.span(" ", view.bounds, ".")),
                    rx.cond(view.unit != "", rx.el.span(" ", view.unit)),
                    class_name="as-start-help",
                ),
            ),
        ),
        key=view.name,
        class_name="as-start-field",
    )


def _control(view: FieldView) -> rx.Component:
    return cast(
        rx.Component,
        rx.match(
            view.control,
            (
                "switch",
                rx.switch(
                    checked=view.on,
                    size="1",
                    on_change=lambda on: StartState.switch(view.name, on),
                    **_attrs(view),
                ),
            ),
            (
                "select",
                rx.el.select(
                    rx.foreach(view.choices, _option),
                    value=view.value,
                    on_change=lambda value: StartState.write(view.name, value),
                    class_name="as-start-input",
                    **_attrs(view),
                ),
            ),
            ("long", _long(view)),
            ("json", _long(view)),
            ("date", _input(view, "date")),
            _input(view, "text"),
        ),
    )


def _option(choice: Choice) -> rx.Component:
    return rx.el.option(choice.label, value=choice.value)


def _input(view: FieldView, kind: str) -> rx.Component:
    return _make_input(
        default_value=view.value,
        key=view.key,
        type=kind,
        placeholder=view.placeholder,
        auto_complete="off",
        spell_check=False,
        on_blur=lambda text: StartState.write(view.name, text),
        class_name="as-start-input",
        **_attrs(view, more=_ENTER_LEAVES),
    )


def _long(view: FieldView) -> rx.Component:
    return rx.el.textarea(
        default_value=view.value,
        key=view.key,
        placeholder=view.placeholder,
        rows="3",
        spell_check=False,
        on_blur=lambda text: StartState.write(view.name, text),
        class_name="as-start-input as-start-area",
        **_attrs(view),
    )


def _attrs(view: FieldView, *, more: dict[str, Any] | None = None) -> dict[str, Any]:
    attrs = {
        "data-testid": f"start-field-{view.name}",
        "aria-invalid": rx.cond(view.error != "", "true", "false"),
    }
    return {"id": f"start-field-{view.name}", "custom_attrs": attrs | (more or {})}


def _buttons() -> rx.Component:
    return rx.box(
        rx.button(
            "Cancel",
            type="button",
            size="2",
            variant="soft",
            color_scheme="gray",
            on_click=StartState.set_open(False),
            custom_attrs={"data-testid": "start-cancel"},
        ),
        rx.button(
            icon("play"),
            "Start",
            type="button",
            size="2",
            disabled=unless(SessionState.can_run),
            on_click=StartState.start,
            custom_attrs={"data-testid": "start-confirm"},
        ),
        display="flex",
        justify_content="flex-end",
        gap=theme.SPACE_2,
        margin_top=theme.SPACE_4,
    )


SHEET = f"""
.as-start-form {{ display: grid; grid-template-columns: minmax(0, 1fr); gap: 10px; margin-top: {theme.SPACE_4}; max-height: 52vh;
  overflow: auto; padding: 2px; }}
.as-start-field {{ display: grid; grid-template-columns: 152px minmax(0, 1fr); gap: {theme.SPACE_3}; align-items: start; }}
.as-start-label {{ font-weight: 500; line-height: {theme.CONTROL}; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.as-start-input {{ width: 100%; height: {theme.CONTROL}; padding: 0 8px; border: 1px solid {theme.BORDER_STRONG};
  border-radius: {theme.RADIUS}; background: {theme.PAGE}; color: {theme.INK}; font: inherit; font-variant-numeric: tabular-nums; }}
.as-start-input[aria-invalid=true] {{ border-color: var(--crimson-9); }}
.as-start-input::placeholder {{ color: {theme.MUTED}; opacity: .85; }}
.dark .as-start-input {{ color-scheme: dark; }}
.as-start-area {{ height: auto; min-height: 62px; padding: 5px 8px; resize: vertical; font-family: {theme.MONO}; font-size: 12px; }}
.as-start-help {{ margin: 3px 0 0; color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; line-height: 16px; }}
.as-start-error {{ margin: 3px 0 0; color: {theme.DANGER_INK}; font-size: {theme.TEXT_SMALL}; line-height: 16px; }}
.as-start-field .rt-SwitchRoot {{ margin-top: 6px; }}
"""
