"""The schedules page, on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from studio.pages.schedules.form_state import ScheduleFormState
from studio.pages.schedules.state import SchedulesState
from studio.wiring import serving
from tasks.control.schedules import get_schedule, set_schedule
from tasks.control.settings import open_local_rollout, set_setting
from tasks.control.specs import create_empty
from tests.studio.conftest import Office
from tests.studio.tabs import open_tab, state_of

BERLIN = {
    "workflow": "daily",
    "cron": "0 9 * * 1-5",
    "timezone": "Europe/Berlin",
    "most": "10",
    "inputs": "{}",
}


@dataclass(frozen=True, kw_only=True)
class Tab:
    """The page and its dialog in one browser tab."""

    page: SchedulesState
    form: ScheduleFormState
    office: Office

    async def save(self, **changes: str) -> None:
        """Send the form of a new schedule."""
        await self.form.ask_new()
        await self.form.save(BERLIN | changes)


@pytest.fixture
async def tab(office: Office) -> AsyncIterator[Tab]:
    control = office.container.control
    open_local_rollout(control)
    create_empty(control, office.admin, "daily")
    async with serving(office.container):
        root = open_tab(office, "/schedules")
        made = Tab(page=state_of(root, SchedulesState), form=state_of(root, ScheduleFormState), office=office)
        await made.page.open()
        yield made


async def test_a_schedule_is_saved_and_shown_with_its_next_time(tab: Tab) -> None:
    await tab.save()

    (line,) = tab.page.lines
    assert (tab.form.asking, tab.page.done) == (False, "The schedule of daily is saved.")
    assert (line.words, line.cron) == ("At 09:00 on Monday through Friday", "0 9 * * 1-5")
    assert not line.idle
    assert "09:00 +" in line.next_local
    view = get_schedule(tab.office.container.control, tab.office.admin, "daily")
    assert line.next_at == view.times[0].at.isoformat()


async def test_an_interval_is_saved_in_seconds_and_edited_in_its_largest_unit(tab: Tab) -> None:
    await tab.form.ask_new()
    await tab.form.choose_kind("interval")
    await tab.form.choose_unit("hours")
    await tab.form.save(BERLIN | {"every": "36"})
    view = get_schedule(tab.office.container.control, tab.office.admin, "daily")

    await tab.form.ask_change("daily")

    assert (view.record.plan.interval_seconds, view.record.plan.cron) == (36 * 3600, "")
    assert (tab.form.kind, tab.form.every, tab.form.unit) == ("interval", "36", "hours")
    assert (tab.form.words, tab.page.lines[0].cron) == ("Every 36 hours", "")


async def test_what_a_rhythm_means_is_shown_while_it_is_typed(tab: Tab) -> None:
    await tab.form.ask_new()
    await tab.form.write_timezone("America/New_York")
    await tab.form.write_cron("0 12 1 * *")

    assert tab.form.words == "At 12:00 on the first day of every month"
    assert len(tab.form.times) == 10
    assert [sum(day.count for day in month.days) for month in tab.form.months] == [1, 1, 1]
    assert any(time.shifted for time in tab.form.times)

    await tab.form.write_cron("0 25 1 * *")

    assert "hour" in tab.form.rhythm_problem
    assert (tab.form.words, tab.form.times, tab.form.months) == ("", [], [])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"workflow": ""}, "which workflow"),
        ({"workflow": "nobody"}, "no workflow 'nobody'"),
        ({"cron": "0 9 * *"}, "4 fields"),
        ({"cron": ""}, "Say when"),
        ({"timezone": "Berlin"}, "Did you mean"),
        ({"inputs": "[1]"}, "JSON object"),
        ({"inputs": "{"}, "not JSON"),
        ({"inputs": "[" * 20_000}, "not JSON"),
    ],
)
async def test_what_is_refused_is_said_and_the_dialog_stays_open(
    tab: Tab, changes: dict[str, str], words: str
) -> None:
    await tab.save(**changes)

    assert words in tab.form.problem
    assert tab.form.asking
    assert tab.page.lines == []


@pytest.mark.parametrize(
    ("every", "words"),
    [("0", "1 or more"), ("", "whole number"), ("-5", "whole number"), ("1e3", "whole number"), ("٣", "whole number"),
     ("999999999", "366")],
)  # fmt: skip
async def test_an_interval_that_is_none_is_refused(tab: Tab, every: str, words: str) -> None:
    await tab.form.ask_new()
    await tab.form.choose_kind("interval")

    await tab.form.write_every(every)
    await tab.form.save(BERLIN | {"every": every})

    # The limits are told in seconds with thousands separated.
    assert words in tab.form.problem.replace("31,622,400", "366 days")
    assert tab.form.problem == f"Not saved: {tab.form.rhythm_problem}"
    assert tab.page.lines == []


async def test_a_unit_that_there_is_not_is_told(tab: Tab) -> None:
    await tab.form.ask_new()
    await tab.form.choose_kind("interval")

    await tab.form.choose_unit("fortnights")

    assert "seconds, minutes, hours, days" in tab.form.rhythm_problem


async def test_catching_up_takes_a_number_in_its_limits(tab: Tab) -> None:
    await tab.form.ask_new()
    tab.form.choose_misfire("all")
    await tab.form.save(BERLIN | {"most": "101"})
    refused = tab.form.problem

    await tab.form.save(BERLIN | {"most": "3"})

    assert "1 to 100" in refused
    assert tab.page.lines[0].misfire == "up to 3 missed times are caught up"


async def test_a_schedule_that_somebody_else_changed_meanwhile_is_not_overwritten(tab: Tab) -> None:
    control, admin = tab.office.container.control, tab.office.admin
    await tab.save()
    await tab.form.ask_change("daily")
    plan = get_schedule(control, admin, "daily").record.plan
    set_schedule(control, admin, "daily", plan)

    await tab.form.save(BERLIN | {"cron": "0 10 * * *"})

    assert "schedule of workflow 'daily'" in tab.form.problem
    assert get_schedule(control, admin, "daily").record.plan == plan

    await tab.save(cron="0 11 * * *")

    assert "schedule of workflow 'daily'" in tab.form.problem


async def test_pausing_resuming_and_deleting_are_what_happens(tab: Tab) -> None:
    await tab.save()

    await tab.page.pause("daily")
    paused = tab.page.lines[0]
    await tab.page.resume("daily")
    resumed = tab.page.lines[0]
    await tab.page.delete("daily")

    assert (paused.paused, paused.idle, paused.next_at) == (True, "It is paused.", "")
    assert (resumed.paused, resumed.idle, bool(resumed.next_at)) == (False, "", True)
    assert tab.page.lines == []
    assert tab.page.done == "daily has no schedule any more."
    await tab.page.pause("daily")
    assert "no schedule of workflow" in tab.page.problem
    await tab.form.ask_change("daily")
    assert (tab.form.asking, bool(tab.page.problem)) == (False, True)


async def test_the_coming_times_of_one_schedule_are_opened_and_closed(tab: Tab) -> None:
    await tab.save()

    await tab.page.toggle("daily")
    opened = (tab.page.shown, len(tab.page.times), len(tab.page.months))
    await tab.page.toggle("daily")

    assert opened == ("daily", 10, 1)
    assert tab.page.times == []
    await tab.page.toggle("daily")
    await tab.page.delete("daily")
    assert (tab.page.shown, tab.page.times, tab.page.months) == ("", [], [])


async def test_with_their_flag_off_the_page_says_that_none_of_them_starts(tab: Tab) -> None:
    await tab.save()
    control, admin = tab.office.container.control, tab.office.admin
    set_setting(control, admin, "orchestration_schedule_enabled", False, "rollback")

    await tab.page.look()

    assert not tab.page.running
    assert "orchestration_schedule_enabled" in tab.page.lines[0].idle
    set_setting(control, admin, "orchestration_studio_enabled", False, "rollback")
    await tab.page.look()
    assert tab.page.phase == "off"
