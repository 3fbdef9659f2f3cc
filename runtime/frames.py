"""Progress frames: what a run tells while it happens. One shape for Redis, database, SSE and screen.

Every frame has `run_id`, `task_id`, `seq` (1, 2, …, given by the journal), `stage`, `message` and `timestamp` (epoch seconds).
Stages and what they add:

| stage | extras |
|---|---|
| start | spec, nodes (ids in execution order) |
| node | node, kind, title, status (`NodeStatus`), at (ISO, start of the transition), duration_ms (null while running or waiting), inputs {port: [ref]}, outputs {port: ref}, error, crumb (null while running) |
| progress | node, fraction (0..1) |
| agent | node, agent, execution (which one of the node, from 1), step (from 1), kind (`StepKind`), name, inputs, output, input_tokens, output_tokens, cost_usd, ms, error, note: one step of an agent |
| desk | event (the desk's own stage, such as `bar.received`) and its fields |
| suspended / resumed | reason: no halt source can be read / one answers again |
| waiting | the run has come as far as it can without a person, and its segment is over |
| answered | subject, approved, comment, by: somebody answered; the run is on its way to a worker |
| resumed | nodes (as in `start`): a worker goes on with a run that waited or whose worker was lost |
| halting | halt times so far: requested_at, acknowledged_at |
| done / error | result: the one terminal frame, see `runtime.engine` |
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

Stage = Literal[
    "start",
    "node",
    "progress",
    "agent",
    "desk",
    "suspended",
    "resumed",
    "waiting",
    "answered",
    "halting",
    "done",
    "error",
]
TERMINAL_STAGES: frozenset[str] = frozenset({"done", "error"})


def frame(stage: Stage, message: str, when: datetime, /, **extras: Any) -> dict[str, Any]:  # noqa: ANN401  JSON
    """Return a frame without the fields that the journal adds (`run_id`, `task_id`, `seq`)."""
    return {"stage": stage, "message": message, "timestamp": when.timestamp(), **extras}


def is_terminal(candidate: Mapping[str, Any]) -> bool:
    """Say whether this is the last frame of its run."""
    return candidate["stage"] in TERMINAL_STAGES
