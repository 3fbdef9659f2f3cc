"""What is known of a run, and what a screen asks of it: states, time passed, totals. Pure values, no framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runtime.ids import RunId
from runtime.status import NodeStatus, RunStatus
from runtime.values import ArtifactRef

_OPEN: frozenset[str] = frozenset({"running", "waiting"})
_TELLING: tuple[NodeStatus, ...] = ("error", "halted", "waiting", "running")
"""States of one node that are those of the card around it; the first that is there counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One execution of one node; a loop makes several of the same node."""

    id: str
    """`<node>#<n>`, n from 1: stable for the life of the run."""
    node: str
    kind: str
    title: str
    status: NodeStatus
    at: datetime
    duration_ms: float | None = None
    """None while it is open."""
    inputs: Mapping[str, tuple[ArtifactRef, ...]] = field(default_factory=dict[str, tuple[ArtifactRef, ...]])
    outputs: Mapping[str, ArtifactRef] = field(default_factory=dict[str, ArtifactRef])
    error: str = ""
    crumb: Mapping[str, Any] | None = None

    @property
    def is_open(self) -> bool:
        """Say whether it is still going on."""
        return self.status in _OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a running node says it is."""

    fraction: float
    """0..1."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One frame in words."""

    seq: int
    at: datetime
    stage: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """Everything that the frames so far say about a run."""

    run_id: RunId
    seq: int = 0
    """Of the last frame that is in here."""
    status: RunStatus = "pending"
    spec: str = ""
    order: tuple[str, ...] = ()
    """Node ids in execution order."""
    titles: Mapping[str, str] = field(default_factory=dict[str, str])
    transitions: tuple[Transition, ...] = ()
    progress: Mapping[str, Progress] = field(default_factory=dict[str, Progress])
    """By node, while it runs."""
    suspended: str = ""
    """Why the run stands still between two transitions; empty when it does not."""
    halting: bool = False
    paused_at: datetime | None = None
    """Since when the whole run waits for a person and no worker has it; None while one has."""
    waited_ms: float = 0.0
    """For how long it has waited before."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    """Set by the terminal frame only."""
    result: Mapping[str, Any] | None = None
    error: str = ""
    cost_usd: float = 0.0
    n_calls: int = 0
    log: tuple[LogLine, ...] = ()
    lost: int = 0
    """Frames that nobody can give us any more."""

    @property
    def ended(self) -> bool:
        """Say whether the terminal frame has been seen."""
        return self.ended_at is not None

    def transition(self, transition_id: str) -> Transition | None:
        """Return one transition."""
        return next((each for each in self.transitions if each.id == transition_id), None)

    def last_of(self, node: str) -> Transition | None:
        """Return the newest transition of a node."""
        return next((each for each in reversed(self.transitions) if each.node == node), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeState:
    """What the canvas shows on one node."""

    status: NodeStatus
    line: str = ""

    def dump(self) -> dict[str, str]:
        """Return the form that travels to the canvas."""
        return {"status": self.status, "line": self.line}


def node_states(view: RunView) -> dict[str, NodeState]:
    """Return the state of every node that the run knows of, in execution order."""
    last = {each.node: each for each in view.transitions}
    untouched: NodeStatus = "skipped" if view.ended else "pending"
    nodes = dict.fromkeys((*view.order, *last))
    return {
        node: _node_state(view, last[node]) if node in last else NodeState(status=untouched) for node in nodes
    }


def card_states(view: RunView) -> dict[str, NodeState]:
    """Return the states of the nodes, and of every card whose nodes run in its place: a subflow `card` has `card/…`."""
    states = node_states(view)
    inside: dict[str, list[NodeState]] = {}
    for node, state in states.items():
        card, _, rest = node.partition("/")
        if rest and card not in states:
            inside.setdefault(card, []).append(state)
    return states | {card: _card_state(within) for card, within in inside.items()}


def changes(before: RunView, after: RunView) -> dict[str, dict[str, str]]:
    """Return what the canvas must be told to get from one view to the next."""
    known = card_states(before)
    return {node: state.dump() for node, state in card_states(after).items() if known.get(node) != state}


def elapsed_ms(view: RunView, now: datetime) -> float:
    """Return for how long the run has been going, or went: milliseconds, never negative."""
    if view.started_at is None:
        return 0.0
    return max(0.0, ((view.ended_at or now) - view.started_at).total_seconds() * 1e3)


def active_ms(view: RunView, now: datetime) -> float:
    """Return for how long the run has been worked on: its time without what it waited for people."""
    if view.started_at is None:
        return 0.0
    # A run that was halted while it waited did nothing after it began to wait.
    until = view.paused_at or view.ended_at or now
    return max(0.0, (until - view.started_at).total_seconds() * 1e3 - view.waited_ms)


def duration_text(milliseconds: float | None) -> str:
    """Return a duration in words of at most eight characters; empty for None."""
    if milliseconds is None:
        return ""
    if milliseconds < 1:
        return "<1 ms"
    if milliseconds < 999.5:  # noqa: PLR2004
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1e3
    if seconds < 59.95:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _card_state(within: list[NodeState]) -> NodeState:
    statuses: list[NodeStatus] = [state.status for state in within]
    settled = sum(status in ("completed", "skipped") for status in statuses)
    line = f"{settled} of {len(within)} nodes"
    for telling in _TELLING:
        if telling in statuses:
            return NodeState(status=telling, line=line)
    if len(set(statuses)) == 1:
        return NodeState(status=statuses[0], line=line)
    return NodeState(status="running" if "pending" in statuses else "completed", line=line)


def _node_state(view: RunView, last: Transition) -> NodeState:
    if last.is_open:
        progress = view.progress.get(last.node)
        return NodeState(status=last.status, line=_progress_line(progress) if progress else "")
    line = next((ref.line for ref in last.outputs.values() if ref.line), "") or last.error
    words = [line, duration_text(last.duration_ms)]
    return NodeState(status=last.status, line=" · ".join(word for word in words if word))


def _progress_line(progress: Progress) -> str:
    return " · ".join(word for word in (f"{progress.fraction:.0%}", progress.message) if word)


def number(value: object) -> float:
    """Return a JSON number as float, 0 for anything else."""
    return float(value) if isinstance(value, int | float) else 0.0
