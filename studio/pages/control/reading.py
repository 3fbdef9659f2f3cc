"""One look at everything that the control room shows. Blocking calls of control functions; no Reflex in here."""

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.desks import DeskName
from runtime.ids import RunId
from runtime.settings import environment_name
from studio.desk_titles import desk_titles
from studio.everything.views import EverythingView, everything_view
from studio.pages.control.tab_views import (
    HaltEntry,
    WatchdogView,
    WorkersView,
    halt_entries,
    watchdog_view,
    workers_view,
)
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.control_room import STUDIO_OFF, Lane, control_room
from tasks.control.halt_everything import recent_everything
from tasks.control.halts import recent_halts
from tasks.control.settings import settings_in_force
from tasks.control.watchdog import workflow_health
from tasks.control.workers import work_force

HALTS = 40
WATCHDOG_OFF = (
    "Kill propagation is off, and with it the watchdog of workflow runs: it halts nothing. Set "
    f"{environment_name('orchestration_kill_propagation_enabled')}=true, or switch it on in the settings."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomReading:
    """The lanes, and the last halt of everything."""

    lanes: tuple[Lane, ...]
    last: EverythingView


def read_room(control: Control, actor: Actor) -> RoomReading:
    """Look at the lanes; raises `Unavailable`."""
    last = recent_everything(control, actor, limit=1)
    return RoomReading(
        lanes=control_room(control, actor),
        last=everything_view(last[0] if last else None, desk_titles()),
    )


def read_workers(control: Control, actor: Actor, lanes: Sequence[Lane]) -> WorkersView:
    """Look at workers and queues."""
    names: dict[RunId, tuple[DeskName, str]] = {
        run.run_id: (run.desk, run.name) for lane in lanes for run in lane.runs
    }
    return workers_view(work_force(control, actor), names)


def read_watchdog(control: Control, actor: Actor) -> WatchdogView:
    """Look at the watchdog of workflow runs; with the studio off its tables are left alone."""
    live = settings_in_force(control).live
    if not live.orchestration_studio_enabled:
        return watchdog_view(None, off=STUDIO_OFF)
    off = "" if live.orchestration_kill_propagation_enabled else WATCHDOG_OFF
    return watchdog_view(workflow_health(control, actor), off=off)


def read_halts(control: Control, actor: Actor) -> list[HaltEntry]:
    """Look at the last halts."""
    everything = recent_everything(control, actor, limit=10)
    return halt_entries(recent_halts(control, actor, limit=HALTS), everything, desk_titles())
