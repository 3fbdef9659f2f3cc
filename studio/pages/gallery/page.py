"""The first page: ready workflows to start from, and one's own with their last run."""

import reflex as rx

from studio import routes, theme
from studio.components.beat import Beat
from studio.components.icon import icon
from studio.components.notice import empty_state, skeleton
from studio.components.section import page_header, section_header
from studio.components.unless import unless
from studio.layout import column, frame
from studio.pages.gallery.bin import bin_section, undo_notice
from studio.pages.gallery.cards import template_card, workflow_card
from studio.pages.gallery.state import GalleryState
from studio.pages.gallery.style import SHEET
from studio.run_view.state import RunState
from studio.session_state import SessionState

ON_LOAD = [RunState.leave, GalleryState.open]
SECONDS = 5


def page() -> rx.Component:
    """Return the gallery in its frame."""
    return frame(
        rx.el.style(SHEET),
        Beat.create(seconds=SECONDS, on_beat=GalleryState.look),
        column(
            rx.cond(
                GalleryState.phase == "ready",
                _gallery(),
                rx.cond(GalleryState.phase == "off", _off(), _loading()),
            )
        ),
        _naming(),
        section="workflows",
        status=rx.cond(
            GalleryState.phase == "ready",
            rx.el.span(GalleryState.count, rx.cond(GalleryState.count == 1, " workflow", " workflows")),
        ),
    )


def _gallery() -> rx.Component:
    return rx.el.div(
        page_header("Workflows", _search(), _start_empty()),
        undo_notice(),
        rx.cond(
            GalleryState.workflows,
            _section(
                "Your workflows",
                rx.el.div(
                    rx.foreach(GalleryState.workflows, workflow_card),
                    class_name="as-own",
                    custom_attrs={"data-testid": "gallery-own"},
                ),
            ),
        ),
        bin_section(),
        rx.cond(
            GalleryState.templates,
            _section(
                "Start from a ready workflow",
                rx.el.div(
                    rx.foreach(GalleryState.templates, template_card),
                    class_name="as-templates",
                    custom_attrs={"data-testid": "gallery-templates"},
                ),
            ),
        ),
        rx.cond(
            GalleryState.nothing_fits,
            empty_state(title="Nothing fits", text="No workflow has these words.", symbol="search"),
        ),
        custom_attrs={"data-testid": "gallery"},
    )


def _section(title: str, content: rx.Component) -> rx.Component:
    return rx.el.section(
        section_header(title),
        content,
        style={"margin_bottom": theme.SPACE_6, "display": "grid", "gap": theme.SPACE_2},
    )


def _search() -> rx.Component:
    return rx.input(
        rx.input.slot(icon("search", color=theme.MUTED)),
        default_value="",
        on_change=GalleryState.search_for.debounce(150),
        placeholder="Search workflows",
        type="search",
        size="2",
        width="240px",
        aria_label="Search workflows",
        custom_attrs={"data-testid": "gallery-search"},
    )


def _start_empty() -> rx.Component:
    return rx.button(
        icon("plus"),
        "Start empty",
        size="2",
        disabled=unless(SessionState.can_draw),
        title=rx.cond(
            SessionState.can_draw,
            "Draw a workflow from nothing",
            f"Your role {SessionState.role} may not change workflows.",
        ),
        on_click=GalleryState.start_empty,
        custom_attrs={"data-testid": "gallery-start-empty"},
    )


def _naming() -> rx.Component:
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(
                "New workflow", font_size=theme.HEADING, line_height="20px", margin_bottom=theme.SPACE_1
            ),
            rx.dialog.description(
                "Letters, digits, dots, dashes and underscores. The name is part of its address.",
                size="2",
                color=theme.MUTED,
            ),
            _name_form(),
            max_width="420px",
            custom_attrs={"data-testid": "new-dialog"},
        ),
        open=GalleryState.naming,
        on_open_change=GalleryState.set_naming,
    )


def _name_form() -> rx.Component:
    return rx.el.form(
        rx.el.label(
            "Name",
            html_for="workflow-name",
            style={"display": "block", "font_weight": "500", "margin": "12px 0 4px"},
        ),
        rx.input(
            id="workflow-name",
            default_value="",
            on_change=GalleryState.write_name,
            placeholder="research.my_idea",
            size="2",
            auto_focus=True,
            max_length=200,
            auto_complete="off",
            aria_describedby="workflow-name-problem",
            custom_attrs={"data-testid": "new-name"},
        ),
        rx.el.div(
            GalleryState.problem,
            id="workflow-name-problem",
            role="alert",
            style={
                "color": theme.STATES["error"].ink,
                "min_height": "18px",
                "margin_top": theme.SPACE_1,
            },
            custom_attrs={"data-testid": "new-name-problem"},
        ),
        rx.box(
            rx.dialog.close(
                rx.button("Cancel", type="button", size="2", variant="soft", color_scheme="gray")
            ),
            rx.button(
                "Create",
                type="submit",
                size="2",
                disabled=(GalleryState.name == "") | (GalleryState.problem != ""),
                custom_attrs={"data-testid": "new-create"},
            ),
            display="flex",
            justify_content="flex-end",
            gap=theme.SPACE_2,
            margin_top=theme.SPACE_2,
        ),
        on_submit=GalleryState.create,
    )


def _off() -> rx.Component:
    return rx.el.div(
        empty_state(
            title="The workflow studio is off",
            text="Nobody can draw or run workflows until an admin switches it on. What has been saved is kept.",
            symbol="power-off",
        ),
        rx.el.div(
            rx.el.p(
                "Admins do that under ",
                rx.link("Settings", href=routes.SETTINGS),
                ", without a restart. Or pin it in the environment of the web process and of the workers, and start them "
                "again:",
                style={"margin": "0 0 8px", "color": theme.MUTED},
            ),
            rx.el.pre("ALPHASWARM_ORCHESTRATION_STUDIO_ENABLED=true", class_name="as-command"),
            style={"max_width": "560px", "margin": "0 auto"},
        ),
        custom_attrs={"data-testid": "studio-off"},
    )


def _loading() -> rx.Component:
    return rx.el.div(
        rx.el.p("Loading the workflows", class_name="as-hidden", role="status"),
        *(skeleton(height="248px") for _ in range(6)),
        class_name="as-templates",
    )
