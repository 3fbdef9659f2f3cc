"""What stands at an address that leads nowhere."""

import reflex as rx

from studio import routes
from studio.components.notice import empty_state
from studio.layout import frame

ON_LOAD: list[rx.event.IndividualEventType[()]] = []


def page() -> rx.Component:
    """Return the page."""
    return frame(
        empty_state(
            symbol="map-pin-off",
            title="There is no page here",
            text="The address may be mistyped, or what it named was deleted.",
            action=rx.button(
                rx.link("Go to the workflows", href=routes.GALLERY, underline="none"),
                as_child=True,
                size="2",
                variant="soft",
                custom_attrs={"data-testid": "to-workflows"},
            ),
        )
    )
