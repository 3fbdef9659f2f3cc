"""The alpha researcher: propose, judge, learn, again; a bounded loop that can be stopped between any two of its steps."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from runtime.alpha.proposal import Evaluation, Proposal
from runtime.alpha.search import enumerated
from runtime.errors import GuardrailBreached, StudioError

MAX_EVALUATIONS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One proposal that was tried: judged, or refused with a reason."""

    number: int
    """From 1."""
    proposal: Proposal
    evaluation: Evaluation | None = None
    error: str = ""

    @property
    def reward(self) -> float | None:
        """Its reward over the searched days; None when it could not be judged."""
        return None if self.evaluation is None else self.evaluation.searched.reward

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        judged = self.evaluation.dump() if self.evaluation else {"proposal": self.proposal.model_dump()}
        return {"number": self.number, **judged, **({"error": self.error} if self.error else {})}


class Proposer(Protocol):
    """Thinks of formulas."""

    async def propose(self, trials: Sequence[Trial]) -> Proposal | None:
        """Return the next one, or None when there is none left; it may learn from the trials, which hide the held-out days."""
        ...


Judge = Callable[[Proposal], Awaitable[Evaluation]]
"""Evaluates one proposal; raises `StudioError` for one that cannot be judged."""


@dataclass(slots=True, kw_only=True)
class Research:
    """What the loop has found so far."""

    trials: list[Trial] = field(default_factory=list[Trial])

    @property
    def best(self) -> Trial | None:
        """The trial with the highest reward; the earlier one of equals."""
        judged = [trial for trial in self.trials if trial.reward is not None]
        return max(judged, key=lambda trial: trial.reward or 0.0, default=None)

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        best = self.best
        return {
            "evaluations": len(self.trials),
            "best": best.dump() if best else None,
            "trials": [
                {
                    "number": trial.number,
                    "name": trial.proposal.name,
                    "formula": trial.proposal.formula,
                    "reward": trial.reward,
                    "error": trial.error,
                }
                for trial in self.trials
            ],
        }


class QuantProposer:
    """Takes the formulas of the grammar in a seeded order: the same ones every time, at no cost."""

    def __init__(self, seed: int) -> None:
        self._left: Iterator[Proposal] = enumerated(seed)

    async def propose(self, trials: Sequence[Trial]) -> Proposal | None:
        """Return the next formula that was not tried."""
        tried = {trial.proposal.digest() for trial in trials}
        return next((proposal for proposal in self._left if proposal.digest() not in tried), None)


async def research(
    proposer: Proposer,
    judge: Judge,
    *,
    evaluations: int,
    before: Callable[[Research], Awaitable[None]],
    after: Callable[[Research, Trial], Awaitable[None]],
) -> Research:
    """Try up to `evaluations` proposals, and return all of them.

    `before` is awaited before each proposal and again before it is judged; it raises to stop the loop. `after` is awaited
    with each trial. A proposal that was tried before is a trial with an error; it is not judged again.
    """
    found = Research()
    for number in range(1, min(evaluations, MAX_EVALUATIONS) + 1):
        await before(found)
        proposal = await proposer.propose(tuple(found.trials))
        if proposal is None:
            break
        await before(found)
        trial = await _tried(number, proposal, judge, found.trials)
        found.trials.append(trial)
        await after(found, trial)
    return found


async def _tried(number: int, proposal: Proposal, judge: Judge, earlier: Sequence[Trial]) -> Trial:
    twin = next((trial for trial in earlier if trial.proposal.digest() == proposal.digest()), None)
    if twin is not None:
        return Trial(number=number, proposal=proposal, error=f"It is the same as trial {twin.number}.")
    try:
        return Trial(number=number, proposal=proposal, evaluation=await judge(proposal))
    except GuardrailBreached:
        raise
    except StudioError as error:
        return Trial(number=number, proposal=proposal, error=error.message)
