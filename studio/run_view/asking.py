"""What a run has asked people, ready to show: who may answer, and what was answered. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from persistence.approvals import ApprovalRecord
from runtime.approvals import is_about_budget
from runtime.status import is_terminal
from studio.run_view.follower import Reading
from tasks.access import Actor
from tasks.control.approvals import may_answer

_WHO = {"operator": "an operator or an admin", "admin": "an admin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question."""

    subject: str
    title: str
    question: str
    who: str
    """Who may answer, in words."""
    may: bool
    """Whether whoever looks may answer."""
    budget: bool
    """Approving adds an amount to the budget."""
    asked_at: str
    """ISO time."""
    deadline: str
    """When silence counts as a rejection, in words; empty when it waits for ever."""
    answer: str = ""
    """Empty while it waits: `Approved by olga`."""
    state: str = "waiting"
    """As states of nodes are drawn: `waiting`, `completed` for approved, `halted` for rejected."""
    comment: str = ""


def asked(reading: Reading, actor: Actor) -> list[Asked]:
    """Return what a run has asked, oldest first; of a run that has ended only what was answered."""
    over = reading.view.ended or (reading.record is not None and is_terminal(reading.record.summary.status))
    return [_asked(each, actor) for each in reading.approvals if each.state != "pending" or not over]


def waiting_for(questions: Sequence[Asked]) -> list[Asked]:
    """Return the questions without an answer."""
    return [each for each in questions if not each.answer]


def _asked(record: ApprovalRecord, actor: Actor) -> Asked:
    return Asked(
        subject=record.subject,
        title=record.title,
        question=record.question,
        who=_WHO[record.who],
        may=may_answer(actor, record.who),
        budget=is_about_budget(record.detail),
        asked_at=record.asked_at.isoformat(),
        deadline=f"Rejected if nobody answers by {record.expires_at:%Y-%m-%d %H:%M} UTC"
        if record.expires_at
        else "",
        answer=_answer(record),
        state={"pending": "waiting", "approved": "completed"}.get(record.state, "halted"),
        comment=record.comment,
    )


def _answer(record: ApprovalRecord) -> str:
    match record.state:
        case "pending":
            return ""
        case "approved" if record.amount_usd is not None:
            return f"Approved by {record.answered_by_name}: {record.amount_usd:g} USD more"
        case "approved":
            return f"Approved by {record.answered_by_name}"
        case "rejected":
            return f"Rejected by {record.answered_by_name}"
        case "expired":
            return "Rejected, since nobody answered in time"
