"""One's own page: the password, the browsers that are signed in, the tokens of one's programs."""

import reflex as rx

from studio import routes, theme
from studio.charts.style import SHEET
from studio.components.beat import Beat
from studio.components.confirm import confirm_dialog
from studio.components.notice import done_line, problem_line, skeleton_rows
from studio.components.other_way_in import other_way_in
from studio.components.relative_time import relative_time
from studio.components.section import page_header, section_header
from studio.layout import column, frame
from studio.pages.account.state import AccountState
from studio.pages.account.token_form import fresh_secret, token_form
from studio.pages.account.views import SessionLine, TokenLine
from studio.run_view.state import RunState
from studio.services.accounts import PASSWORD_MAX, PASSWORD_MIN
from studio.session_state import SessionState

ON_LOAD = [RunState.leave, AccountState.open]
SECONDS = 5


def page() -> rx.Component:
    """Return the page in its frame."""
    return frame(
        rx.el.style(SHEET),
        column(
            page_header(SessionState.name, text=f"Your role is {SessionState.role}; admins can change it."),
            Beat.create(seconds=SECONDS, on_beat=AccountState.look),
            rx.cond(
                AccountState.loaded,
                rx.box(
                    _sessions(),
                    _tokens(),
                    rx.cond(AccountState.has_password, _password(), _elsewhere()),
                    display="grid",
                    gap=theme.SPACE_8,
                ),
                skeleton_rows(6, height="32px"),
            ),
        ),
    )


def _sessions() -> rx.Component:
    return rx.el.section(
        section_header("Signed-in browsers"),
        problem_line(AccountState.session_problem, test_id="session-problem"),
        _table(
            ("Browser", "From", "Signed in", "Last used", ""),
            rx.foreach(AccountState.sessions, _session),
            "sessions",
        ),
    )


def _session(line: SessionLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(line.client, title=line.client),
        rx.el.td(line.opened_from),
        rx.el.td(relative_time(line.created_at)),
        rx.el.td(relative_time(line.last_seen_at)),
        rx.el.td(
            rx.cond(
                line.is_this,
                rx.el.span("this one", style={"color": theme.MUTED}),
                rx.button(
                    "Sign out",
                    size="1",
                    variant="soft",
                    color_scheme="gray",
                    on_click=AccountState.end_session(line.id),
                    custom_attrs={"data-testid": "end-session"},
                ),
            ),
            style={"text_align": "right"},
        ),
    )


def _tokens() -> rx.Component:
    return rx.el.section(
        section_header("API tokens"),
        rx.text(
            "A token lets a program act in your name, within its scopes and your role.", color=theme.MUTED
        ),
        fresh_secret(),
        rx.cond(
            AccountState.tokens,
            _table(
                ("Name", "Token", "Scopes", "Expires", "Last used", ""),
                rx.foreach(AccountState.tokens, _token),
                "tokens",
            ),
        ),
        token_form(),
        problem_line(AccountState.token_problem, test_id="token-problem"),
    )


def _token(line: TokenLine) -> rx.Component:
    revoke = confirm_dialog(
        trigger=rx.button(
            "Revoke…",
            size="1",
            variant="soft",
            color_scheme="gray",
            custom_attrs={"data-testid": f"revoke-{line.name}"},
        ),
        title=f"Revoke {line.name}",
        text="Programs that use it are refused from now on. This cannot be taken back.",
        verb="Revoke",
        on_confirm=AccountState.revoke_token(line.id),
        test_id="revoke",
        harm=True,
    )
    return rx.el.tr(
        rx.el.td(line.name),
        rx.el.td(rx.el.code(line.hint, style={"font_family": theme.MONO})),
        rx.el.td(line.scopes),
        rx.el.td(relative_time(line.expires_at, ahead=True)),
        rx.el.td(relative_time(line.last_used_at)),
        rx.el.td(
            rx.cond(line.ended != "", rx.el.span(line.ended, style={"color": theme.MUTED}), revoke),
            style={"text_align": "right"},
        ),
        custom_attrs={"data-testid": f"token-{line.name}"},
    )


def _elsewhere() -> rx.Component:
    return rx.el.section(
        section_header("Sign-in"),
        rx.text(
            "You have no password here. What asks for one takes a fresh sign-in at your identity provider instead, for five "
            "minutes.",
            color=theme.MUTED,
            margin_bottom=theme.SPACE_3,
        ),
        other_way_in(routes.ACCOUNT, label="Sign in again with", again=True),
        custom_attrs={"data-testid": "signs-in-elsewhere"},
    )


def _password() -> rx.Component:
    return rx.el.section(
        section_header("Password"),
        rx.text("Your other browsers are signed out; tokens stay.", color=theme.MUTED),
        rx.el.form(
            _secret_field("your_password", "Password of now", "current-password"),
            _secret_field("password", f"New password, {PASSWORD_MIN} characters or more", "new-password"),
            rx.button(
                "Change the password",
                type="submit",
                size="2",
                custom_attrs={"data-testid": "change-password"},
            ),
            on_submit=AccountState.change_password,
            reset_on_submit=True,
            style={
                "display": "flex",
                "gap": theme.SPACE_3,
                "align_items": "flex-end",
                "margin_top": theme.SPACE_3,
            },
        ),
        problem_line(AccountState.password_problem, test_id="password-problem"),
        rx.box(
            done_line(
                rx.cond(
                    AccountState.password_done,
                    "The password is changed. Your other browsers are signed out.",
                    "",
                ),
                test_id="password-done",
            ),
            margin_top=theme.SPACE_3,
        ),
    )


def _secret_field(name: str, label: str, kind: str) -> rx.Component:
    return rx.el.label(
        label,
        rx.input(
            name=name,
            type="password",
            auto_complete=kind,
            size="2",
            width="260px",
            max_length=PASSWORD_MAX,
            custom_attrs={"data-testid": name.replace("_", "-")},
        ),
        style={"display": "grid", "gap": theme.SPACE_1, "font_weight": "500"},
    )


def _table(titles: tuple[str, ...], lines: rx.Component, test_id: str) -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*(rx.el.th(title, scope="col") for title in titles))),
            rx.el.tbody(lines),
            class_name="as-table",
        ),
        class_name="as-table-box",
        style={"max_height": "none", "margin_top": theme.SPACE_3},
        custom_attrs={"data-testid": test_id},
    )
