"""The dialog that changes accounts: one form whose fields follow from what is asked."""

from typing import cast

import reflex as rx

from studio import theme
from studio.components.notice import problem_line
from studio.pages.accounts.state import AccountsState
from studio.services.accounts import NAME_MAX, PASSWORD_MAX, PASSWORD_MIN
from tasks.access import Role

_LABEL = {"display": "block", "font_weight": "500", "margin": f"{theme.SPACE_3} 0 {theme.SPACE_1}"}
_TITLES = {
    "create": "New account",
    "role": "Change a role",
    "password": "Reset a password",
    "disable": "Disable an account",
    "enable": "Enable an account",
}
_TEXTS = {
    "create": "Whoever gets the name and the password can sign in with this role.",
    "role": "It counts within two seconds, in open tabs as well.",
    "password": "They are signed out everywhere, and sign in with the new one.",
    "disable": "Their sessions end at once and their tokens speak for nobody. Runs under way go on; their schedules start "
    "nothing.",
    "enable": "They can sign in again with the password they had; tokens work again until they expire.",
}
_VERBS = {
    "create": "Create",
    "role": "Change the role",
    "password": "Set the password",
    "disable": "Disable",
    "enable": "Enable",
}
_ROLES = {
    Role.VIEWER: "reads",
    Role.ANALYST: "draws, runs, halts own runs",
    Role.OPERATOR: "watches, approves, halts anything",
    Role.ADMIN: "everything",
}


def change_dialog() -> rx.Component:
    """Return the dialog; it is open while something is asked."""
    asking = AccountsState.asking
    is_new, has_role = asking == "create", (asking == "create") | (asking == "role")
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(
                _by(_TITLES),
                rx.cond(AccountsState.account_name != "", f": {AccountsState.account_name}", ""),
                font_size=theme.HEADING,
                line_height="20px",
                margin_bottom=theme.SPACE_1,
            ),
            rx.dialog.description(_by(_TEXTS), size="2", color=theme.MUTED),
            rx.el.form(
                rx.cond(is_new, _field("name", "Name", NAME_MAX, focus=True)),
                rx.cond(
                    is_new | (asking == "password"),
                    _field("password", f"Their password, {PASSWORD_MIN} characters or more", PASSWORD_MAX),
                ),
                rx.cond(has_role, _role()),
                rx.cond(is_new, rx.fragment(), _field("reason", "Reason; goes into the audit log", 500)),
                rx.cond(
                    asking == "disable",
                    rx.fragment(),
                    _field("your_password", "Your own password", PASSWORD_MAX),
                ),
                problem_line(AccountsState.problem, test_id="change-problem"),
                _buttons(),
                on_submit=AccountsState.send,
            ),
            max_width="460px",
            outline="none",
            custom_attrs={"data-testid": "change-dialog"},
        ),
        open=asking != "",
        on_open_change=AccountsState.set_open,
    )


def _by(words: dict[str, str]) -> rx.Var[str]:
    return cast("rx.Var[str]", rx.match(AccountsState.asking, *words.items(), ""))


def _field(name: str, label: str, longest: int, *, focus: bool = False) -> rx.Component:
    kinds = {"password": "new-password", "your_password": "current-password"}
    return rx.fragment(
        rx.el.label(label, html_for=f"account-{name}", style=_LABEL),
        rx.input(
            id=f"account-{name}",
            name=name,
            type="password" if name in kinds else "text",
            auto_complete=kinds.get(name, "off"),
            auto_focus=focus,
            size="2",
            max_length=longest,
            custom_attrs={"data-testid": f"change-{name}"},
        ),
    )


def _role() -> rx.Component:
    return rx.fragment(
        rx.el.label("Role", html_for="account-role", style=_LABEL),
        rx.select.root(
            rx.select.trigger(id="account-role", width="100%", custom_attrs={"data-testid": "change-role"}),
            rx.select.content(
                *(
                    rx.select.item(f"{role.value}: {words}", value=role.value)
                    for role, words in _ROLES.items()
                ),
                position="popper",
            ),
            value=AccountsState.role,
            on_change=AccountsState.choose_role,
            size="2",
        ),
    )


def _buttons() -> rx.Component:
    return rx.box(
        rx.button(
            "Cancel",
            type="button",
            size="2",
            variant="soft",
            color_scheme="gray",
            on_click=AccountsState.close,
            custom_attrs={"data-testid": "change-cancel"},
        ),
        rx.button(_by(_VERBS), type="submit", size="2", custom_attrs={"data-testid": "change-confirm"}),
        display="flex",
        justify_content="flex-end",
        gap=theme.SPACE_2,
        margin_top=theme.SPACE_4,
    )
