"""The dialog of one schedule: the form at the left, what it would mean at the right."""

from collections.abc import Mapping
from zoneinfo import available_timezones

import reflex as rx

from runtime.scheduling.misfire import MOST_AT_ONCE
from studio import theme
from studio.components.icon import icon
from studio.components.notice import problem_line
from studio.pages.schedules import calendar
from studio.pages.schedules.form_state import UNITS, ScheduleFormState

_LABEL = {"display": "block", "font_weight": "500", "margin": f"{theme.SPACE_3} 0 {theme.SPACE_1}"}
_CRONS = {
    "30 13 * * 1-5": "13:30 on weekdays",
    "0 * * * *": "every hour",
    "*/15 * * * *": "every quarter of an hour",
    "0 6 * * *": "6:00 every day",
    "0 8 * * 1": "8:00 on Mondays",
    "0 18 L * *": "18:00 on the last day of the month",
}
_KINDS = {"cron": "By the clock (cron)", "interval": "At an interval"}
_MISFIRE = {
    "once": "Catch up once",
    "skip": "Skip them",
    "all": "Catch up all, up to a number",
}
INPUTS_MAX = 20_000


def schedule_dialog() -> rx.Component:
    """Return the dialog; it is open while a schedule is being written."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(
                rx.cond(
                    ScheduleFormState.is_new, "New schedule", f"Schedule of {ScheduleFormState.workflow}"
                ),
                font_size=theme.HEADING,
                line_height="20px",
                margin_bottom=theme.SPACE_1,
            ),
            rx.dialog.description(
                "The workflow starts by itself, with your rights, as it is drawn then.",
                size="2",
                color=theme.MUTED,
            ),
            rx.el.form(
                rx.box(
                    rx.box(_workflow(), _rhythm(), _missed(), _inputs(), _enabled(), min_width="0"),
                    _meaning(),
                    display="grid",
                    grid_template_columns="minmax(0, 1fr) 372px",
                    gap=theme.SPACE_6,
                ),
                problem_line(ScheduleFormState.problem, test_id="schedule-problem"),
                _buttons(),
                on_submit=ScheduleFormState.save,
                class_name="as-schedule-form",
            ),
            max_width="880px",
            outline="none",
            custom_attrs={"data-testid": "schedule-dialog"},
        ),
        open=ScheduleFormState.asking,
        on_open_change=ScheduleFormState.set_open,
    )


def _workflow() -> rx.Component:
    return rx.cond(
        ScheduleFormState.is_new,
        rx.fragment(
            rx.el.label("Workflow", html_for="schedule-workflow", style=_LABEL),
            _input("workflow", "", focus=True, options="schedule-workflows", longest=200),
            rx.el.datalist(
                rx.foreach(ScheduleFormState.workflows, lambda name: rx.el.option(value=name)),
                id="schedule-workflows",
            ),
        ),
    )


def _rhythm() -> rx.Component:
    return rx.fragment(
        rx.el.label("Starts", html_for="schedule-kind", style=_LABEL),
        _select("kind", _KINDS, ScheduleFormState.kind, ScheduleFormState.choose_kind),
        rx.cond(
            ScheduleFormState.kind == "cron",
            rx.fragment(
                rx.el.label(
                    "Minute, hour, day of month, month, day of week", html_for="schedule-cron", style=_LABEL
                ),
                _input(
                    "cron",
                    ScheduleFormState.cron,
                    on_change=ScheduleFormState.write_cron.debounce(150),
                    options="schedule-crons",
                    longest=200,
                    mono=True,
                ),
                rx.el.datalist(
                    *(rx.el.option(words, value=cron) for cron, words in _CRONS.items()), id="schedule-crons"
                ),
            ),
            rx.fragment(
                rx.el.label("Every", html_for="schedule-every", style=_LABEL),
                rx.box(
                    _input(
                        "every",
                        ScheduleFormState.every,
                        on_change=ScheduleFormState.write_every.debounce(150),
                        longest=9,
                    ),
                    _select(
                        "unit",
                        {unit: unit for unit in UNITS},
                        ScheduleFormState.unit,
                        ScheduleFormState.choose_unit,
                    ),
                    display="grid",
                    grid_template_columns="1fr 1fr",
                    gap=theme.SPACE_2,
                ),
            ),
        ),
        rx.el.label("Time zone", html_for="schedule-timezone", style=_LABEL),
        _input(
            "timezone",
            ScheduleFormState.timezone,
            on_change=ScheduleFormState.write_timezone.debounce(150),
            options="schedule-zones",
            longest=64,
        ),
        rx.el.datalist(
            *(rx.el.option(value=zone) for zone in sorted(available_timezones())), id="schedule-zones"
        ),
    )


def _missed() -> rx.Component:
    return rx.fragment(
        rx.el.label("Times that were missed (a worker was away)", html_for="schedule-misfire", style=_LABEL),
        _select("misfire", _MISFIRE, ScheduleFormState.misfire, ScheduleFormState.choose_misfire),
        rx.box(
            rx.el.label(f"At most, 1 to {MOST_AT_ONCE}", html_for="schedule-most", style=_LABEL),
            _input("most", ScheduleFormState.most, longest=4),
            display=rx.cond(ScheduleFormState.misfire == "all", "block", "none"),
        ),
    )


def _inputs() -> rx.Component:
    return rx.fragment(
        rx.el.label("Inputs of each run, a JSON object", html_for="schedule-inputs", style=_LABEL),
        rx.text_area(
            id="schedule-inputs",
            name="inputs",
            default_value=ScheduleFormState.inputs,
            rows="2",
            max_length=INPUTS_MAX,
            spell_check=False,
            font_family=theme.MONO,
            size="2",
            custom_attrs={"data-testid": "schedule-inputs"},
        ),
    )


def _enabled() -> rx.Component:
    return rx.el.label(
        rx.checkbox(
            checked=ScheduleFormState.enabled,
            on_change=ScheduleFormState.switch,
            size="1",
            custom_attrs={"data-testid": "schedule-enabled"},
        ),
        "It starts runs",
        style={"display": "flex", "align_items": "center", "gap": "6px", "margin_top": theme.SPACE_3},
    )


def _meaning() -> rx.Component:
    """Return what the rhythm means, or what is wrong with it, while it is typed."""
    return rx.el.section(
        rx.cond(
            ScheduleFormState.rhythm_problem != "",
            problem_line(ScheduleFormState.rhythm_problem, test_id="rhythm-problem"),
            rx.fragment(
                rx.el.p(
                    ScheduleFormState.words,
                    style={"font_weight": "600", "margin": "0 0 12px"},
                    custom_attrs={"data-testid": "rhythm-words"},
                ),
                calendar.coming(ScheduleFormState.times, ScheduleFormState.months, test_id="rhythm-times"),
            ),
        ),
        class_name="as-meaning",
        aria_label="What it means",
        aria_live="polite",
        style={
            "padding": theme.SPACE_4,
            "margin_top": theme.SPACE_3,
            "border_radius": theme.RADIUS,
            "border": f"{theme.LINE} solid {theme.BORDER}",
            "background": theme.PANEL,
            "max_height": "460px",
            "overflow": "auto",
        },
    )


def _input(
    name: str,
    value: str,
    *,
    longest: int,
    on_change: rx.event.EventType[str] | None = None,
    options: str = "",
    focus: bool = False,
    mono: bool = False,
) -> rx.Component:
    return rx.input(
        id=f"schedule-{name}",
        name=name,
        default_value=value,
        on_change=on_change,
        size="2",
        list=options or None,
        max_length=longest,
        auto_focus=focus,
        auto_complete="off",
        font_family=theme.MONO if mono else theme.FONT,
        custom_attrs={"data-testid": f"schedule-{name}"},
    )


def _select(
    name: str, words: Mapping[str, str], value: str, on_change: rx.event.EventType[str]
) -> rx.Component:
    return rx.select.root(
        rx.select.trigger(
            id=f"schedule-{name}", width="100%", custom_attrs={"data-testid": f"schedule-{name}"}
        ),
        rx.select.content(
            *(rx.select.item(label, value=key) for key, label in words.items()), position="popper"
        ),
        value=value,
        on_change=on_change,
        size="2",
    )


def _buttons() -> rx.Component:
    return rx.box(
        rx.dialog.close(
            rx.button(
                "Cancel",
                type="button",
                size="2",
                variant="soft",
                color_scheme="gray",
                custom_attrs={"data-testid": "schedule-cancel"},
            )
        ),
        rx.button(
            icon("check"),
            "Save the schedule",
            type="submit",
            size="2",
            custom_attrs={"data-testid": "schedule-save"},
        ),
        display="flex",
        justify_content="flex-end",
        gap=theme.SPACE_2,
        margin_top=theme.SPACE_4,
    )
