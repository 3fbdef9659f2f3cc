"""The runtime's approvals over the rows: one run that asks people."""

from datetime import timedelta

from persistence.approvals import ApprovalRecord, ApprovalRepository, NewApproval
from persistence.database import Database
from runtime.approvals import Answer, Question
from runtime.ids import RunId
from runtime.ports import Clock
from tasks.worker.offload import Offload


class DbApprovals:
    """`runtime.ports.Approvals` over the database, for one run."""

    def __init__(self, database: Database, offload: Offload, clock: Clock, *, run_id: RunId) -> None:
        self._database = database
        self._offload = offload
        self._clock = clock
        self._run_id = run_id

    async def ask(self, question: Question) -> Answer | None:
        """Write the question down, once, and return its answer when there is one; raises `Unavailable`."""
        return await self._offload(self._ask, question)

    def _ask(self, question: Question) -> Answer | None:
        now, seconds = self._clock.now(), question.timeout_seconds
        new = NewApproval(
            subject=question.subject,
            title=question.title,
            question=question.text,
            who=question.who,
            detail=question.detail,
            expires_at=now + timedelta(seconds=seconds) if seconds else None,
        )
        with self._database.write() as session:
            approvals = ApprovalRepository(session)
            approvals.ask(self._run_id, new, now)
            record = approvals.get(self._run_id, question.subject)
        return None if record is None else answer_of(record)


def answer_of(record: ApprovalRecord) -> Answer | None:
    """Return the answer of a question; None while there is none. Silence counts as a rejection."""
    if record.state == "pending" or record.answered_at is None:
        return None
    return Answer(
        approved=record.state == "approved",
        comment=record.comment,
        by=record.answered_by_name,
        asked_at=record.asked_at,
        answered_at=record.answered_at,
    )
