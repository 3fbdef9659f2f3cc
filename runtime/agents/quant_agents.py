"""The two quant agents as specs, and the alpha researcher's way of thinking with a chat model."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from runtime.agents.agent_runtime import AgentRuntime
from runtime.agents.context import AgentContext
from runtime.agents.model_client import AgentFailed
from runtime.agents.spec import QUANT, AgentGuardrails, AgentSpec, ModelChoice, OutputField
from runtime.alpha.grammar import FIELDS
from runtime.alpha.operators import OPERATORS
from runtime.alpha.proposal import MAX_HORIZON, Proposal
from runtime.alpha.researcher import Trial
from runtime.errors import GuardrailBreached
from runtime.spec import sentence

ALPHA_RESEARCHER, STRATEGY_EXECUTOR = "alpha_researcher", "strategy_executor"
MAX_REPAIRS = 2
SHOWN_TRIALS = 20


def alpha_researcher(model: ModelChoice = QUANT, guardrails: AgentGuardrails | None = None) -> AgentSpec:
    """Return the agent that proposes formulas."""
    return AgentSpec(
        name=ALPHA_RESEARCHER,
        role="Alpha researcher",
        system_prompt=(
            "You search for alphas: formulas over daily prices whose ranking of shares predicts their returns. Each proposal is "
            "back-tested walk-forward after costs, and its reward is 1.0 times the annual Sharpe ratio, minus 0.5 times the "
            "deepest drawdown, minus 0.2 times the daily turnover. Learn from what was tried; propose one formula that is new."
        ),
        model=model,
        guardrails=guardrails or AgentGuardrails(max_calls=100),
        output=(
            OutputField(name="name", description="Two to six words."),
            OutputField(name="formula", description="In the language that is described in the task."),
            OutputField(name="rationale", description="Why it should work, in one to four sentences."),
            OutputField(
                name="expected_horizon_bars",
                type="integer",
                minimum=1,
                maximum=MAX_HORIZON,
                description="For how many trading days it is meant to hold.",
            ),
            OutputField(
                name="expected_direction",
                choices=("long", "short"),
                description="long: high numbers are bought. short: high numbers are sold.",
            ),
        ),
    )


def strategy_executor() -> AgentSpec:
    """Return the agent that decides what becomes of a proposal; a rule decides, so it asks no chat model."""
    return AgentSpec(
        name=STRATEGY_EXECUTOR,
        role="Strategy executor",
        system_prompt=(
            "Go ahead with a proposal only when the kill switch is released, nothing does the same already, and reward, "
            "drawdown and turnover on days that no search has seen keep to the limits."
        ),
        output=(
            OutputField(name="go", type="boolean"),
            OutputField(name="action", choices=("train", "evaluate", "paper", "replay", "walk_forward")),
        ),
    )


class ModelProposer:
    """A `runtime.alpha.researcher.Proposer` that asks a chat model."""

    def __init__(self, ctx: AgentContext, spec: AgentSpec, hint: str = "") -> None:
        self._runtime = AgentRuntime(ctx)
        self._spec = spec
        self._hint = hint

    async def propose(self, trials: Sequence[Trial]) -> Proposal | None:
        """Return the model's next proposal; a formula that cannot be read is handed back to it, with what is wrong.

        Raises `AgentFailed`, and `GuardrailBreached` when a limit was crossed.
        """
        problem = ""
        for _ in range(MAX_REPAIRS + 1):
            result = await self._runtime.run(self._spec, _task(trials, self._hint, problem))
            if result.status == "rejected":
                raise GuardrailBreached(
                    result.failure.message if result.failure else "A guardrail was crossed."
                )
            if result.output is None:
                raise AgentFailed(
                    f"{self._spec.role} proposed nothing: {result.failure.message if result.failure else ''}"
                )
            try:
                return Proposal.model_validate(dict(result.output))
            except ValidationError as error:
                problem = sentence(error.errors(include_input=False)[0]["msg"])
        raise AgentFailed(f"{self._spec.role} proposed nothing that can be read: {problem}")


def _task(trials: Sequence[Trial], hint: str, problem: str) -> str:
    best = sorted(
        (trial for trial in trials if trial.reward is not None), key=lambda trial: -(trial.reward or 0.0)
    )
    refused = [trial for trial in trials if trial.reward is None]
    shown = [_shown(trial) for trial in [*best[:SHOWN_TRIALS], *refused[-SHOWN_TRIALS:]]]
    parts = [
        _language(),
        f"Tried so far, best first: {json.dumps(shown)}" if shown else "Nothing was tried yet.",
        f"Asked for: {hint}" if hint else "",
        f"Your last formula cannot be read. {problem}" if problem else "",
        "What is your next proposal?",
    ]
    return "\n\n".join(part for part in parts if part)


def _shown(trial: Trial) -> Mapping[str, Any]:
    """Return what the author may know of a trial: nothing of the held-out days."""
    proposal, judged = trial.proposal, trial.evaluation
    told: dict[str, Any] = {
        "formula": proposal.formula,
        "horizon": proposal.expected_horizon_bars,
        "direction": proposal.expected_direction,
    }
    if judged is None:
        return told | {"error": trial.error}
    score = judged.searched
    return told | {
        "reward": score.reward,
        "sharpe": score.sharpe,
        "drawdown": score.drawdown,
        "turnover": score.turnover,
    }


def _language() -> str:
    operators = "; ".join(
        f"{name}({', '.join(operator.takes)}): {operator.meaning}" for name, operator in OPERATORS.items()
    )
    fields = "; ".join(f"{name}: {meaning}" for name, meaning in FIELDS.items())
    return (
        f"A formula uses these fields: {fields}. These operators: {operators}. Numbers, + - * / and comparisons inside "
        "where(). `window` and `lag` are whole numbers of days, written out. Nothing else."
    )
