"""The dialog that asks before something is done that cannot be taken back."""

import reflex as rx

from studio import theme


def confirm_dialog(
    *,
    trigger: rx.Component,
    title: str | rx.Var[str],
    text: str | rx.Var[str],
    verb: str,
    on_confirm: rx.event.EventType[()],
    test_id: str,
    harm: bool = False,
) -> rx.Component:
    """Return a trigger with its question; the verb names what the button does.

    `harm` makes the button red, but soft: solid red belongs to halting alone. `on_confirm` is an event (or a list of them); it is sent once, after which the dialog closes.
    """
    return rx.alert_dialog.root(
        rx.alert_dialog.trigger(trigger),
        rx.alert_dialog.content(
            rx.alert_dialog.title(
                title, font_size=theme.HEADING, line_height="20px", margin_bottom=theme.SPACE_1
            ),
            rx.alert_dialog.description(text, color=theme.MUTED),
            rx.box(
                rx.alert_dialog.cancel(
                    rx.button(
                        "Cancel",
                        size="2",
                        variant="soft",
                        color_scheme="gray",
                        custom_attrs={"data-testid": f"{test_id}-cancel"},
                    )
                ),
                rx.alert_dialog.action(
                    rx.button(
                        verb,
                        size="2",
                        variant="soft" if harm else "solid",
                        color_scheme="red" if harm else "indigo",
                        on_click=on_confirm,
                        custom_attrs={"data-testid": f"{test_id}-confirm"},
                    )
                ),
                display="flex",
                justify_content="flex-end",
                gap=theme.SPACE_2,
                margin_top=theme.SPACE_4,
            ),
            max_width="420px",
            custom_attrs={"data-testid": test_id},
        ),
    )
