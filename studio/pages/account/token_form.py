"""The form that makes a token, and the box that shows its secret once."""

import reflex as rx

from studio import theme
from studio.components.icon import icon
from studio.pages.account.state import AccountState
from studio.services.tokens import DAYS_MAX, NAME_MAX

_FIELD = {"display": "grid", "gap": theme.SPACE_1, "font_weight": "500"}


def fresh_secret() -> rx.Component:
    """Return the secret of the token that was just made, until it is put away."""
    return rx.cond(
        AccountState.secret != "",
        rx.box(
            rx.text("Copy the token now: it is not shown again.", font_weight="500"),
            rx.box(
                rx.el.code(
                    AccountState.secret,
                    style={"font_family": theme.MONO, "overflow_wrap": "anywhere", "flex": "1"},
                    custom_attrs={"data-testid": "token-secret"},
                ),
                rx.button(
                    icon("copy"),
                    "Copy",
                    size="1",
                    variant="soft",
                    on_click=rx.set_clipboard(AccountState.secret),
                ),
                rx.button(
                    "I have it",
                    size="1",
                    variant="soft",
                    color_scheme="gray",
                    on_click=AccountState.forget_secret,
                    custom_attrs={"data-testid": "forget-secret"},
                ),
                display="flex",
                align_items="center",
                gap=theme.SPACE_2,
                margin_top=theme.SPACE_2,
            ),
            role="status",
            padding=theme.SPACE_3,
            margin_top=theme.SPACE_3,
            border=f"{theme.LINE} solid {theme.BORDER_STRONG}",
            border_radius=theme.RADIUS,
            background=theme.RAISED,
        ),
    )


def token_form() -> rx.Component:
    """Return the form: what the token is for, how long it lives, what it may do besides reading."""
    return rx.el.form(
        rx.box(
            rx.el.label(
                "New token for",
                rx.input(
                    name="token_name",
                    placeholder="Nightly report",
                    size="2",
                    width="260px",
                    max_length=NAME_MAX,
                    custom_attrs={"data-testid": "token-name"},
                ),
                style=_FIELD,
            ),
            rx.el.label(
                f"Days, 1 to {DAYS_MAX}",
                rx.input(
                    name="token_days",
                    default_value="30",
                    size="2",
                    width="110px",
                    max_length=4,
                    custom_attrs={"data-testid": "token-days", "inputMode": "numeric"},
                ),
                style=_FIELD,
            ),
            rx.button("Make a token", type="submit", size="2", custom_attrs={"data-testid": "make-token"}),
            display="flex",
            align_items="flex-end",
            gap=theme.SPACE_3,
        ),
        rx.cond(
            AccountState.scopes,
            rx.el.fieldset(
                rx.el.legend("It may read, and", style={"font_weight": "500", "float": "left"}),
                rx.foreach(AccountState.scopes, _scope),
                style={
                    "display": "flex",
                    "flex_wrap": "wrap",
                    "gap": theme.SPACE_4,
                    "margin_top": theme.SPACE_3,
                },
            ),
        ),
        on_submit=AccountState.make_token,
        style={"margin_top": theme.SPACE_4},
    )


def _scope(scope: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        rx.checkbox(
            checked=AccountState.chosen.contains(scope),  # pyright: ignore[reportAttributeAccessIssue]  a var on a page
            on_change=lambda is_chosen: AccountState.choose_scope(scope, is_chosen),
            size="1",
            custom_attrs={"data-testid": f"scope-{scope}"},
        ),
        scope,
        style={"display": "flex", "align_items": "center", "gap": "6px"},
    )
