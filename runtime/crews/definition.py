"""The two crews as data. Every task sees what the one before it has said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewTask:
    """One thing to do."""

    id: str
    role: str
    """Id of the one who does it."""
    goal: str
    expected: str
    round: int = 0
    """Of a debate: it is held only while the cap on rounds allows it. 0: always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewDefinition:
    """A crew."""

    alias: str
    roles: Mapping[str, str]
    """Id → what they are there for."""
    tasks: tuple[CrewTask, ...]


def research_crew() -> CrewDefinition:
    """Return the research crew: from data to a promoted, or dropped, hypothesis."""
    return CrewDefinition(
        alias="research",
        roles={
            "data_scout": "Say which of the given data matter, and what is missing.",
            "hypothesis_designer": "Turn an observation into one hypothesis that could be wrong.",
            "strategy_backtester": "Say how the hypothesis would be tested, and what the given numbers say already.",
            "risk_controller": "Find what could go wrong, with numbers.",
            "performance_evaluator": "Weigh evidence against risk.",
            "meta_agent": "Decide: promote or drop.",
        },
        tasks=(
            _task("discover_data", "data_scout", "Name the data that matter for the request."),
            _task("design_hypothesis", "hypothesis_designer", "State one testable hypothesis."),
            _task("backtest", "strategy_backtester", "Judge the hypothesis by the numbers at hand."),
            _task("risk_audit", "risk_controller", "List the risks, the largest first."),
            _task("evaluate", "performance_evaluator", "Weigh the evidence against the risks."),
            _task("promote", "meta_agent", "Decide to promote or drop it, with the reason."),
        ),
    )


def trader_crew(rounds: int) -> CrewDefinition:
    """Return the trader crew: analysts, `rounds` of bull against bear, trader, risk manager, portfolio manager."""
    analysts = ("fundamentals", "sentiment", "news", "technical")
    debate = [
        _task(f"{side}_{number}", f"{side}_researcher", f"Argue as the {side}, round {number}.", number)
        for number in range(1, rounds + 1)
        for side in ("bull", "bear")
    ]
    return CrewDefinition(
        alias="trader",
        roles={
            **{
                f"{name}_analyst": f"Judge the {name}. Say so where nothing is known of it."
                for name in analysts
            },
            "bull_researcher": "Argue for buying.",
            "bear_researcher": "Argue against buying.",
            "trader": "Propose buy, sell or hold.",
            "risk_manager": "Say what the proposal risks.",
            "portfolio_manager": "Decide, with the reason.",
        },
        tasks=(
            *(_task(f"{name}_report", f"{name}_analyst", f"Report on the {name}.") for name in analysts),
            *debate,
            _task("trade", "trader", "Propose buy, sell or hold, and how much."),
            _task("risk_review", "risk_manager", "Review the risk of the proposal."),
            _task("decide", "portfolio_manager", "Decide."),
        ),
    )


def named_crew(alias: Literal["research", "trader"], *, rounds: int) -> CrewDefinition:
    """Return a crew; only the trader crew has rounds, at least one."""
    return research_crew() if alias == "research" else trader_crew(max(1, rounds))


def batches(crew: CrewDefinition, *, at_once: bool) -> list[list[CrewTask]]:
    """Return what is done together: every task by itself, or all of them at once, by a manager."""
    return [list(crew.tasks)] if at_once else [[task] for task in crew.tasks]


def held(tasks: Sequence[CrewTask], cap: int) -> list[CrewTask]:
    """Return the tasks that the cap on rounds allows; the first round always is."""
    return [task for task in tasks if task.round <= max(1, cap)]


def _task(task_id: str, role: str, goal: str, number: int = 0) -> CrewTask:
    return CrewTask(id=task_id, role=role, goal=goal, expected="A short answer in plain text.", round=number)
