"""The problems panel: every problem of the drawing; a click goes to where it is."""

import reflex as rx

from studio import theme
from studio.components.icon import icon
from studio.pages.editor.shown import EDITOR, Shown


def problems_panel() -> rx.Component:
    """Return the list, or the sentence that there is nothing to mend."""
    return rx.el.div(
        rx.cond(
            EDITOR.problems.length() > 0,
            rx.el.ul(rx.foreach(EDITOR.problems, _row), class_name="as-issues", aria_label="Problems"),
            _none(),
        ),
        custom_attrs={"data-testid": "problems"},
    )


def _none() -> rx.Component:
    return rx.el.p(
        icon("circle-check", color="var(--green-11)"),
        rx.cond(
            EDITOR.node_count > 0,
            "No problems. The drawing can run.",
            "Nothing drawn yet. Problems show here as you draw.",
        ),
        class_name="as-row as-quiet as-pad",
        custom_attrs={"data-testid": "problems-none"},
    )


def _row(problem: Shown) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.cond(
                problem.level == "error",
                icon("circle-x", color=theme.DANGER_INK),
                icon("triangle-alert", color="var(--amber-11)"),
            ),
            rx.el.span(problem.level, class_name="as-hidden"),
            rx.el.span(problem.message, class_name="as-issue-text"),
            rx.el.span(problem.fix, class_name="as-quiet as-issue-fix"),
            rx.el.span(problem.where, class_name="as-quiet as-end"),
            rx.el.span(problem.code, class_name="as-mono"),
            type="button",
            on_click=EDITOR.go_to(problem.node, problem.edge),
            class_name="as-issue",
            custom_attrs={"data-testid": f"problem-{problem.number}", "data-code": problem.code},
        ),
        key=problem.number,
    )
