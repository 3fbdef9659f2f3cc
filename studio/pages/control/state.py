"""The control room of one tab: looked at about once a second while somebody can see the page; only what differs is sent."""

from typing import Any, Literal

import reflex as rx

from runtime.desks import DeskName
from runtime.errors import SignInRequired, StudioError
from studio.everything.views import EverythingView
from studio.pages.control.reading import (
    RoomReading,
    read_halts,
    read_room,
    read_watchdog,
    read_workers,
)
from studio.pages.control.tab_views import HaltEntry, WatchdogView, WorkersView
from studio.pages.control.views import LaneView, lane_view, room_sentence
from studio.session_state import actor_of
from studio.wiring import services
from tasks.access import Actor

BEAT_SECONDS = 15
"""The page says so often that somebody looks; each time starts the look anew."""
WATCH_SECONDS = 20.0
"""A look that is not renewed ends: the tab is hidden or gone."""
LOOK_SECONDS = 0.8
HURRIED_SECONDS = 0.25
"""While something is halting."""
TAB_EVERY = 3
"""Looks per look at the open tab."""
Tab = Literal["workers", "watchdog", "halts"]


class ControlState(rx.State):
    """What the page shows; one var per lane, so that a change sends one lane."""

    agents: LaneView = LaneView()
    paper: LaneView = LaneView()
    bots: LaneView = LaneView()
    rl: LaneView = LaneView()
    quant_agents: LaneView = LaneView()
    workflows: LaneView = LaneView()
    last: EverythingView = EverythingView()
    """The last halt of everything."""
    words: str = ""
    loaded: bool = False
    problem: str = ""
    """Why what is shown may be old; empty while it is not."""
    seen_at: str = ""
    """ISO time of the last look that succeeded, set while `problem` is."""
    tab: Tab = "workers"
    workers: WorkersView = WorkersView()
    watchdog: WatchdogView = WatchdogView()
    halts: list[HaltEntry] = []
    halts_loaded: bool = False
    _heard_at: str = ""

    @rx.event
    def choose_tab(self, tab: str) -> Any:  # noqa: ANN401  an event
        """Show another tab, and look at once."""
        self.tab = "halts" if tab == "halts" else "watchdog" if tab == "watchdog" else "workers"
        return ControlState.watch

    @rx.event(background=True, supersedes=True)
    async def watch(self) -> None:
        """Look again and again until the time is up; the page renews it."""
        control = services().control
        until, looks, pause = control.clock.monotonic() + WATCH_SECONDS, 0, LOOK_SECONDS
        while control.clock.monotonic() < until:
            try:
                actor = await actor_of(self)
                reading = await rx.run_in_thread(lambda who=actor: read_room(control, who))
                seen: dict[str, object] = {}
                if looks % TAB_EVERY == 0:
                    tab: Tab = self.tab
                    seen = await rx.run_in_thread(
                        lambda who=actor, tab=tab, found=reading: _look_at(tab, who, found)  # pyright: ignore[reportArgumentType]  a default keeps no literal
                    )
            except SignInRequired:
                raise
            except StudioError as error:
                async with self:
                    self._say_stale(error.message)
            else:
                async with self:
                    self._show(reading)
                    self._set(**seen)
                pause = HURRIED_SECONDS if _is_halting(reading) else LOOK_SECONDS
            looks += 1
            await control.clock.sleep(pause)

    def _show(self, reading: RoomReading) -> None:
        lanes = {lane_var(lane.desk): lane_view(lane) for lane in reading.lanes}
        self._set(**lanes, last=reading.last, words=room_sentence(reading.lanes), loaded=True, problem="")
        self._heard_at = services().control.clock.now().isoformat()

    def _say_stale(self, message: str) -> None:
        self._set(problem=message, seen_at=self._heard_at)

    def _set(self, **values: object) -> None:
        """Assign only what differs: assigning sends."""
        for name, value in values.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


def lane_var(desk: DeskName) -> str:
    """Return the var that holds a desk's lane."""
    return desk.replace("-", "_")


def _look_at(tab: Tab, actor: Actor, reading: RoomReading) -> dict[str, object]:
    control = services().control
    match tab:
        case "workers":
            found: object = read_workers(control, actor, reading.lanes)
        case "watchdog":
            found = read_watchdog(control, actor)
        case "halts":
            found = read_halts(control, actor)
    return {tab: found, "halts_loaded": True} if tab == "halts" else {tab: found}


def _is_halting(reading: RoomReading) -> bool:
    return any(run.status == "halting" for lane in reading.lanes for run in lane.runs)
