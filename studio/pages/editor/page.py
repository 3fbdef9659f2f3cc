"""The editor: palette, canvas, inspector, problems and the run, on one workflow."""

from typing import cast

import reflex as rx

from studio import routes
from studio.canvas.bridge import RunFeed
from studio.canvas.react_flow import Provider
from studio.canvas.style import canvas_sheet
from studio.components.beat import Beat
from studio.components.icon import icon
from studio.components.notice import error_state, skeleton
from studio.layout import frame
from studio.pages.editor.canvas_view import canvas_view
from studio.pages.editor.header import header
from studio.pages.editor.inspector import inspector
from studio.pages.editor.palette import palette
from studio.pages.editor.picker import picker
from studio.pages.editor.problems import problems_panel
from studio.pages.editor.run_controls import halt_button, run_button, run_status
from studio.pages.editor.shortcuts import shortcut_keys, shortcut_sheet
from studio.pages.editor.shown import EDITOR, RUN
from studio.pages.editor.style import SHEET
from studio.run_view.asking_view import waiting_panel
from studio.run_view.dock import dock

DOCK_HEIGHT = "min(248px, 32vh)"
LOOK_SECONDS = 20
"""How often a visible tab looks whether the workflow was changed elsewhere; also at once when it is shown again."""

ON_LOAD = [EDITOR.open]


def page() -> rx.Component:
    """Return the editor in its frame."""
    return frame(
        rx.el.style(canvas_sheet() + SHEET),
        cast(
            rx.Component,
            rx.match(EDITOR.phase, ("ready", _editor()), ("failed", _failed()), _loading()),
        ),
        section="workflows",
        status=_status(),
        scroll=False,
    )


def _editor() -> rx.Component:
    return Provider.create(
        rx.el.div(
            palette(),
            rx.el.div(
                header(run_button(), halt_button()),
                _notice(),
                canvas_view(RunFeed.create(changes=RUN.node_status, run=RUN.run_id)),
                waiting_panel(),
                dock(problems=problems_panel(), problem_count=EDITOR.problems.length(), height=DOCK_HEIGHT),
                class_name="as-middle",
            ),
            inspector(),
            class_name="as-editor",
        ),
        picker(),
        Beat.create(seconds=LOOK_SECONDS, on_beat=EDITOR.tab_shown),
        shortcut_keys(),
        shortcut_sheet(),
    )


def _notice() -> rx.Component:
    return rx.cond(
        EDITOR.notice != "",
        rx.el.div(
            icon("git-merge"),
            rx.el.span(EDITOR.notice, class_name="as-grow"),
            rx.el.button(
                icon("x"),
                type="button",
                aria_label="Put this message away",
                on_click=EDITOR.dismiss_notice,
                class_name="as-mini",
            ),
            role="status",
            class_name="as-notice",
            custom_attrs={"data-testid": "changed-elsewhere"},
        ),
    )


def _status() -> rx.Component:
    return rx.cond(
        EDITOR.phase == "ready",
        rx.fragment(
            rx.el.span("rev ", EDITOR.revision),
            rx.el.span(EDITOR.node_count, rx.cond(EDITOR.node_count == 1, " node", " nodes")),
            rx.el.span(
                EDITOR.problems.length(),
                rx.cond(EDITOR.problems.length() == 1, " problem", " problems"),
                custom_attrs={"data-testid": "status-problems"},
            ),
            run_status(),
        ),
    )


def _failed() -> rx.Component:
    return error_state(
        title="This workflow cannot be opened",
        text=EDITOR.failure,
        action=rx.link("To the workflows", href=routes.GALLERY),
    )


def _loading() -> rx.Component:
    return rx.el.div(
        rx.el.aside(skeleton(height="100%"), class_name="as-side as-pad"),
        rx.el.div(class_name="as-middle"),
        rx.el.aside(skeleton(height="120px"), class_name="as-side as-pad"),
        rx.el.p("Opening the workflow", class_name="as-hidden", role="status"),
        class_name="as-editor",
    )
