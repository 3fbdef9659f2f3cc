"""The bar above the canvas: where you are, whether it is saved, and the verbs."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from studio import routes, theme
from studio.components.icon import icon
from studio.components.relative_time import relative_time
from studio.pages.editor.shown import EDITOR, SESSION, EventSource, Shown


def header(*run_controls: rx.Component) -> rx.Component:
    """Return the bar; `run_controls` are what starts and halts a run."""
    return rx.el.div(
        rx.el.nav(
            rx.link("Workflows", href=routes.GALLERY, underline="none", class_name="as-crumb as-wide"),
            icon("chevron-right", color=theme.MUTED, class_name="as-wide"),
            rx.el.h1(EDITOR.workflow, class_name="as-workflow", title=EDITOR.workflow),
            aria_label="Breadcrumb",
            class_name="as-row as-crumbs",
        ),
        saved_state(),
        rx.el.div(class_name="as-grow"),
        _icon_verb("Undo", "undo-2", EDITOR.undo, EDITOR.can_undo, EDITOR.undo_label, keys="Ctrl+Z"),
        _icon_verb(
            "Redo",
            "redo-2",
            EDITOR.redo,
            EDITOR.can_redo,
            EDITOR.redo_label,
            keys="Ctrl+Shift+Z",
        ),
        rx.el.div(class_name="as-rule"),
        _icon_verb(
            "Tidy",
            "layout-dashboard",
            EDITOR.tidy,
            EDITOR.node_count > 1,
            "Lay out left to right",
            keys="Shift+T",
        ),
        _check(),
        *run_controls,
        role="toolbar",
        aria_label="Workflow",
        class_name="as-header",
    )


def saved_state() -> rx.Component:
    """Say whether what is on the canvas is in the database."""
    return rx.el.div(
        rx.cond(
            has_connection_errors,
            _state("unplug", "No connection. Changes wait in this tab.", "as-warn"),
            rx.match(
                EDITOR.saving,
                ("saving", _state("loader-circle", "Saving…", "as-quiet", spin=True)),
                ("failed", _failed()),
                _saved(),
            ),
        ),
        role="status",
        class_name="as-row as-saved",
        custom_attrs={"data-testid": "saved-state", "data-saved": EDITOR.saving},
    )


def _saved() -> rx.Component:
    return rx.cond(
        SESSION.can_draw,
        rx.el.span(
            "Saved ",
            relative_time(EDITOR.saved_at),
            rx.el.span(" · rev ", EDITOR.revision, custom_attrs={"data-testid": "revision"}),
            class_name="as-quiet",
        ),
        rx.el.span(
            icon("lock"),
            "Read only",
            rx.el.span(": your role ", SESSION.role, " may not change workflows", class_name="as-wide"),
            title=f"Your role {SESSION.role} may not change workflows.",
            class_name="as-row as-warn",
        ),
    )


def _failed() -> rx.Component:
    return rx.el.span(
        icon("triangle-alert"),
        "Not saved.",
        rx.el.button(
            "Retry",
            type="button",
            on_click=EDITOR.retry,
            class_name="as-link",
            custom_attrs={"data-testid": "retry-save"},
        ),
        EDITOR.save_failure,
        title=EDITOR.save_failure,
        class_name="as-row as-error-text",
    )


def _state(symbol: str, words: Shown, class_name: str, *, spin: bool = False) -> rx.Component:
    mark = icon(symbol, class_name="as-spin") if spin else icon(symbol)
    return rx.el.span(mark, words, class_name=f"as-row {class_name}")


def _check() -> rx.Component:
    return rx.button(
        rx.cond(
            EDITOR.error_count > 0,
            icon("circle-x", color=theme.DANGER_INK),
            rx.cond(
                EDITOR.problems.length() > 0,
                icon("triangle-alert", color="var(--amber-11)"),
                icon("circle-check", color="var(--green-11)"),
            ),
        ),
        rx.el.span("Check", class_name="as-wide"),
        rx.cond(
            EDITOR.problems.length() > 0,
            rx.el.span(EDITOR.problems.length(), class_name="as-count"),
        ),
        size="2",
        variant="ghost",
        color_scheme="gray",
        title="Check the drawing again and show its problems",
        aria_label="Check",
        on_click=EDITOR.check,
        custom_attrs={"data-testid": "check", "data-problems": EDITOR.problems.length().to(str)},
    )


def _icon_verb(
    label: str,
    symbol: str,
    handler: EventSource,
    possible: Shown,
    what: Shown,
    *,
    keys: str,
) -> rx.Component:
    return rx.icon_button(
        # Not the icon itself: as a direct child the button would give it the size of its own table.
        rx.el.span(icon(symbol, size=theme.ICON), class_name="as-row"),
        size="2",
        variant="ghost",
        color_scheme="gray",
        disabled=~(possible & SESSION.can_draw),
        title=rx.cond(rx.Var.create(what) == "", f"{label} ({keys})", f"{label}: {what} ({keys})"),
        aria_label=label,
        on_click=handler,
        custom_attrs={"data-testid": label.lower()},
    )
