"""The bin of the gallery: what was deleted, until it is restored or deleted for good."""

import reflex as rx

from studio import theme
from studio.components.confirm import confirm_dialog
from studio.components.icon import icon
from studio.components.relative_time import relative_time
from studio.pages.gallery.state import GalleryState
from studio.pages.gallery.views import DeletedCard
from studio.session_state import SessionState


def undo_notice() -> rx.Component:
    """Say what was deleted last, and offer to take it back."""
    return rx.cond(
        GalleryState.just_deleted != "",
        rx.el.div(
            icon("trash-2", color=theme.MUTED),
            rx.el.span(
                rx.el.b(GalleryState.just_deleted),
                " is in the bin. Its runs stay, and its schedule is paused.",
                style={"flex": "1", "min_width": "0", "overflow_wrap": "anywhere"},
            ),
            rx.button(
                "Undo",
                size="1",
                variant="soft",
                auto_focus=True,
                on_click=GalleryState.restore(GalleryState.just_deleted),
                custom_attrs={"data-testid": "gallery-undo-delete"},
            ),
            rx.icon_button(
                icon("x"),
                size="1",
                variant="ghost",
                color_scheme="gray",
                aria_label="Close this notice",
                on_click=GalleryState.forget_deleted,
            ),
            role="status",
            class_name="as-bin-notice",
            custom_attrs={"data-testid": "gallery-deleted-notice"},
        ),
    )


def bin_section() -> rx.Component:
    """Return what is in the bin, folded away; nothing when it is empty."""
    return rx.cond(
        GalleryState.deleted,
        rx.el.details(
            rx.el.summary(GalleryState.bin_title),
            rx.el.div(rx.foreach(GalleryState.deleted, _row), class_name="as-own"),
            class_name="as-bin",
            custom_attrs={"data-testid": "gallery-bin"},
        ),
    )


def delete_button(name: str | rx.Var[str]) -> rx.Component:
    """Return the button that puts a workflow into the bin, for those who may."""
    return rx.cond(
        SessionState.can_draw,
        rx.icon_button(
            icon("trash-2"),
            size="1",
            variant="ghost",
            color_scheme="gray",
            aria_label=f"Delete {name}",
            title="Delete. It stays in the bin until you delete it there.",
            on_click=GalleryState.delete(name),
            class_name="as-own-delete",
            custom_attrs={"data-testid": f"gallery-delete-{name}"},
        ),
        rx.el.span(),
    )


def _row(card: DeletedCard) -> rx.Component:
    return rx.el.div(
        rx.el.b(card.name),
        rx.el.span("Deleted ", relative_time(card.deleted_at), f" by {card.by}"),
        rx.cond(
            SessionState.can_draw,
            rx.el.div(
                rx.button(
                    "Restore",
                    size="1",
                    variant="soft",
                    color_scheme="gray",
                    on_click=GalleryState.restore(card.name),
                    custom_attrs={"data-testid": f"gallery-restore-{card.name}"},
                ),
                confirm_dialog(
                    trigger=rx.button(
                        "Delete for good…",
                        size="1",
                        variant="ghost",
                        color_scheme="gray",
                        custom_attrs={"data-testid": f"gallery-purge-{card.name}"},
                    ),
                    title=f"Delete {card.name} for good?",
                    text="Its drawing, its history, its versions and its schedule cannot be brought back. Its runs stay.",
                    verb="Delete for good",
                    on_confirm=GalleryState.purge(card.name),
                    test_id="gallery-purge",
                    harm=True,
                ),
                class_name="as-bin-acts",
            ),
        ),
        class_name="as-bin-row",
        custom_attrs={"data-testid": f"gallery-deleted-{card.name}"},
    )
