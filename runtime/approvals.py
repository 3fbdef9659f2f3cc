"""Questions that a run puts to a person, the answers, and what a run that goes on brings along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from runtime.guardrails import Totals
from runtime.state import Breadcrumb

Who = Literal["operator", "admin"]
"""`operator`: whoever may answer approvals. `admin`: admins only."""
COST_SUBJECT = "guardrail:cost"
"""What questions about the budget are about; the first one of a run is `guardrail:cost:1`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a run wants to know before it goes on."""

    subject: str
    """Id of the node that asks, or `guardrail:cost:<n>`. A run asks once per subject."""
    title: str
    text: str
    who: Who = "operator"
    timeout_seconds: float | None = None
    """After so long without an answer it counts as rejected; None: it waits for ever."""
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """JSON; of a question about the budget: limit and value."""

    @property
    def about_budget(self) -> bool:
        """Whether approving it raises the budget of the run."""
        return is_about_budget(self.detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person said, or what silence counted as."""

    approved: bool
    comment: str
    by: str
    """Name of whoever answered."""
    asked_at: datetime
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a run brings along from its segments before: it goes on instead of beginning."""

    totals: Totals = field(default_factory=Totals)
    crumbs: Sequence[Breadcrumb] = ()
    state: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """As it was when the run began to wait; empty after a lost worker, whose checkpoints have it."""
    active_seconds: float = 0.0
    """For how long it has been worked on; waiting does not count."""
    last_effect_at: datetime | None = None
    answered: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    """Subject of each question that has its answer → when it was asked."""
    granted_usd: Sequence[float] = ()
    """What people have added to the budget, one per approved question."""
    refused: str = ""
    """Why the run must not go on: somebody refused to raise its budget."""
    reason: str = ""
    """Why it goes on, as a sentence for people."""


def is_about_budget(detail: Mapping[str, Any]) -> bool:
    """Tell whether a question with this detail is about the budget; a node cannot set it."""
    return detail.get("limit") == "cost"


def budget_question(number: int, *, allowed_usd: float, spent_usd: float) -> Question:
    """Return the question that a run asks whose cost has crossed its budget for the `number`-th time."""
    return Question(
        subject=f"{COST_SUBJECT}:{number}",
        title="Budget",
        text=f"The run has spent {spent_usd:.4f} USD; its budget is {allowed_usd:g} USD. May it go on?",
        detail={"limit": "cost", "allowed_usd": allowed_usd, "spent_usd": spent_usd},
    )
