"""The audit log: who did what, when and why, with filters and a CSV of what fits."""

from typing import cast

import reflex as rx

from studio import theme
from studio.charts.style import SHEET
from studio.components.beat import Beat
from studio.components.icon import icon
from studio.components.notice import empty_state, error_state, skeleton_rows
from studio.components.relative_time import relative_time
from studio.components.section import page_header
from studio.components.unless import unless
from studio.layout import column, frame
from studio.pages.audit.state import ALL, AuditState
from studio.pages.audit.views import AuditLine
from studio.run_view.state import RunState
from studio.session_state import SessionState

ON_LOAD = [RunState.leave, AuditState.open]
SECONDS = 5
_FAMILIES = (
    ("halt", "octagon"),
    ("kill_switch", "octagon"),
    ("run", "play"),
    ("setting", "sliders-horizontal"),
    ("account", "user"),
    ("schedule", "calendar-clock"),
    ("workflow", "workflow"),
)


def page() -> rx.Component:
    """Return the log in its frame."""
    return frame(
        rx.el.style(SHEET),
        column(
            page_header(
                "Audit", _download(), text="Who did what, when and why. Nothing here can be changed."
            ),
            rx.cond(
                AuditState.denied,
                _denied(),
                rx.fragment(
                    Beat.create(seconds=SECONDS, on_beat=AuditState.look),
                    _filters(),
                    rx.cond(AuditState.loaded, _found(), skeleton_rows(8, height="32px")),
                ),
            ),
        ),
        section="audit",
    )


def _download() -> rx.Component:
    return rx.cond(
        SessionState.can_audit,
        rx.button(
            # It leads to a file of the API, which the pages' own router would look for in vain.
            rx.el.a(icon("download"), "CSV", href=AuditState.csv, download="audit.csv", reload_document=True),
            as_child=True,
            size="2",
            variant="soft",
            color_scheme="gray",
            custom_attrs={"data-testid": "audit-csv"},
        ),
    )


def _denied() -> rx.Component:
    return empty_state(
        symbol="lock",
        title="You may not read the audit log",
        text=f"Your role {SessionState.role} has no access to it. Ask an operator or an admin.",
    )


def _found() -> rx.Component:
    return rx.cond(
        AuditState.problem != "",
        error_state(title="This cannot be looked for", text=AuditState.problem, action=_show_all()),
        rx.cond(AuditState.lines, _list(), _none()),
    )


def _filters() -> rx.Component:
    return rx.el.form(
        rx.input(
            rx.input.slot(icon("search")),
            value=AuditState.text,
            on_change=AuditState.write_text,
            placeholder="Action, target, reason, run id …",
            aria_label="Look for",
            size="2",
            width="220px",
            max_length=200,
            custom_attrs={"data-testid": "audit-text"},
        ),
        rx.input(
            value=AuditState.actor,
            on_change=AuditState.write_actor,
            placeholder="By whom",
            aria_label="By whom",
            size="2",
            width="110px",
            max_length=200,
            custom_attrs={"data-testid": "audit-actor"},
        ),
        rx.select.root(
            rx.select.trigger(
                aria_label="Action", min_width="140px", custom_attrs={"data-testid": "audit-action"}
            ),
            rx.select.content(
                rx.select.item("All actions", value=ALL),
                rx.foreach(AuditState.actions, lambda name: rx.select.item(name, value=name)),
                position="popper",
            ),
            value=AuditState.action,
            on_change=AuditState.choose_action,
            size="2",
        ),
        _day("From", AuditState.first_day, AuditState.choose_first_day, "audit-from"),
        _day("To", AuditState.last_day, AuditState.choose_last_day, "audit-to"),
        rx.button("Search", type="submit", size="2", custom_attrs={"data-testid": "audit-search"}),
        rx.cond(AuditState.filtered, _show_all()),
        on_submit=AuditState.search,
        style={
            "display": "flex",
            "flex_wrap": "wrap",
            "align_items": "center",
            "gap": theme.SPACE_2,
            "margin_bottom": theme.SPACE_3,
        },
    )


