"""What the checks found, and who changed what: the two lists of the settings page."""

import reflex as rx

from studio import theme
from studio.charts.style import SHEET
from studio.components.icon import icon
from studio.components.relative_time import relative_time
from studio.pages.settings.views import ChangeLine, CheckLine


def check_list(checks: list[CheckLine], *, count: int) -> rx.Component:
    """Return what each check found; before they ran, how many there are."""
    return rx.cond(
        checks,
        rx.box(
            rx.foreach(checks, _check),
            margin_top=theme.SPACE_2,
            border=f"{theme.LINE} solid {theme.BORDER}",
            border_radius=theme.RADIUS,
            background=theme.PANEL,
            custom_attrs={"data-testid": "checks"},
        ),
        rx.text(
            count,
            " checks run before anything is switched on, and each shows what it found. Switching off is never checked.",
            color=theme.MUTED,
            margin_top=theme.SPACE_1,
        ),
    )


def _check(check: CheckLine) -> rx.Component:
    look, failed = theme.STATES["completed"], theme.STATES["error"]
    return rx.box(
        rx.cond(check.ok, icon("check", color=look.ink), icon("triangle-alert", color=failed.ink)),
        rx.box(
            rx.box(
                rx.text(check.title, as_="span", font_weight="500"),
                rx.text(
                    rx.cond(check.ok, "Passed", "Failed"),
                    as_="span",
                    color=rx.cond(check.ok, look.ink, failed.ink),
                    font_size=theme.TEXT_SMALL,
                ),
                display="flex",
                gap=theme.SPACE_2,
                align_items="baseline",
            ),
            rx.text(check.evidence, color=theme.MUTED, overflow_wrap="anywhere"),
            min_width="0",
            flex="1",
        ),
        rx.box(
            rx.el.code(
                check.command,
                style={"font_family": theme.MONO, "font_size": theme.TEXT_SMALL, "overflow_wrap": "anywhere"},
            ),
            rx.icon_button(
                icon("copy"),
                size="1",
                variant="ghost",
                color_scheme="gray",
                on_click=rx.set_clipboard(check.command),
                aria_label=f"Copy the command of: {check.title}",
                custom_attrs={"data-testid": f"copy-{check.name}"},
            ),
            display="flex",
            gap=theme.SPACE_2,
            align_items="center",
            color=theme.MUTED,
            max_width="45%",
        ),
        display="flex",
        gap=theme.SPACE_3,
        align_items="flex-start",
        padding=f"{theme.SPACE_2} {theme.SPACE_3}",
        border_bottom=f"{theme.LINE} solid {theme.BORDER}",
        _last={"border_bottom": "none"},
        custom_attrs={"data-testid": f"check-{check.name}", "data-ok": check.ok},
    )


def history_table(changes: list[ChangeLine]) -> rx.Component:
    """Return the changes, newest first."""
    return rx.box(
        rx.el.style(SHEET),
        rx.heading("History", as_="h3", font_size=theme.TEXT, font_weight="600", margin_bottom=theme.SPACE_2),
        rx.cond(
            changes,
            rx.el.div(
                rx.el.table(
                    rx.el.thead(
                        rx.el.tr(
                            *(
                                rx.el.th(title, scope="col")
                                for title in ("When", "Setting", "Change", "By", "Why")
                            )
                        )
                    ),
                    rx.el.tbody(rx.foreach(changes, _change)),
                    class_name="as-table",
                ),
                class_name="as-table-box",
                style={"max_height": "none"},
                custom_attrs={"data-testid": "settings-history"},
            ),
            rx.text("Nobody has changed a setting yet.", color=theme.MUTED),
        ),
    )


def _change(line: ChangeLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(relative_time(line.at)),
        rx.el.td(line.title),
        rx.el.td(line.change),
        rx.el.td(line.who),
        rx.el.td(rx.el.span(line.why, title=line.why, style={"color": theme.MUTED})),
        key=line.key,
    )
