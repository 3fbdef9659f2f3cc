"""The accounts page: who may come in, with which role, and since when somebody was not here."""

import reflex as rx

from studio import theme
from studio.charts.style import SHEET
from studio.components.beat import Beat
from studio.components.icon import icon
from studio.components.notice import done_line, empty_state, skeleton_rows
from studio.components.relative_time import relative_time
from studio.components.section import page_header
from studio.layout import column, frame
from studio.pages.accounts.dialog import change_dialog
from studio.pages.accounts.state import AccountsState, Asking
from studio.pages.accounts.views import AccountLine
from studio.run_view.state import RunState
from studio.session_state import SessionState

ON_LOAD = [RunState.leave, AccountsState.open]
SECONDS = 5


def page() -> rx.Component:
    """Return the list in its frame."""
    return frame(
        rx.el.style(SHEET),
        column(
            page_header("Accounts", _new(), text="Who may come in, and what they may do."),
            rx.cond(
                AccountsState.denied,
                _denied(),
                rx.fragment(
                    Beat.create(seconds=SECONDS, on_beat=AccountsState.look),
                    rx.box(
                        done_line(AccountsState.done, test_id="accounts-done"), margin_bottom=theme.SPACE_3
                    ),
                    rx.cond(AccountsState.loaded, _list(), skeleton_rows(4, height="32px")),
                    change_dialog(),
                ),
            ),
        ),
    )


def _new() -> rx.Component:
    return rx.cond(
        SessionState.can_accounts,
        rx.button(
            icon("user-plus"),
            "New account…",
            size="2",
            on_click=AccountsState.ask("create", ""),
            custom_attrs={"data-testid": "new-account"},
        ),
    )


def _denied() -> rx.Component:
    return empty_state(
        symbol="lock",
        title="You may not manage accounts",
        text=f"Your role {SessionState.role} has no access to them. Ask an admin.",
    )


def _list() -> rx.Component:
    titles = ("Name", "Role", "State", "Open sessions", "Last seen", "")
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*(rx.el.th(title, scope="col") for title in titles))),
            rx.el.tbody(rx.foreach(AccountsState.lines, _line)),
            class_name="as-table",
        ),
        class_name="as-table-box",
        style={"max_height": "none"},
        custom_attrs={"data-testid": "accounts-list"},
    )


def _line(line: AccountLine) -> rx.Component:
    is_me = line.id == SessionState.user_id
    return rx.el.tr(
        rx.el.td(line.name, rx.cond(is_me, " (you)", "")),
        rx.el.td(line.role),
        rx.el.td(rx.cond(line.disabled_at != "", _disabled(line), "can sign in")),
        rx.el.td(line.sessions),
        rx.el.td(relative_time(line.last_seen_at)),
        rx.el.td(
            rx.box(
                _act("Role…", "role", line),
                rx.cond(is_me, rx.fragment(), _act("Password…", "password", line)),
                rx.cond(
                    line.disabled_at != "", _act("Enable…", "enable", line), _act("Disable…", "disable", line)
                ),
                display="flex",
                justify_content="flex-end",
                gap=theme.SPACE_1,
            )
        ),
        custom_attrs={"data-testid": f"row-{line.name}"},
    )


def _disabled(line: AccountLine) -> rx.Component:
    return rx.el.span("disabled ", relative_time(line.disabled_at), style={"color": theme.MUTED})


def _act(label: str, asking: Asking, line: AccountLine) -> rx.Component:
    return rx.button(
        label,
        size="1",
        variant="soft",
        color_scheme="gray",
        on_click=AccountsState.ask(asking, line.id),
        custom_attrs={"data-testid": f"{asking}-{line.name}", "aria-label": f"{label} {line.name}"},
    )
