"""What agents did in runs, step by step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from persistence.inserts import insert_into
from persistence.models import AgentStepRow
from runtime.ids import RunId

Step = Mapping[str, Any]
_TOLD = (
    "agent",
    "execution",
    "step",
    "kind",
    "name",
    "inputs",
    "output",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "ms",
    "error",
    "note",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One step of an agent."""

    seq: int
    """Order in the whole run."""
    at: datetime
    node_id: str
    """Empty in a run that is the agent's own."""
    agent: str
    execution: int
    """Which execution of an agent in that node, from 1."""
    step: int
    """Number in that execution, from 1."""
    kind: str
    """See `runtime.agents.record.StepKind`."""
    name: str
    inputs: dict[str, Any]
    output: dict[str, Any]
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    """None where it is not known."""
    ms: float
    error: str
    note: str


class AgentStepRepository:
    """Reads and appends steps in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, run_id: RunId, steps: Iterable[tuple[int, datetime, Step]]) -> None:
        """Append steps as frames told of them, under the frames' numbers; one that is there already is ignored."""
        rows = [
            {"run_id": run_id, "seq": seq, "at": at, "node_id": str(step.get("node") or "")}
            | {name: step[name] for name in _TOLD}
            for seq, at, step in steps
        ]
        if rows:
            self._session.execute(insert_into(self._session, AgentStepRow).on_conflict_do_nothing(), rows)

    def of_run(self, run_id: RunId) -> list[StepRecord]:
        """Return the steps of a run in order."""
        rows = self._session.scalars(
            select(AgentStepRow).where(AgentStepRow.run_id == run_id).order_by(AgentStepRow.seq)
        )
        return [_record(row) for row in rows]


def _record(row: AgentStepRow) -> StepRecord:
    return StepRecord(
        seq=row.seq,
        at=row.at,
        node_id=row.node_id,
        agent=row.agent,
        execution=row.execution,
        step=row.step,
        kind=row.kind,
        name=row.name,
        inputs=row.inputs or {},
        output=row.output or {},
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost_usd=row.cost_usd,
        ms=row.ms,
        error=row.error,
        note=row.note,
    )
