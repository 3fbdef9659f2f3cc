"""Frames of a run folded into what is known of it. Pure: the same frames give the same view, in whatever batches.

`advance` takes frames in order of `seq`, ignores what it has seen and stops at a gap, so that a late joiner and a
reader that lost a message end at the same view as one who saw everything. Frames: `runtime.frames`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from runtime.status import NodeStatus, RunStatus
from runtime.values import ArtifactRef
from studio.run_view.view import LogLine, Progress, RunView, Transition, duration_text, number

MAX_LOG = 400
"""Lines of the log that are kept: the newest."""
Frame = Mapping[str, Any]


def advance(view: RunView, frames: Iterable[Frame], *, across_gaps: bool = False) -> RunView:
    """Return the view after these frames.

    Stops before a gap in `seq`; with `across_gaps` it goes on and counts what is lost (the reader has asked the
    database in vain).
    """
    for frame in sorted(frames, key=lambda each: int(each["seq"])):
        seq = int(frame["seq"])
        if seq <= view.seq or view.ended:
            continue
        missing = seq - view.seq - 1
        if missing and not across_gaps:
            return view
        view = _logged(_apply(replace(view, lost=view.lost + missing), frame), frame, seq)
    return view


def has_gap(view: RunView, frames: Sequence[Frame]) -> bool:
    """Say whether the frames go on later than where the view has ended."""
    later = [seq for frame in frames if (seq := int(frame["seq"])) > view.seq]
    return bool(later) and min(later) > view.seq + 1 and not view.ended


def _apply(view: RunView, frame: Frame) -> RunView:
    fold = _FOLDS.get(str(frame.get("stage")))
    view = replace(view, seq=int(frame["seq"]))
    return fold(view, frame) if fold else view


def _started(view: RunView, frame: Frame) -> RunView:
    return replace(
        view,
        status="running",
        spec=str(frame.get("spec") or view.spec),
        order=tuple(str(node) for node in frame.get("nodes") or ()),
        started_at=view.started_at or _time(frame),
    )


def _moved(view: RunView, frame: Frame) -> RunView:
    node = str(frame["node"])
    at = datetime.fromisoformat(frame["at"]) if frame.get("at") else _time(frame)
    number = sum(each.node == node for each in view.transitions)
    known = view.last_of(node)
    # A finished transition is told with the start time of its running frame; another time is another round.
    again = known is not None and (known.at == at or known.is_open)
    fresh = _transition(frame, node, at, f"{node}#{number if again else number + 1}")
    if again:
        kept = tuple(fresh if each.id == fresh.id else each for each in view.transitions)
    else:
        kept = (*view.transitions, fresh)
    progress = {key: value for key, value in view.progress.items() if key != node}
    return replace(
        view,
        status="waiting" if fresh.status == "waiting" else "running",
        transitions=kept,
        progress=progress,
        titles={**view.titles, node: fresh.title},
        started_at=min(view.started_at or at, at),
        **_spent(view, frame.get("totals")),
    )


def _transition(frame: Frame, node: str, at: datetime, transition_id: str) -> Transition:
    duration = frame.get("duration_ms")
    return Transition(
        id=transition_id,
        node=node,
        kind=str(frame.get("kind") or ""),
        title=str(frame.get("title") or node),
        status=frame.get("status") or "running",
        at=at,
        duration_ms=None if duration is None else float(duration),
        inputs={
            port: tuple(ArtifactRef.load(ref) for ref in refs)
            for port, refs in (frame.get("inputs") or {}).items()
        },
        outputs={port: ArtifactRef.load(ref) for port, ref in (frame.get("outputs") or {}).items()},
        error=_error_text(frame.get("error")),
        crumb=frame.get("crumb"),
    )


def _ended(view: RunView, frame: Frame) -> RunView:
    result: Frame = frame.get("result") or {}
    status = _final_status(frame, result)
    at = _time(frame)
    return replace(
        view,
        status=status,
        result=result,
        error=_error_text(result.get("error") or (frame.get("message") if status == "error" else "")),
        suspended="",
        progress={},
        **_spent(view, result),
        started_at=view.started_at or at,
        ended_at=max(view.started_at or at, at),
        transitions=tuple(_closed(each, status, at) for each in view.transitions),
    )


def _spent(view: RunView, totals: Frame | None) -> dict[str, Any]:
    """Return the totals told so far; they only grow, and a frame without them changes nothing."""
    told = totals or {}
    return {
        "cost_usd": max(view.cost_usd, number(told.get("cost_usd"))),
        "n_calls": max(view.n_calls, int(number(told.get("n_calls")))),
    }


def _closed(transition: Transition, status: RunStatus, at: datetime) -> Transition:
    """Close what no frame has closed: after the terminal frame nothing is running."""
    if not transition.is_open:
        return transition
    left: NodeStatus = "halted" if status == "halted" else "error"
    return replace(transition, status=left, duration_ms=max(0.0, (at - transition.at).total_seconds() * 1e3))


def _final_status(frame: Frame, result: Frame) -> RunStatus:
    if result.get("halted"):
        return "halted"
    told = result.get("status")
    if told in ("completed", "halted", "error"):
        return told
    return "error" if frame["stage"] == "error" else "completed"


def _logged(view: RunView, frame: Frame, seq: int) -> RunView:
    if frame.get("stage") == "progress":
        return view
    line = LogLine(seq=seq, at=_time(frame), stage=str(frame.get("stage")), message=_log_message(frame))
    return replace(view, log=(*view.log[1 - MAX_LOG :], line))


def _log_message(frame: Frame) -> str:
    message = str(frame.get("message") or "")
    if frame.get("stage") != "node":
        return message
    words = [str(frame.get("title") or frame.get("node")), str(frame.get("status") or "")]
    words.append(duration_text(frame.get("duration_ms")))
    words.append(_error_text(frame.get("error")))
    return " · ".join(word for word in words if word)


def _error_text(error: object) -> str:
    if isinstance(error, Mapping):
        return str(error.get("message") or error.get("kind") or "")  # pyright: ignore[reportUnknownMemberType]
    return str(error) if error else ""


def _time(frame: Frame) -> datetime:
    return datetime.fromtimestamp(float(frame["timestamp"]), UTC)


def _fraction(value: object) -> float:
    return min(1.0, max(0.0, number(value)))


def _progressed(view: RunView, frame: Frame) -> RunView:
    told = Progress(fraction=_fraction(frame.get("fraction")), message=str(frame.get("message") or ""))
    return replace(view, progress={**view.progress, str(frame.get("node")): told})


def _paused(view: RunView, frame: Frame) -> RunView:
    return replace(view, status="waiting", paused_at=_time(frame))


def _resumed(view: RunView, frame: Frame) -> RunView:
    if not frame.get("nodes"):
        # A halt source answers again; the same worker goes on.
        return replace(view, suspended="")
    at = _time(frame)
    waited = max(0.0, (at - view.paused_at).total_seconds() * 1e3) if view.paused_at else 0.0
    return replace(
        _started(view, frame),
        suspended="",
        paused_at=None,
        waited_ms=view.waited_ms + waited,
        transitions=tuple(_interrupted(each, at) for each in view.transitions),
    )


def _interrupted(transition: Transition, at: datetime) -> Transition:
    """Close what a lost worker has left open: the node runs again. What waits for a person goes on waiting."""
    if transition.status != "running":
        return transition
    took = max(0.0, (at - transition.at).total_seconds() * 1e3)
    return replace(transition, status="resumed", duration_ms=took)


def _suspended(view: RunView, frame: Frame) -> RunView:
    return replace(view, suspended=str(frame.get("reason") or frame.get("message") or "unknown reason"))


_FOLDS: dict[str, Callable[[RunView, Frame], RunView]] = {
    "start": _started,
    "node": _moved,
    "progress": _progressed,
    "suspended": _suspended,
    "resumed": _resumed,
    "waiting": _paused,
    "answered": lambda view, _: replace(view, status="pending"),
    "halting": lambda view, _: replace(view, halting=True),
    "done": _ended,
    "error": _ended,
}
