"""A debate by spec: bounded by the live cap, judged exactly once, never without a verdict."""

from pathlib import Path
from typing import Any

import pytest

from runtime.engine import WorkflowRunResult
from runtime.nodes.portfolio_manager import PortfolioManager
from runtime.settings import LiveSettings
from runtime.spec import WorkflowSpec
from tests.fakes import ScriptedSettings
from tests.runtime.probes import runtime_for


def cap(rounds: int) -> LiveSettings:
    return LiveSettings(orchestration_max_debate_rounds=rounds)


async def debate(
    folder: Path, *settings: LiveSettings, max_rounds: int = 1, **params: Any
) -> WorkflowRunResult:
    spec = WorkflowSpec(
        name="debate", adapter="DialecticalDebateAdapter", max_rounds=max_rounds, params=params
    )
    live = ScriptedSettings(*settings or (cap(6),))
    return await runtime_for(spec, folder, settings=live).run({})


def nodes(result: WorkflowRunResult, status: str = "ok") -> list[str]:
    return [crumb["node"] for crumb in result.breadcrumbs if crumb["status"] == status]


@pytest.mark.parametrize(("asked", "allowed", "held"), [(1, 6, 1), (2, 6, 2), (3, 2, 2), (50, 1, 1)])
@pytest.mark.parametrize("use_langgraph", [False, True])
async def test_the_rounds_held_are_the_lesser_of_asked_and_allowed(
    asked: int, allowed: int, held: int, use_langgraph: bool, tmp_path: Path
) -> None:
    """In the older platform the spec's rounds always won, so the cap never capped anything."""
    result = await debate(tmp_path, cap(allowed), max_rounds=asked, use_langgraph=use_langgraph)

    assert (result.status, result.error) == ("completed", None)
    assert result.state["debate_verdict"]["rounds"] == held
    assert result.state["research_debate"]["count"] == 2 * held
    assert nodes(result).count("portfolio_manager") == 1


async def test_a_cap_that_ends_a_debate_leaves_a_crumb(tmp_path: Path) -> None:
    result = await debate(tmp_path, cap(1), max_rounds=3)

    capped = next(crumb for crumb in result.breadcrumbs if crumb["node"] == "round_cap_enforce")
    assert capped["status"] == "capped"
    assert capped.get("extras") == {"round_count": 2, "max_rounds": 1, "requested_rounds": 3}


async def test_a_debate_within_its_cap_leaves_no_such_crumb(tmp_path: Path) -> None:
    assert nodes(await debate(tmp_path, cap(2), max_rounds=2), "capped") == []


async def test_a_cap_that_is_lowered_while_the_debate_runs_ends_it_after_the_round(tmp_path: Path) -> None:
    # Before the adapter, then before bull, bear, bull: the third round finds the lower cap.
    result = await debate(tmp_path, *[cap(6)] * 4, cap(1), max_rounds=6)

    assert result.state["debate_verdict"]["rounds"] == 2
    assert nodes(result, "capped") == ["round_cap_enforce"]


async def test_everything_that_was_said_is_written(tmp_path: Path) -> None:
    state = (await debate(tmp_path, max_rounds=2, symbol="JNJ")).state

    assert state["bull_argument"]["vt_symbol"] == state["bear_argument"]["vt_symbol"] == "JNJ"
    assert len(state["research_debate"]["bull_history"]) == 2
    verdict = state["debate_verdict"]
    assert verdict["action"] in ("buy", "hold", "sell")
    assert verdict["vt_symbol"] == "JNJ"
    assert 0 <= verdict["confidence"] <= 1
    assert verdict["deterministic_fallback"] is True


@pytest.mark.parametrize("error", [RuntimeError("the model is away"), None])
async def test_a_judge_that_fails_or_says_no_action_is_stood_in_for_by_the_rule(
    error: Exception | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = (await debate(tmp_path, max_rounds=2, symbol="JNJ")).state["debate_verdict"]

    async def judge(*args: object) -> dict[str, Any]:
        if error is not None:
            raise error
        return {"verdict": {"rationale": "no idea"}}

    monkeypatch.setattr(PortfolioManager, "run", judge)
    result = await debate(tmp_path, max_rounds=2, symbol="JNJ")

    assert (result.status, result.error) == ("completed", None)
    assert nodes(result).count("forced_judge_synth") == 1
    assert result.state["debate_verdict"] == {**expected, "forced": True}


async def test_a_speaker_that_fails_is_an_error_and_nothing_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runtime.nodes.researcher import BearResearcher

    async def broken(*args: object) -> dict[str, Any]:
        raise RuntimeError("no model")

    monkeypatch.setattr(BearResearcher, "run", broken)
    result = await debate(tmp_path, max_rounds=2)

    assert result.status == "error"
    assert "Bear researcher failed: RuntimeError: no model" in (result.error or "")
    assert "debate_verdict" not in result.state
    assert "bull_argument" in result.state


@pytest.mark.parametrize("asked", [0, 101, "two", True])
async def test_rounds_that_cannot_be_held_are_refused_by_field(asked: object, tmp_path: Path) -> None:
    spec = WorkflowSpec(name="x", adapter="DialecticalDebateAdapter", params={"max_rounds": asked})

    result = await runtime_for(spec, tmp_path).run({})

    assert "params.max_rounds" in (result.error or "")
