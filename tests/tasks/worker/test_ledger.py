"""What a worker writes of its run: the steps of its agents too, and only while the run is its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from persistence.agent_steps import AgentStepRepository
from persistence.database import Database
from persistence.runs import RunRepository
from runtime.agents.record import AgentStep
from runtime.frames import frame
from runtime.ids import RunId
from tasks.worker.ledger import RunLedger
from tests.fakes import EPOCH, FakeClock
from tests.tasks.runs import claimed

LEASE = timedelta(seconds=6)


def agent_frame(seq: int) -> dict[str, Any]:
    step = AgentStep(kind="output", name="research.analyst", milliseconds=0.0, output={"text": "Buy."})
    told = {"agent": "research.analyst", "execution": 1, "step": seq, **step.record()}
    return {"seq": seq, **frame("agent", "", EPOCH, node="analyst", **told)}


def kept(database: Database, run_id: RunId) -> list[int]:
    with database.read() as session:
        return [step.seq for step in AgentStepRepository(session).of_run(run_id)]


def test_the_steps_of_agents_are_rows_as_soon_as_their_frames_are(database: Database) -> None:
    ledger = RunLedger(database, FakeClock(), worker="w1", lease=LEASE)
    claim = claimed(database, EPOCH)

    assert ledger.store(claim, [agent_frame(1), {"seq": 2, **frame("progress", "", EPOCH, node="analyst")}])

    assert kept(database, claim.run_id) == [1]


def test_a_worker_that_has_lost_its_run_keeps_no_step(database: Database) -> None:
    ledger = RunLedger(database, FakeClock(), worker="w1", lease=LEASE)
    claim = claimed(database, EPOCH)
    with database.write() as session:
        taken = RunRepository(session).claim(
            claim.run_id, worker="w2", now=EPOCH + timedelta(minutes=1), lease=LEASE
        )

    assert taken is not None
    assert not ledger.store(claim, [agent_frame(1)])
    assert kept(database, claim.run_id) == []
