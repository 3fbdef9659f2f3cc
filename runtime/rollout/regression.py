"""What must not change, as assertions that a running installation can check: `tests/agents/test_orchestration_flags.py` asserts the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from runtime.builders import build
from runtime.errors import CapabilityOff
from runtime.graph.plan import plan_of
from runtime.settings import DEFAULTS, FLAGS, LiveSettings
from runtime.status import RunStatus
from runtime.watchdog import Policy, Watched, judge

_NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
_THRESHOLD_SECONDS = 300.0

LEGACY_SEQUENCES: dict[str, tuple[str, ...]] = {
    "research": ("news_miner", "equity_researcher", "universe_selector"),
    "trader": ("trader_signal", "decision_log_trader", "run_analyst"),
    "full_pipeline": (
        "news_miner",
        "equity_researcher",
        "universe_selector",
        "stock_selector",
        "trader_signal",
        "decision_log_trader",
        "run_analyst",
        "portfolio_analyst",
        "decision_log_portfolio",
    ),
    "research_debate": (
        "market_monitor",
        "quant_generator",
        "risk_simulator",
        "emit_signal_event",
        "reject_decision_log",
    ),
    "quant_research_pipeline": (
        "composite_voter",
        "regime_analyst",
        "cointegration_analyst",
        "risk_simulator",
        "emit_signal_event",
        "reject_decision_log",
    ),
}
"""The five graphs of the platform before, node by node; no flag may rewire them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One thing that must hold."""

    name: str
    holds: bool
    evidence: str


def flag_assertions() -> list[Assertion]:
    """Return whether flags, knobs and named graphs are what they must be. Takes some tens of milliseconds."""
    return [*_defaults(), *_sequences(), _fusion()]


def watchdog_assertions() -> list[Assertion]:
    """Return whether the watchdog spares what moves and takes what does not: `tests/agents/test_watchdog.py` asserts the same."""
    return [
        _judgement("a healthy run of 20 minutes is spared", _watched(crumbs=[20, 1]), halted=False),
        _judgement("a run without a sign for 6 minutes is halted", _watched(crumbs=[20, 6]), halted=True),
        _judgement(
            "a run that waits for 8 minutes is spared", _watched(status="pending", age=8), halted=False
        ),
        _judgement(
            "a run that waits for 11 minutes is halted", _watched(status="pending", age=11), halted=True
        ),
        _judgement("switched off, it halts nothing", _watched(crumbs=[90]), halted=False, enabled=False),
        _judgement("the kill switch takes every run", _watched(crumbs=[1]), halted=True, switch="drill"),
    ]


def _watched(*, status: RunStatus = "running", age: float = 20, crumbs: Sequence[float] = ()) -> Watched:
    """Return a run that was asked for `age` minutes before the test's now, with crumbs so many minutes old."""
    asked = _NOW - timedelta(minutes=age)
    return Watched(
        run_id="run",
        status=status,
        asked_at=asked,
        started_at=asked if status == "running" else None,
        crumbs=[{"at": (_NOW - timedelta(minutes=minutes)).isoformat()} for minutes in crumbs],
    )


def _judgement(
    name: str, run: Watched, *, halted: bool, enabled: bool = True, switch: str | None = None
) -> Assertion:
    policy = Policy(
        desk="workflow", enabled=enabled, stall_threshold_seconds=_THRESHOLD_SECONDS, switch_reason=switch
    )
    verdicts = judge([run], _NOW, policy)
    return Assertion(name=name, holds=bool(verdicts) is halted, evidence="halted" if verdicts else "spared")


def _defaults() -> Iterator[Assertion]:
    bare = LiveSettings()
    on = [name for name in FLAGS if getattr(bare, name) is not False]
    yield Assertion(
        name="six flags, off by default",
        holds=not on and len(FLAGS) == 6,  # noqa: PLR2004  the runbook has six
        evidence=f"{len(FLAGS)} flags, on by default: {', '.join(on) or 'none'}",
    )
    rounds, budget = bare.orchestration_max_debate_rounds, bare.orchestration_halt_check_timeout_seconds
    yield Assertion(
        name="two knobs with their defaults",
        holds=rounds == DEFAULTS["orchestration_max_debate_rounds"] >= 1
        and budget == DEFAULTS["orchestration_halt_check_timeout_seconds"] > 0,
        evidence=f"{rounds} rounds, {budget:g} s",
    )


def _sequences() -> Iterator[Assertion]:
    everything = LiveSettings(**dict.fromkeys(FLAGS, True), orchestration_max_debate_rounds=5)
    for alias, wanted in LEGACY_SEQUENCES.items():
        found = [_nodes(alias, live) for live in (LiveSettings(), everything)]
        yield Assertion(
            name=f"graph {alias} is not rewired",
            holds=all(nodes == wanted for nodes in found),
            evidence=f"{len(wanted)} nodes with every flag off and with every flag on"
            if all(nodes == wanted for nodes in found)
            else f"found {' → '.join(found[0])} with every flag off and {' → '.join(found[1])} with every flag on",
        )


def _fusion() -> Assertion:
    try:
        build("dialectical_with_fusion", live=LiveSettings())
    except CapabilityOff as refusal:
        return Assertion(name="fusion refuses while off", holds=True, evidence=refusal.message)
    return Assertion(
        name="fusion refuses while off", holds=False, evidence="it compiled while its flag was off"
    )


def _nodes(alias: str, live: LiveSettings) -> tuple[str, ...]:
    return tuple(str(node.id) for node in plan_of(build(alias, live=live), lenient=True).nodes)
