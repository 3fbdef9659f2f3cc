"""Sign-in and first run. A plain form that the API answers with a redirect: it needs no session and no socket."""

from typing import Literal, cast

import reflex as rx

from studio import theme
from studio.components.browser_query import query_known, query_value
from studio.components.icon import icon
from studio.components.other_way_in import other_way_in
from studio.components.plain_form import plain_form
from studio.services.accounts import NAME_MAX, PASSWORD_MIN

MESSAGES: dict[str, tuple[str, str]] = {
    "sign-in-refused": ("error", "Name and password do not belong together."),
    "account-disabled": ("error", "This account is disabled. Ask an admin to enable it."),
    "too-many-attempts": ("error", "Too many attempts. Wait 15 minutes, then try again."),
    "signed-out": ("info", "You are signed out."),
    "link-spent": (
        "error",
        "This link was already used, has expired, or a newer one replaced it. If you have an account, sign in with it. "
        "Otherwise start the studio again: it prints a new link.",
    ),
    "invalid-value-name": ("error", f"The name must have 1 to {NAME_MAX} visible characters."),
    "invalid-value-password": ("error", f"The password needs at least {PASSWORD_MIN} characters."),
    "oidc-failed": (
        "error",
        "The identity provider did not answer as it must. Try again; if it fails again, the log of the web process has the cause.",
    ),
    "oidc-refused": ("error", "The identity provider did not sign you in."),
    "oidc-stale": ("error", "This sign-in was begun elsewhere or too long ago. Begin again."),
    "oidc-no-role": (
        "error",
        "The identity provider knows you, but you have no role here. Ask an admin of this installation.",
    ),
    "database-unavailable": ("error", "The database does not answer. Try again in a moment."),
}
"""Code of a refusal (see `studio.api.session`) -> kind and words."""

ON_LOAD: list[rx.event.IndividualEventType[()]] = []


def page() -> rx.Component:
    """Return the page; the address decides whether it signs in or makes the first account."""
    link, code = query_value("link"), query_value("code")
    first_run = (link != "") & (code != "link-spent")
    return rx.el.main(
        rx.box(
            _brand(),
            rx.box(
                rx.cond(
                    query_known(),
                    rx.fragment(
                        rx.cond(
                            first_run, _heading("Create the first account", _FIRST), _heading("Sign in", "")
                        ),
                        _message(code),
                        rx.cond(first_run, _first_run_form(link), rx.fragment(_sign_in_form(), _other_way())),
                    ),
                ),
                width="360px",
                min_height="264px",
                padding=theme.SPACE_6,
                background=theme.PANEL,
                border=f"{theme.LINE} solid {theme.BORDER}",
                border_radius="10px",
                box_shadow=theme.SHADOW,
            ),
            display="flex",
            flex_direction="column",
            align_items="center",
            gap=theme.SPACE_6,
        ),
        style={
            "min_height": "100vh",
            "display": "grid",
            "place_items": "center",
            "background": theme.PAGE,
            "padding_bottom": "8vh",
        },
    )


_FIRST = "It becomes the administrator of this installation. The link works once."


def _brand() -> rx.Component:
    return rx.box(
        rx.image(src="/logo.svg", alt="", width="28px", height="28px"),
        rx.text("AlphaSwarm Studio", font_size=theme.HEADING, font_weight="600", letter_spacing="-0.01em"),
        display="flex",
        align_items="center",
        gap=theme.SPACE_2,
    )


def _heading(title: str, text: str) -> rx.Component:
    return rx.box(
        rx.heading(title, as_="h1", font_size=theme.TITLE, line_height="28px", font_weight="600"),
        rx.text(text, color=theme.MUTED, margin_top=theme.SPACE_1) if text else rx.fragment(),
        margin_bottom=theme.SPACE_4,
    )


def _message(code: rx.Var[str]) -> rx.Component:
    shown = [(key, _callout(kind, words)) for key, (kind, words) in MESSAGES.items()]
    other = rx.cond(code != "", _callout("error", "That did not work. Try again."), rx.fragment())
    return cast(rx.Component, rx.match(code, *shown, other))


def _callout(kind: str, words: str) -> rx.Component:
    is_error = kind == "error"
    return rx.box(
        icon("triangle-alert" if is_error else "info", size=theme.ICON),
        rx.text(words),
        display="flex",
        gap=theme.SPACE_2,
        padding=f"{theme.SPACE_2} {theme.SPACE_3}",
        margin_bottom=theme.SPACE_4,
        border_radius=theme.RADIUS,
        background=theme.DANGER_SOFT if is_error else theme.ACCENT_SOFT,
        color=theme.DANGER_INK if is_error else theme.ACCENT_INK,
        role="alert" if is_error else "status",
        custom_attrs={"data-testid": "login-message"},
    )


def _sign_in_form() -> rx.Component:
    return plain_form(
        rx.el.input(type="hidden", name="next", value=query_value("next"), read_only=True),
        _field("Name", "name", autocomplete="username"),
        _field("Password", "password", type="password", autocomplete="current-password"),
        _submit("Sign in", "sign-in"),
        action="/api/session",
        test_id="sign-in-form",
    )


def _other_way() -> rx.Component:
    return rx.box(
        other_way_in(query_value("next"), label="Sign in with", width="100%"), margin_top=theme.SPACE_3
    )


def _first_run_form(link: rx.Var[str]) -> rx.Component:
    return plain_form(
        rx.el.input(type="hidden", name="link", value=link, read_only=True),
        _field("Name", "name", autocomplete="username"),
        _field(
            "Password",
            "password",
            type="password",
            autocomplete="new-password",
            hint=f"At least {PASSWORD_MIN} characters. A sentence is easier to keep than a riddle.",
            minlength=PASSWORD_MIN,
        ),
        _submit("Create account and open the studio", "create-account"),
        action="/api/session/first-run",
        test_id="first-run-form",
    )


def _field(
    label: str,
    name: str,
    *,
    autocomplete: str,
    type: Literal["text", "password"] = "text",
    hint: str = "",
    minlength: int = 1,
) -> rx.Component:
    described = {"aria-describedby": f"{name}-hint"} if hint else {}
    return rx.box(
        rx.el.label(
            label, html_for=name, style={"font_weight": "500", "display": "block", "margin_bottom": "4px"}
        ),
        rx.el.input(
            id=name,
            name=name,
            type=type,
            auto_complete=autocomplete,
            required=True,
            min_length=minlength,
            max_length=NAME_MAX if name == "name" else 1024,
            auto_focus=name == "name",
            style={
                "width": "100%",
                "height": "32px",
                "padding": "0 10px",
                "color": theme.INK,
                "background": theme.PAGE,
                "border": f"{theme.LINE} solid {theme.BORDER_STRONG}",
                "border_radius": theme.RADIUS,
            },
            custom_attrs={"data-testid": f"login-{name}", **described},
            # Keyed by its own first value: the address is known only after the first render.
            default_value=query_value("name") if name == "name" else "",
            key=query_value("name") if name == "name" else name,
        ),
        rx.text(
            hint, id=f"{name}-hint", color=theme.MUTED, font_size=theme.TEXT_SMALL, margin_top=theme.SPACE_1
        )
        if hint
        else rx.fragment(),
        margin_bottom=theme.SPACE_4,
    )


def _submit(label: str, test_id: str) -> rx.Component:
    return rx.button(
        label, type="submit", size="2", width="100%", height="32px", custom_attrs={"data-testid": test_id}
    )
