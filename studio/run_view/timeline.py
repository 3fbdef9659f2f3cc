"""Where the bars of the timeline stand. Pure: a view and the time passed give rows, bars and the ticks of the axis.

Widths are percent of the axis. The axis ends at a round number beyond now, so an open bar can grow towards its end in the
browser alone (one CSS animation) until the server draws a longer axis.
"""

from dataclasses import dataclass
from itertools import groupby

from studio.run_view.view import NodeState, RunView, Transition, duration_text, node_states

MIN_WIDTH = 0.4
"""Percent: a transition of no time is still seen."""
_TICKS = 5
_DECIMAL_MS = tuple(base * 10**power for power in range(5) for base in (1, 2, 5))
_CLOCK_MS = (30_000, *(minutes * 60_000 for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)))
_STEPS_MS = (*(step for step in _DECIMAL_MS if step < _CLOCK_MS[0]), *_CLOCK_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One transition."""

    id: str
    left: str
    width: str
    """Percent at the time of drawing."""
    to_width: str
    """Percent at the end of the axis; what an open bar grows to."""
    grow: str
    """CSS duration of that growth; `0s` for a closed bar."""
    growing: bool
    status: str
    label: str
    """Duration; empty while it is open."""
    name: str
    """For people who cannot see the bar: title, state, duration."""
    key: str
    """Changes with the axis, so that the browser starts the growth afresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One node with its bars."""

    node: str
    title: str
    status: str
    line: str
    took: str
    """Of all its transitions together; empty while one is open or none has begun."""
    bars: list[Bar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One mark of the axis."""

    left: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The whole picture."""

    rows: list[Row]
    ticks: list[Tick]
    length_ms: float


def timeline(view: RunView, elapsed: float) -> Timeline:
    """Return rows in execution order, `elapsed` milliseconds after the start."""
    length = elapsed if view.ended and elapsed > 0 else axis_ms(elapsed)
    by_node = groupby(sorted(view.transitions, key=lambda each: each.node), key=lambda each: each.node)
    bars = {
        node: [_bar(view, each, elapsed, length) for each in sorted(group, key=lambda each: each.at)]
        for node, group in by_node
    }
    rows = [_row(view, node, state, bars.get(node, [])) for node, state in node_states(view).items()]
    return Timeline(rows=rows, ticks=_ticks(length), length_ms=length)


def axis_ms(elapsed: float) -> float:
    """Return a round length that leaves room: at least a second, the next step above 1.15 times what has passed."""
    wanted = max(1_000.0, elapsed * 1.15)
    return float(next((step for step in _STEPS_MS if step >= wanted), wanted))


def _row(view: RunView, node: str, state: NodeState, bars: list[Bar]) -> Row:
    durations = [each.duration_ms for each in view.transitions if each.node == node]
    total = sum(each or 0.0 for each in durations) if durations and None not in durations else None
    return Row(
        node=node,
        title=view.titles.get(node, node),
        status=state.status,
        line=state.line,
        took=duration_text(total),
        bars=bars,
    )


def _bar(view: RunView, transition: Transition, elapsed: float, length: float) -> Bar:
    start = view.started_at or transition.at
    offset = min(max(0.0, (transition.at - start).total_seconds() * 1e3), length)
    passed = max(0.0, elapsed - offset) if transition.duration_ms is None else transition.duration_ms
    left = min(100.0 * offset / length, 100.0 - MIN_WIDTH)
    growing = transition.is_open and not view.ended
    label = duration_text(transition.duration_ms)
    return Bar(
        id=transition.id,
        left=f"{left:.3f}%",
        width=_percent(passed, length, left),
        to_width=f"{100.0 - left:.3f}%" if growing else _percent(passed, length, left),
        grow=f"{max(0.0, length - elapsed) / 1e3:.2f}s" if growing else "0s",
        growing=growing,
        status=transition.status,
        label=label,
        name=", ".join(word for word in (transition.title, transition.status, label) if word),
        key=f"{transition.id}@{length:.0f}{'+' if growing else ''}",
    )


def _percent(milliseconds: float, length: float, left: float) -> str:
    return f"{min(max(MIN_WIDTH, 100.0 * milliseconds / length), 100.0 - left):.3f}%"


def _ticks(length: float) -> list[Tick]:
    step = next((step for step in _STEPS_MS if length / step <= _TICKS), length)
    count = int(length // step)
    return [
        Tick(left=f"{100.0 * index * step / length:.3f}%", label=_tick_label(index * step))
        for index in range(count + 1)
        # The last label would hang over the edge.
        if index * step <= length * 0.97
    ]


def _tick_label(milliseconds: float) -> str:
    if milliseconds == 0:
        return "0"
    if milliseconds < 1_000:  # noqa: PLR2004
        return f"{milliseconds:.0f} ms"
    if milliseconds < 60_000:  # noqa: PLR2004
        return f"{milliseconds / 1e3:g} s"
    return duration_text(milliseconds)
