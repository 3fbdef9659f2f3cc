"""The cards of the gallery."""

import reflex as rx

from studio.components.icon import icon
from studio.components.relative_time import relative_time
from studio.components.unless import unless
from studio.pages.gallery.bin import delete_button
from studio.pages.gallery.state import GalleryState
from studio.pages.gallery.views import TemplateCard, WorkflowCard
from studio.run_view.picture_view import thumbnail
from studio.run_view.run_badge import run_badge
from studio.session_state import SessionState


def template_card(card: TemplateCard) -> rx.Component:
    """Return a shipped workflow: a click copies it and opens the copy."""
    return rx.el.button(
        rx.el.span(thumbnail(card.picture), class_name="as-card-picture"),
        rx.el.span(
            rx.el.span(
                rx.el.b(card.title),
                rx.cond(
                    GalleryState.opening == card.name,
                    icon("loader-circle", class_name="as-spin"),
                    rx.el.span(card.size),
                ),
                class_name="as-card-name",
            ),
            rx.el.span(card.sentence, class_name="as-card-sentence"),
            class_name="as-card-text",
        ),
        type="button",
        class_name="as-card-button",
        disabled=unless(SessionState.can_draw) | (GalleryState.opening != ""),
        title=rx.cond(
            SessionState.can_draw,
            f"Open a copy of {card.name}",
            f"Your role {SessionState.role} may not change workflows.",
        ),
        on_click=GalleryState.open_template(card.name),
        custom_attrs={"data-testid": f"gallery-template-{card.name}"},
    )


def workflow_card(card: WorkflowCard) -> rx.Component:
    """Return one of the installation's workflows: the row opens the editor, the badge its last run."""
    return rx.el.div(
        rx.el.div(thumbnail(card.picture), class_name="as-own-picture"),
        rx.el.div(
            rx.link(
                card.name,
                href=card.address,
                underline="none",
                custom_attrs={"data-testid": f"gallery-open-{card.name}"},
            ),
            rx.el.span(card.description, title=card.description),
            class_name="as-own-name",
        ),
        rx.el.div(
            rx.el.div(card.size),
            rx.el.div("Changed ", relative_time(card.changed_at)),
            class_name="as-own-meta",
        ),
        rx.cond(
            card.run_id != "",
            rx.link(
                relative_time(card.run_at),
                run_badge(card.run_status, test_id=f"gallery-status-{card.name}"),
                href=card.run_address,
                underline="none",
                class_name="as-own-run",
                title="The last run",
                custom_attrs={"data-testid": f"gallery-last-run-{card.name}"},
            ),
            rx.el.div("Never run", class_name="as-own-run"),
        ),
        delete_button(card.name),
        class_name="as-own-row",
        custom_attrs={"data-testid": f"gallery-workflow-{card.name}"},
    )
