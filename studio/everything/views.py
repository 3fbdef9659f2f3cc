"""A halt of everything as it is shown: lane by lane, and "stopped" only where that is proved. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from persistence.halts import HaltItem
from runtime.desks import DeskName
from studio.run_view.halts import HaltLine, halt_view, span
from tasks.control.halt_everything import EverythingState, LaneHalt
from tasks.control.halts import HaltRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneLine:
    """One desk in a halt of everything."""

    desk: str
    title: str
    tone: str
    """`ok`: proved; `busy`: being proved; `warn`: something has to be said; `bad`: it failed."""
    words: str
    lines: list[HaltLine] = field(default_factory=list[HaltLine])


@dataclass(frozen=True, slots=True, kw_only=True)
class EverythingView:
    """A halt of everything, ready to show; the empty one has no id."""

    id: str = ""
    reason: str = ""
    who: str = ""
    requested_at: str = ""
    """ISO time."""
    proved: bool = False
    settled: bool = False
    """Nothing more can come: proved, or what is missing has failed."""
    sentence: str = ""
    short: str = ""
    """For the header of the control room: lanes, and the last side effect."""
    switch: str = ""
    switch_engaged: bool = False
    lanes: list[LaneLine] = field(default_factory=list[LaneLine])


def everything_view(state: EverythingState | None, titles: Mapping[DeskName, str]) -> EverythingView:
    """Return what to show of a halt of everything."""
    if state is None:
        return EverythingView()
    halt, stopped = state.halt, sum(lane.state == "stopped" for lane in state.lanes)
    lanes = f"{stopped} of {len(state.lanes)} lanes"
    return EverythingView(
        id=halt.id,
        reason=halt.reason,
        who=halt.actor_name,
        requested_at=halt.requested_at.isoformat(),
        proved=state.proved,
        settled=not any(lane.state in ("halting", "unwritten") for lane in state.lanes)
        and _all_proved(state),
        sentence=_sentence(state, lanes),
        short=f"{lanes} proved stopped, {_last(state)}",
        switch=_switch(state),
        switch_engaged=not state.switch.failed,
        lanes=[_lane(lane, titles.get(lane.desk, lane.desk)) for lane in state.lanes],
    )


def times_of(item: HaltItem) -> HaltLine:
    """Return the times of one run's halt, counted from the request."""
    record = HaltRecord(
        id=item.halt_id, scope="run", reason="", actor_name="", requested_at=item.requested_at, items=(item,)
    )
    return halt_view(record).lines[0]


def _sentence(state: EverythingState, lanes: str) -> str:
    hit = sum(len(lane.items) for lane in state.lanes)
    if state.switch.failed:
        return f"{lanes} proved stopped. The kill switch may not be engaged: {state.switch.failed}"
    if not state.proved:
        proved = sum(item.proved_at is not None for lane in state.lanes for item in lane.items)
        return f"{lanes} proved stopped, {proved} of {hit} runs. The others are being stopped; this dialog keeps looking."
    if hit == 0:
        return "Nothing was running. The kill switch is engaged: nothing starts until it is released."
    return f"All {len(state.lanes)} lanes have stopped, proved: {hit} run{'' if hit == 1 else 's'}, {_last(state)}."


def _all_proved(state: EverythingState) -> bool:
    return all(item.proved_at for lane in state.lanes for item in lane.items)


def _last(state: EverythingState) -> str:
    effects = [item.last_effect_at for lane in state.lanes for item in lane.items if item.last_effect_at]
    if not effects:
        return "no side effect was made"
    offset = (max(effects) - state.halt.requested_at).total_seconds() * 1e3
    after = "" if offset < 0 and span(offset) != "0 ms" else " after"
    return f"last side effect {span(offset)}{after} the request"


def _switch(state: EverythingState) -> str:
    if state.switch.failed:
        return f"The kill switch may not be engaged: {state.switch.failed}"
    if not state.switch_written:
        return "The kill switch is engaged by its key; the database has not taken it yet."
    return "The kill switch is engaged: nothing starts until it is released."


def _lane(lane: LaneHalt, title: str) -> LaneLine:
    tone, words = _told(lane)
    return LaneLine(
        desk=lane.desk, title=title, tone=tone, words=words, lines=[times_of(item) for item in lane.items]
    )


def _told(lane: LaneHalt) -> tuple[str, str]:
    """Return the tone and the sentence of a lane."""
    proved = sum(item.proved_at is not None for item in lane.items)
    runs = f"{len(lane.items)} run{'' if len(lane.items) == 1 else 's'}"
    match lane.state:
        case "failed":
            return "bad", _with_switch(lane, f"Not halted by this lane: {lane.part.failed}", proved)
        case "refused":
            return "warn", "Not halted: propagation is off, and the kill switch may not be engaged."
        case "unwritten":
            return "warn", "The workers have been told; the database has not taken it yet."
        case "halting":
            return ("warn" if lane.part.refused else "busy"), _refusal(
                lane
            ) + f"{proved} of {runs} proved stopped."
        case "stopped" if not lane.items:
            return ("warn" if lane.part.refused else "ok"), _refusal(lane) + "Nothing was running."
        case "stopped":
            return ("warn" if lane.part.refused else "ok"), _refusal(lane) + f"{runs} stopped, proved."


def _refusal(lane: LaneHalt) -> str:
    if not lane.part.refused:
        return ""
    return "Propagation is off: this lane sent no halt. The kill switch stops workflows all the same: "


def _with_switch(lane: LaneHalt, words: str, proved: int) -> str:
    if not lane.items:
        return words
    return f"{words} The kill switch stopped {len(lane.items)} here, {proved} proved."
