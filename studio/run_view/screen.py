"""View models of a followed run: what the browser holds of it. Pure: a reading and what is selected give them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime.status import ACTIVE, is_terminal
from runtime.values import ArtifactRef
from studio.charts.model import Preview
from studio.run_view.follower import Reading, halt_is_proved
from studio.run_view.view import RunView, Transition, duration_text

SMALL = 60
"""Nodes; up to here the canvas is always told everything, so it cannot miss a thing."""
FULL_EVERY = 20
"""Messages; of a larger graph every so many-th one is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The line over a run."""

    run_id: str = ""
    short_id: str = ""
    workflow: str = ""
    status: str = ""
    """One of the six of a run, or `halting`: the row says halted, the proof is still to come."""
    note: str = ""
    """Why it stands still, what failed, or what is not known."""
    started_at: str = ""
    """ISO time."""
    elapsed_ms: float = 0.0
    ticking: bool = False
    active: bool = False
    """It can still be halted."""
    settled: bool = False
    """Nothing more can come."""
    duration: str = ""
    cost: str = ""
    calls: int = 0
    who: str = ""
    owner: str = ""
    """Id of the account that started it."""
    fraction: str = ""
    """Nodes done of all, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One line of the log."""

    key: str
    offset: str
    stage: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One value that went in or came out."""

    key: str
    """Unique within the inspection."""
    port: str
    type: str
    line: str
    size: str
    ready: bool = False
    """The preview has been loaded."""
    preview: Preview = field(default_factory=Preview)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """One transition, opened; the empty one has no id."""

    id: str = ""
    node: str = ""
    title: str = ""
    kind: str = ""
    status: str = ""
    at: str = ""
    duration: str = ""
    round: str = ""
    """Which execution of the node this is, when there are several."""
    error: str = ""
    crumb: str = ""
    inputs: list[Payload] = field(default_factory=list[Payload])
    outputs: list[Payload] = field(default_factory=list[Payload])


def shown_status(reading: Reading) -> str:
    """Return the status for the screen: the row's word counts as soon as it is final, the proof makes it `halted`."""
    row = reading.record.summary.status if reading.record else reading.view.status
    status = row if is_terminal(row) or not reading.view.ended else reading.view.status
    if status == "pending" and reading.view.status in ("running", "waiting"):
        status = reading.view.status
    if status == "running" and reading.view.status == "waiting":
        status = "waiting"
    if status == "waiting" and reading.view.paused_at is None and reading.view.status == "running":
        # The row was read before a worker took the run up again.
        status = "running"
    halting = status == "halted" and not halt_is_proved(reading.halt, reading.view.run_id)
    return "halting" if halting or (reading.view.halting and not is_terminal(status)) else status


def head(reading: Reading) -> Head:
    """Return the line over a run."""
    view, row = reading.view, reading.record.summary if reading.record else None
    status = shown_status(reading)
    over = view.ended or reading.silent
    duration = row.duration_ms if row and over and row.duration_ms is not None else reading.active_ms
    started = view.started_at or (row.started_at if row else None)
    return Head(
        run_id=view.run_id,
        short_id=view.run_id[:8],
        workflow=row.spec_name if row else view.spec,
        status=status,
        note=_note(reading, status),
        started_at=started.isoformat() if started else "",
        elapsed_ms=reading.active_ms,
        ticking=view.started_at is not None and view.paused_at is None and not over,
        active=status in ACTIVE,
        settled=reading.is_final,
        duration=duration_text(duration) if over else "",
        cost=f"${max(view.cost_usd, row.totals.cost_usd if row else 0.0):,.2f}",
        calls=max(view.n_calls, row.totals.n_calls if row else 0),
        who=row.created_by_name if row else "",
        owner=(row.created_by or "") if row else "",
        fraction=_fraction(view),
    )


def _note(reading: Reading, status: str) -> str:
    view = reading.view
    if view.suspended:
        return f"Suspended before its next transition: {view.suspended}"
    error = view.error or (reading.record.summary.error if reading.record else None) or ""
    # The reason of a halt stands in its record.
    if error and (status == "error" or (status in ("halted", "halting") and reading.halt is None)):
        return error
    if reading.silent:
        return "The end of this run was recorded, its last messages were not."
    if view.lost:
        return f"{view.lost} messages of this run are lost; its result is not affected."
    return ""


def _fraction(view: RunView) -> str:
    last = {each.node: each for each in view.transitions}
    done = [each for each in last.values() if each.status in ("completed", "skipped")]
    return f"{len(done)} of {len(view.order)}" if view.order else ""


def log_rows(view: RunView) -> list[LogRow]:
    """Return the log, newest last; times from the start of the run."""
    return [
        LogRow(
            key=str(line.seq),
            offset=f"{(line.at - (view.started_at or line.at)).total_seconds():+.3f} s",
            stage=line.stage,
            message=line.message,
        )
        for line in view.log
    ]


def inspection(view: RunView, transition_id: str, previews: Mapping[str, Preview]) -> Inspection:
    """Return one transition opened; `previews` by digest hold what has been loaded so far."""
    found = view.transition(transition_id)
    if found is None:
        return Inspection()
    rounds = [each.id for each in view.transitions if each.node == found.node]
    return Inspection(
        id=found.id,
        node=found.node,
        title=found.title,
        kind=found.kind,
        status=found.status,
        at=found.at.isoformat(),
        duration=duration_text(found.duration_ms),
        round=f"{rounds.index(found.id) + 1} of {len(rounds)}" if len(rounds) > 1 else "",
        error=found.error,
        crumb=json.dumps(found.crumb, indent=2, ensure_ascii=False, default=str) if found.crumb else "",
        inputs=[
            _payload(f"in-{port}-{number}", port, ref, previews)
            for port, refs in found.inputs.items()
            for number, ref in enumerate(refs)
        ],
        outputs=[_payload(f"out-{port}", port, ref, previews) for port, ref in found.outputs.items()],
    )


def refs_of(transition: Transition | None) -> list[ArtifactRef]:
    """Return every value of a transition, once."""
    if transition is None:
        return []
    every = [*transition.outputs.values(), *(ref for refs in transition.inputs.values() for ref in refs)]
    return list({ref.digest: ref for ref in every}.values())


def report_refs(view: RunView) -> list[ArtifactRef]:
    """Return the newest report of each node, in order of execution."""
    newest = {each.node: each for each in view.transitions}
    return [ref for each in newest.values() for ref in each.outputs.values() if ref.type == "report"]


def canvas_message(states: Mapping[str, Any], changed: Mapping[str, Any], *, seq: int) -> dict[str, Any]:
    """Return what the canvas is told: everything for a small graph and now and then, otherwise what changed."""
    whole = len(states) <= SMALL or seq % FULL_EVERY == 1
    return {"seq": seq, "changes": dict(states if whole else changed)}


def _payload(key: str, port: str, ref: ArtifactRef, previews: Mapping[str, Preview]) -> Payload:
    return Payload(
        key=key,
        port=port,
        type=ref.type,
        line=ref.line,
        size=_size(ref.size),
        ready=ref.digest in previews,
        preview=previews.get(ref.digest, Preview()),
    )


def _size(count: int) -> str:
    if count < 1_000:  # noqa: PLR2004
        return f"{count} B"
    return f"{count / 1e3:,.1f} kB" if count < 1_000_000 else f"{count / 1e6:,.1f} MB"  # noqa: PLR2004
