"""The schedule that is being written: what the form begins with, and what its rhythm would mean."""

import json
from collections.abc import Mapping
from typing import Any

import reflex as rx

from persistence.schedules import SchedulePlan
from runtime.errors import InvalidValue, NotFound, StudioError, UserError
from studio.pages.schedules.state import SchedulesState, tell
from studio.pages.schedules.views import Month, TimeLine, months, time_lines
from studio.session_state import actor_of
from studio.wiring import services
from tasks.control.schedules import get_schedule, preview_plan, set_schedule
from tasks.control.specs import list_workflows

UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 24 * 3600}
WEEKDAYS_AT_HALF_PAST_ONE = "30 13 * * 1-5"
"""What the shipped workflow uses: a minute after the markets of New York have opened, in summer time."""


class ScheduleFormState(rx.State):
    """The dialog of one schedule. What is typed comes with the form; here is what it began with."""

    asking: bool = False
    is_new: bool = True
    workflow: str = ""
    workflows: list[str] = []
    """To choose from."""
    kind: str = "cron"
    """cron or interval."""
    cron: str = WEEKDAYS_AT_HALF_PAST_ONE
    every: str = "15"
    unit: str = "minutes"
    timezone: str = "UTC"
    misfire: str = "once"
    most: str = "10"
    inputs: str = "{}"
    enabled: bool = True
    words: str = ""
    times: list[TimeLine] = []
    months: list[Month] = []
    rhythm_problem: str = ""
    problem: str = ""
    _revision: int = 0

    @rx.event
    async def ask_new(self) -> None:
        """Open an empty form."""
        actor, control = await actor_of(self), services().control
        known = await rx.run_in_thread(lambda: list_workflows(control, actor))
        self.reset()
        self.workflows = sorted(workflow.record.name for workflow in known)
        await self._preview()
        self.asking = True

    @rx.event
    async def ask_change(self, workflow: str) -> None:
        """Open the form of a schedule as it is now."""
        actor, control = await actor_of(self), services().control
        page = await self.get_state(SchedulesState)
        try:
            view = await rx.run_in_thread(lambda: get_schedule(control, actor, workflow))
        except NotFound as error:
            await tell(page, problem=error.message)
            return
        plan = view.record.plan
        self.reset()
        self.is_new, self.workflow, self._revision = False, workflow, view.record.revision
        self.timezone, self.misfire, self.most = plan.timezone, plan.misfire, str(plan.most)
        self.inputs = json.dumps(dict(plan.inputs), indent=2, ensure_ascii=False)
        self.enabled = plan.enabled
        if plan.interval_seconds > 0:
            self.kind = "interval"
            self.every, self.unit = _in_units(plan.interval_seconds)
        else:
            self.cron = plan.cron
        await self._preview()
        self.asking = True

    @rx.event
    async def choose_kind(self, kind: str) -> None:
        """Go by the clock, or by an interval."""
        self.kind = kind
        await self._preview()

    @rx.event
    async def write_cron(self, cron: str) -> None:
        """Follow the expression as it is typed."""
        self.cron = cron
        await self._preview()

    @rx.event
    async def write_every(self, every: str) -> None:
        """Follow the interval as it is typed."""
        self.every = every
        await self._preview()

    @rx.event
    async def choose_unit(self, unit: str) -> None:
        """Count the interval in another unit."""
        self.unit = unit
        await self._preview()

    @rx.event
    async def write_timezone(self, timezone: str) -> None:
        """Follow the zone as it is typed."""
        self.timezone = timezone
        await self._preview()

    @rx.event
    def choose_misfire(self, misfire: str) -> None:
        """Take over what becomes of missed times."""
        self.misfire = misfire

    @rx.event
    def switch(self, enabled: bool) -> None:  # noqa: FBT001  the browser's event
        """Take over whether it acts."""
        self.enabled = enabled

    @rx.event
    def set_open(self, is_open: bool) -> None:  # noqa: FBT001  the browser's event
        """Follow the dialog when it is closed."""
        if not is_open:
            self.asking = False

    @rx.event
    async def save(self, form: dict[str, Any]) -> None:
        """Set the schedule; what is refused is said in the dialog, and nothing that was written is lost."""
        actor, control = await actor_of(self), services().control
        told = {
            name: str(form.get(name) or "").strip()
            for name in ("workflow", "cron", "every", "timezone", "most", "inputs")
        }
        workflow, revision = told["workflow"] if self.is_new else self.workflow, self._revision
        self.problem = ""
        try:
            if not workflow:
                raise InvalidValue("Say which workflow it starts.", field="workflow")
            plan = self._plan(told)
            await rx.run_in_thread(lambda: set_schedule(control, actor, workflow, plan, based_on=revision))
        except StudioError as error:
            self.problem = f"Not saved: {error.message}"
            return
        self.asking = False
        page = await self.get_state(SchedulesState)
        await tell(page, done=f"The schedule of {workflow} is saved.")

    async def _preview(self) -> None:
        actor, control = await actor_of(self), services().control
        told = {"cron": self.cron.strip(), "every": self.every.strip(), "timezone": self.timezone.strip()}
        try:
            plan = self._plan({**told, "most": "1", "inputs": "{}"})
            found = await rx.run_in_thread(lambda: preview_plan(control, actor, plan))
        except UserError as error:
            self.rhythm_problem, self.words, self.times, self.months = error.message, "", [], []
            return
        self.rhythm_problem, self.words = "", found.words
        self.times, self.months = time_lines(found.times), months(found.times)

    def _plan(self, told: Mapping[str, str]) -> SchedulePlan:
        by_clock = self.kind == "cron"
        return SchedulePlan(
            cron=told["cron"] if by_clock else "",
            interval_seconds=0 if by_clock else _seconds(told["every"], self.unit),
            timezone=told["timezone"],
            misfire=self.misfire,
            most=_number(told["most"], field="most", what="How many missed times are caught up"),
            inputs=_inputs(told["inputs"]),
            enabled=self.enabled,
        )


def _seconds(every: str, unit: str) -> int:
    if unit not in UNITS:
        raise InvalidValue(f"An interval is counted in {', '.join(UNITS)}.", field="interval_seconds")
    seconds = _number(every, field="interval_seconds", what="The interval") * UNITS[unit]
    if seconds < 1:
        # 0 means "by cron" further in.
        raise InvalidValue("An interval is 1 or more of its unit.", field="interval_seconds")
    return seconds


def _number(text: str, *, field: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):  # noqa: PLR2004  more is refused by every limit
        raise InvalidValue(f"{what} is a whole number, not {text[:40]!r}.", field=field)
    return int(text)


def _inputs(text: str) -> dict[str, Any]:
    try:
        inputs = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise InvalidValue(f"The inputs are not JSON: {error}.", field="inputs") from error
    if not isinstance(inputs, dict):
        raise InvalidValue('The inputs are a JSON object, like {"as_of": "2026-01-02"}.', field="inputs")
    return inputs


def _in_units(seconds: int) -> tuple[str, str]:
    unit, size = next((unit, size) for unit, size in reversed(UNITS.items()) if not seconds % size)
    return str(seconds // size), unit