def _day(label: str, value: str, on_change: rx.event.EventType[str], test_id: str) -> rx.Component:
    return rx.el.label(
        label,
        rx.input(
            type="date",
            value=value,
            on_change=on_change,
            title="A day in UTC; it counts whole",
            size="2",
            width="150px",
            custom_attrs={"data-testid": test_id},
        ),
        style={"display": "flex", "align_items": "center", "gap": "6px", "color": theme.MUTED},
    )


def _list() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        *(
                            rx.el.th(title, scope="col")
                            for title in ("When", "Who", "Action", "Target", "Why", "Details")
                        )
                    )
                ),
                rx.el.tbody(rx.foreach(AuditState.lines, _line)),
                class_name="as-table",
            ),
            class_name="as-table-box",
            style={"max_height": "none"},
        ),
        _paging(),
        custom_attrs={"data-testid": "audit-list"},
    )


def _line(line: AuditLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(relative_time(line.at)),
        rx.el.td(line.who),
        rx.el.td(
            rx.el.span(
                _symbol(line.family),
                line.action,
                style={"display": "inline-flex", "align_items": "center", "gap": "6px"},
            )
        ),
        rx.el.td(
            rx.cond(
                line.address != "",
                rx.link(line.target, href=line.address, underline="hover", color=theme.INK),
                line.target,
            ),
            title=line.target,
        ),
        rx.el.td(line.reason, title=line.reason),
        rx.el.td(rx.cond(line.detail != "", _details(line), "–")),
        style={"vertical_align": "top"},
        custom_attrs={"data-testid": f"audit-{line.id}", "data-action": line.action},
    )


def _symbol(family: str) -> rx.Component:
    red = {"halt", "kill_switch"}
    return cast(
        rx.Component,
        rx.match(
            family,
            *(
                (name, icon(symbol, color=theme.DANGER_INK if name in red else theme.MUTED))
                for name, symbol in _FAMILIES
            ),
            icon("dot", color=theme.MUTED),
        ),
    )


def _details(line: AuditLine) -> rx.Component:
    return rx.el.details(
        rx.el.summary("Show", style={"cursor": "pointer", "color": theme.ACCENT_INK}),
        rx.el.pre(
            line.detail,
            style={
                "font_family": theme.MONO,
                "min_width": "260px",
                "white_space": "pre-wrap",
                "overflow_wrap": "anywhere",
                "max_height": "240px",
                "overflow": "auto",
                "margin": f"{theme.SPACE_1} 0",
            },
        ),
    )


def _paging() -> rx.Component:
    return rx.cond(
        AuditState.has_newer | AuditState.has_older,
        rx.box(
            _turn("Newer", "chevron-left", AuditState.newer, unless(AuditState.has_newer)),
            _turn("Older", "chevron-right", AuditState.older, unless(AuditState.has_older)),
            display="flex",
            justify_content="flex-end",
            gap=theme.SPACE_1,
            margin_top=theme.SPACE_3,
        ),
    )


def _turn(label: str, symbol: str, event: rx.event.EventType[()], blocked: rx.Var[bool]) -> rx.Component:
    return rx.button(
        icon(symbol),
        label,
        size="2",
        variant="soft",
        color_scheme="gray",
        disabled=blocked,
        on_click=event,
        custom_attrs={"data-testid": f"audit-{label.lower()}"},
    )


def _show_all() -> rx.Component:
    return rx.button(
        "Show all",
        type="button",
        size="2",
        variant="soft",
        color_scheme="gray",
        on_click=AuditState.show_all,
        custom_attrs={"data-testid": "audit-show-all"},
    )


def _none() -> rx.Component:
    return rx.cond(
        AuditState.filtered,
        empty_state(title="No entry fits", text="Nothing was written down that has all of this."),
        empty_state(
            title="Nothing was written down yet",
            text="Starts, halts, flags, accounts and the kill switch show here as soon as they happen.",
            symbol="scroll-text",
        ),
    )
