"""Coming times, as a list and on the sheets of a calendar."""

import reflex as rx

from studio import theme
from studio.components.relative_time import relative_time
from studio.pages.schedules.views import Day, Month, TimeLine

_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

SHEET = f"""
.as-cut {{ overflow: hidden; text-overflow: ellipsis; }}
.as-schedules tbody + tbody > tr > td {{ border-top: 1px solid {theme.BORDER}; }}
.as-schedules > tbody > tr > td:not(:last-child) {{ max-width: 224px; }}
.as-schedules > tbody > tr > td:last-child {{ max-width: none; }}
.as-coming {{ display: flex; flex-wrap: wrap; gap: {theme.SPACE_4} {theme.SPACE_6}; align-items: flex-start; }}
.as-month {{ font-size: 12px; line-height: 22px; font-variant-numeric: tabular-nums; }}
.as-month b {{ display: block; font-weight: 600; padding-left: 4px; }}
.as-days {{ display: grid; grid-template-columns: repeat(7, 22px); gap: 1px; text-align: center; color: {theme.MUTED}; }}
.as-days span {{ border-radius: 4px; min-height: 22px; }}
.as-days span[data-runs=true] {{ background: {theme.ACCENT_SOFT}; color: {theme.ACCENT_INK}; font-weight: 600; }}
.as-times {{ list-style: none; margin: 0; padding: 0; display: grid; gap: 3px; font-size: 12px; line-height: 18px;
  font-variant-numeric: tabular-nums; }}
.as-times li {{ display: flex; gap: {theme.SPACE_3}; align-items: baseline; white-space: nowrap; }}
.as-times li > :first-child {{ min-width: 204px; }}
.as-times time, .as-shift {{ color: {theme.MUTED}; }}
.as-meaning .as-coming {{ gap: {theme.SPACE_3} {theme.SPACE_4}; }}
.as-meaning .as-month:nth-child(n + 3) {{ display: none; }}
.as-schedule-form input::-webkit-calendar-picker-indicator {{ display: none !important; }}
"""


def coming(times: list[TimeLine], months: list[Month], *, test_id: str) -> rx.Component:
    """Return the next times on the schedule's own wall clock, beside the months they fall in."""
    return rx.el.div(
        rx.foreach(months, _month),
        rx.el.ol(rx.foreach(times, _time), class_name="as-times", aria_label="The next times"),
        class_name="as-coming",
        custom_attrs={"data-testid": test_id},
    )


def _month(month: Month) -> rx.Component:
    return rx.el.div(
        rx.el.b(month.title),
        rx.el.div(
            *(rx.el.span(day, style={"font_size": theme.TEXT_SMALL}) for day in _WEEKDAYS),
            rx.foreach(month.days, _day),
            class_name="as-days",
        ),
        class_name="as-month",
        # The list beside it says the same in words.
        aria_hidden="true",
    )


def _day(day: Day) -> rx.Component:
    return rx.el.span(
        day.number, title=day.title, custom_attrs={"data-runs": rx.cond(day.count > 0, "true", "false")}
    )


def _time(time: TimeLine) -> rx.Component:
    return rx.el.li(
        rx.el.span(time.local),
        relative_time(time.at, ahead=True, distance=True),
        rx.cond(time.shifted, rx.el.span("the clocks have changed", class_name="as-shift")),
    )
