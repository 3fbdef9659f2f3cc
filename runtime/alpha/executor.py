"""The strategy executor: goes ahead with a judged alpha, or says every reason why not. It decides; a port acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from runtime.alpha.proposal import Proposal, Score

Action = Literal["train", "evaluate", "paper", "replay", "walk_forward"]
ACTIONS: tuple[Action, ...] = ("train", "evaluate", "paper", "replay", "walk_forward")


class Limits(BaseModel):
    """What a proposal has to keep to. Its figures are those of the days that no search has seen."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    min_reward: float = Field(default=0.0, ge=-10.0, le=10.0)
    max_drawdown: float = Field(default=0.35, gt=0.0, le=1.0)
    """As a fraction."""
    max_turnover: float = Field(default=1.0, gt=0.0, le=10.0)
    """Traded on a day on average, as a fraction of equity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What has to be known of the installation before anything is dispatched."""

    switch_engaged: bool | None
    """Of the kill switch; None: it cannot be read."""
    under_way: str = ""
    """The run that does the same already; empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Go or no go."""

    action: Action
    reasons: tuple[str, ...]
    """Why not; empty for go."""
    figures: Mapping[str, float]
    """What was judged."""

    @property
    def go(self) -> bool:
        """Whether the action is to be dispatched."""
        return not self.reasons

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "go": self.go,
            "action": self.action,
            "reasons": list(self.reasons),
            "figures": dict(self.figures),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """A run that was accepted."""

    run_id: str
    task_id: str


class Dispatch(Protocol):
    """Where an action goes."""

    async def dispatch(self, action: Action, proposal: Proposal, *, key: str) -> Dispatched:
        """Start the action on the proposal; raises whatever bars it. `key`: equal for equal actions on equal proposals."""
        ...


def decide(action: Action, score: Score, circumstances: Circumstances, limits: Limits) -> Decision:
    """Judge with everything that speaks against it, not just the first. Pure."""
    reasons: list[str] = []
    if circumstances.switch_engaged is None:
        reasons.append("The kill switch cannot be read.")
    elif circumstances.switch_engaged:
        reasons.append("The kill switch is engaged.")
    if circumstances.under_way:
        reasons.append(f"The same is under way already: run {circumstances.under_way}.")
    if score.reward < limits.min_reward:
        reasons.append(f"The reward on unseen days is {score.reward:+.2f}, below {limits.min_reward:+.2f}.")
    if score.drawdown > limits.max_drawdown:
        reasons.append(
            f"The drawdown on unseen days is {score.drawdown:.1%}, above {limits.max_drawdown:.1%}."
        )
    if score.turnover > limits.max_turnover:
        reasons.append(
            f"The turnover on unseen days is {score.turnover:.2f} a day, above {limits.max_turnover:.2f}."
        )
    figures = {
        "reward": score.reward,
        "sharpe": score.sharpe,
        "drawdown": score.drawdown,
        "turnover": score.turnover,
    }
    return Decision(action=action, reasons=tuple(reasons), figures=figures)


def key_of(action: Action, proposal: Proposal) -> str:
    """Return what makes two dispatches the same."""
    return f"{action}:{proposal.digest()}"
