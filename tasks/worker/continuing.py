"""What a worker has to know of a run that goes on: what earlier segments did, and what people have answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from persistence.approvals import ApprovalRecord
from persistence.run_records import Claim, RunTotals
from runtime.approvals import Carried, is_about_budget
from runtime.guardrails import Totals
from runtime.state import Breadcrumb

NO_WORKER = "Its worker was lost; another one goes on from the last finished node."
ANSWERED = "It goes on after an answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """How a run goes on."""

    carried: Carried
    seq: int
    """The number of the last frame that has been told."""
    answered: frozenset[str]
    """Subjects whose answer this segment knows."""


def continuation(
    claim: Claim,
    *,
    crumbs: Sequence[object],
    totals: RunTotals,
    questions: Sequence[ApprovalRecord],
    seq: int,
) -> Continuation:
    """Return how the claimed run goes on, from its row, its questions and the number of its last frame."""
    answered = {record.subject: record.asked_at for record in questions if record.state != "pending"}
    carried = Carried(
        totals=Totals(
            cost_usd=totals.cost_usd,
            n_calls=totals.n_calls,
            n_tool_calls=totals.n_tool_calls,
            n_rag_hits=totals.n_rag_hits,
        ),
        # They were written by `runtime.state.breadcrumb`.
        crumbs=cast(Sequence[Breadcrumb], crumbs),
        state=claim.kept_state,
        active_seconds=claim.active_ms / 1000,
        last_effect_at=claim.last_effect_at,
        answered=answered,
        granted_usd=[record.amount_usd for record in questions if record.amount_usd is not None],
        refused=next((_refusal(record) for record in questions if _refuses(record)), ""),
        reason=NO_WORKER if claim.attempt > 1 else ANSWERED,
    )
    return Continuation(carried=carried, seq=seq, answered=frozenset(answered))


def _refuses(record: ApprovalRecord) -> bool:
    return record.state in ("rejected", "expired") and is_about_budget(record.detail)


def _refusal(record: ApprovalRecord) -> str:
    allowed, spent = record.detail.get("allowed_usd", 0.0), record.detail.get("spent_usd", 0.0)
    said = f" {record.answered_by_name} refused to raise it"
    comment = f": {record.comment}" if record.comment else "."
    return f"Guardrail cost: allowed {allowed:g} USD, met {spent:.4f} USD.{said}{comment}"
