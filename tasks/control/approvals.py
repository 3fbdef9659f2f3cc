"""Answering runs that wait for a person: exactly once, written down, and then the run goes on."""

import logging
import math
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from persistence.approvals import ApprovalRecord, ApprovalRepository, GivenAnswer
from persistence.controls import AuditEntry, ControlRepository
from persistence.run_lock import lock_run
from persistence.runs import RunRecord, RunRepository
from runtime.approvals import Who, is_about_budget
from runtime.errors import AlreadyAnswered, InvalidValue, NotFound, TooLarge, Unavailable
from runtime.frames import frame
from runtime.ids import RunId, TaskId
from runtime.spec import WorkflowSpec
from runtime.status import ACTIVE
from tasks.access import Actor, Permission, may, require
from tasks.control.closing import Frame, add_in, send
from tasks.control.context import Control
from tasks.control.dispatch import dispatch
from tasks.control.settings import require_flag
from tasks.control.switch import switch_engaged

_log = logging.getLogger(__name__)

MAX_COMMENT = 2_000
_VERBS = {"approved": "approve", "rejected": "reject", "expired": "expire"}


def answer_approval(
    control: Control,
    actor: Actor,
    run_id: str,
    subject: str,
    *,
    approve: bool,
    comment: str = "",
    amount_usd: float | None = None,
) -> ApprovalRecord:
    """Answer a question of a run; a run that waits goes on at once, one that is still busy takes the answer up later.

    `amount_usd` is added to the budget when the question is about it; None: the workflow's own budget once more.

    Raises `NotFound`, `AccessDenied`, `AlreadyAnswered` (somebody was faster, or the run has ended) and `Unavailable` (kill
    switch engaged: nothing would go on).
    """
    require(actor, Permission.APPROVE)
    require_flag(control, "orchestration_studio_enabled")
    said = comment.strip()
    if len(said) > MAX_COMMENT:
        raise TooLarge(f"The comment is longer than {MAX_COMMENT:,} characters.", field="comment")
    if switch_engaged(control):
        raise Unavailable("The kill switch is engaged. Release it in the control room, then answer.")
    given = GivenAnswer(
        state="approved" if approve else "rejected",
        comment=said,
        by=actor.id,
        by_name=actor.name,
        amount_usd=amount_usd,
    )
    return _answer(control, RunId(run_id), subject, given, actor=actor)


def expire_approvals(control: Control) -> tuple[RunId, ...]:
    """Reject what nobody has answered in time; with the kill switch engaged it is left for later."""
    now = control.clock.now()
    with control.database.read() as session:
        late = ApprovalRepository(session).expired(now)
    if not late or switch_engaged(control):
        return ()
    return tuple(record.run_id for record in late if _expire(control, record))


def list_approvals(control: Control, actor: Actor) -> list[ApprovalRecord]:
    """Return everything that waits for an answer, oldest first."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        return ApprovalRepository(session).open()


def may_answer(actor: Actor, who: Who) -> bool:
    """Tell whether the actor may answer a question that asks for `who`."""
    return may(actor, _needed(who))


def _needed(who: Who) -> Permission:
    return Permission.APPROVE_AS_ADMIN if who == "admin" else Permission.APPROVE


def _expire(control: Control, late: ApprovalRecord) -> bool:
    silence = (late.expires_at - late.asked_at).total_seconds() if late.expires_at else 0.0
    given = GivenAnswer(
        state="expired", comment=f"Nobody answered within {silence:g} s.", by=None, by_name="timeout"
    )
    try:
        _answer(control, late.run_id, late.subject, given, actor=None)
    except (AlreadyAnswered, NotFound):
        return False
    except Unavailable:
        _log.warning("the database went away while an approval ran out", extra={"run_id": late.run_id})
        return False
    return True


def _answer(
    control: Control, run_id: RunId, subject: str, given: GivenAnswer, *, actor: Actor | None
) -> ApprovalRecord:
    told: Frame | None = None
    with control.database.write() as session:
        lock_run(session, run_id)
        run, asked = _found(session, run_id, subject)
        if actor is not None:
            require(actor, _needed(asked.who))
        given = _with_amount(given, asked, run)
        _refuse_late(run, asked)
        now = control.clock.now()
        if not ApprovalRepository(session).answer(run_id, subject, given, now):
            raise AlreadyAnswered(f"{asked.title} has its answer already.")
        _audit(session, asked, given, now)
        task_id = run.summary.task_id
        if RunRepository(session).wake(run_id, now):
            told = add_in(session, control, run_id, task_id=task_id, frame=_told(asked, given, now))
        answered = ApprovalRepository(session).get(run_id, subject)
    if told is not None:
        send(control, [told])
        dispatch(control, run_id, task_id or TaskId(run_id))
    _log.info("a run was answered", extra={"run_id": run_id, "subject": subject, "state": given.state})
    return answered or asked


def _found(session: Session, run_id: RunId, subject: str) -> tuple[RunRecord, ApprovalRecord]:
    run = RunRepository(session).get(run_id)
    if run is None:
        raise NotFound("run", run_id)
    asked = ApprovalRepository(session).get(run_id, subject)
    if asked is None:
        known = [record.subject for record in ApprovalRepository(session).of_run(run_id)]
        raise NotFound("question of this run", subject, known=known)
    return run, asked


def _refuse_late(run: RunRecord, asked: ApprovalRecord) -> None:
    if asked.state != "pending":
        raise AlreadyAnswered(f"{asked.title} was {asked.state} already, by {asked.answered_by_name}.")
    if run.summary.status not in ACTIVE:
        raise AlreadyAnswered(f"{asked.title} needs no answer any more: the run is {run.summary.status}.")


def _with_amount(given: GivenAnswer, asked: ApprovalRecord, run: RunRecord) -> GivenAnswer:
    if given.amount_usd is not None and not (is_about_budget(asked.detail) and given.state == "approved"):
        raise InvalidValue("An amount belongs to the approval of a budget only.", field="amount_usd")
    if given.state != "approved" or not is_about_budget(asked.detail):
        return given
    amount = given.amount_usd
    if amount is None and run.dispatch is not None:
        amount = WorkflowSpec.parse(run.dispatch.spec).guardrails.cost_budget_usd
    if amount is None or not math.isfinite(amount) or amount <= 0:
        raise InvalidValue("Give the amount to add to the budget, in USD, above 0.", field="amount_usd")
    return replace(given, amount_usd=amount)


def _told(asked: ApprovalRecord, given: GivenAnswer, now: datetime) -> dict[str, Any]:
    return frame(
        "answered",
        f"{asked.title}: {given.state} by {given.by_name}",
        now,
        subject=asked.subject,
        approved=given.state == "approved",
        comment=given.comment,
        by=given.by_name,
    )


def _audit(session: Session, asked: ApprovalRecord, given: GivenAnswer, now: datetime) -> None:
    ControlRepository(session).append_audit(
        AuditEntry(
            at=now,
            actor_id=given.by,
            actor_name=given.by_name,
            action=f"approval.{_VERBS[given.state]}",
            target=asked.run_id,
            reason=given.comment or None,
            detail={
                "subject": asked.subject,
                "question": asked.question,
                "workflow": asked.spec_name,
                "amount_usd": given.amount_usd,
            },
        )
    )
