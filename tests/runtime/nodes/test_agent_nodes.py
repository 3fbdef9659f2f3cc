"""The agent and the debate as nodes."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from runtime.errors import HaltRequested, NotFound
from runtime.node import Ledger
from runtime.nodes.agent import Agent
from runtime.nodes.debate import BullBearDebate
from runtime.settings import LiveSettings
from tests.contracts.inputs import example_data
from tests.fakes import Effects, ScriptedSettings, make_context


def capped(*rounds: int) -> ScriptedSettings:
    """Return live settings with these caps, one a reading."""
    return ScriptedSettings(*(LiveSettings(orchestration_max_debate_rounds=cap) for cap in rounds))


async def debate(
    folder: Path, live: ScriptedSettings, **given: object
) -> tuple[dict[str, Any], Ledger, Effects]:
    ledger, effects = Ledger(), Effects()
    context = make_context(folder, live=live, ledger=ledger, effects=effects)
    wires = {name: given.pop(name) for name in ("signals", "insight") if name in given}
    inputs = {"prices": example_data("prices"), **wires}
    outputs = await BullBearDebate().run(inputs, BullBearDebate.Config.model_validate(given), context)
    return outputs["verdict"], ledger, effects


async def test_the_debate_reads_the_cap_before_each_round(tmp_path: Path) -> None:
    live = capped(4, 4, 2)

    verdict, ledger, effects = await debate(tmp_path, live, rounds=4, symbol="AAPL")

    assert (verdict["rounds"], verdict["count"], live.read) == (2, 4, 3)
    assert ledger.n_calls == 4
    assert ledger.cost_usd == 0.0
    assert [fraction for fraction, _ in effects.progress] == [0.125, 0.25, 0.375, 0.5]


async def test_the_default_cap_of_two_rounds_holds_against_a_drawing_that_wants_more(tmp_path: Path) -> None:
    verdict, _, _ = await debate(tmp_path, ScriptedSettings(), rounds=50, symbol="AAPL")

    assert verdict["rounds"] == 2


async def test_a_halt_between_two_rounds_ends_the_debate_without_a_verdict(tmp_path: Path) -> None:
    class HaltsAtTheSecondRound(ScriptedSettings):
        async def live(self) -> LiveSettings:
            if self.read == 1:
                raise HaltRequested("fat finger")
            return await super().live()

    ledger = Ledger()
    context = make_context(tmp_path, live=HaltsAtTheSecondRound(), ledger=ledger)

    with pytest.raises(HaltRequested):
        await BullBearDebate().run(
            {"prices": example_data("prices")}, BullBearDebate.Config(rounds=2, symbol="AAPL"), context
        )

    assert ledger.n_calls == 2
    assert ledger.slots == {}


async def test_all_four_slots_tell_the_same_story(tmp_path: Path) -> None:
    verdict, ledger, _ = await debate(tmp_path, capped(3), rounds=3, symbol="AAPL")

    assert set(ledger.slots) == {"bull_argument", "bear_argument", "debate_verdict", "research_debate"}
    assert ledger.slots["debate_verdict"] == verdict
    assert ledger.slots["bull_argument"]["confidence"] == verdict["bull_confidence"]
    assert ledger.slots["research_debate"]["count"] == verdict["count"] == 6
    assert len(ledger.slots["research_debate"]["bear_history"]) == 3


async def test_the_debate_is_about_the_insight_then_the_strongest_signal(tmp_path: Path) -> None:
    signals = pd.DataFrame({"AAPL": [0.2], "XOM": [-0.8]}, index=example_data("prices").index[-1:])
    insight = {"vt_symbol": "KO", "direction": "short", "strength": 0.9, "confidence": 0.9}

    about_insight, _, _ = await debate(tmp_path, capped(1), signals=signals, insight=insight)
    about_signal, _, _ = await debate(tmp_path, capped(1), signals=signals)
    about_config, _, _ = await debate(tmp_path, capped(1), signals=signals, insight=insight, symbol="PG")

    assert (about_insight["vt_symbol"], about_insight["proposed_action"]) == ("KO", "sell")
    assert (about_signal["vt_symbol"], about_signal["proposed_action"]) == ("XOM", "sell")
    assert (about_config["vt_symbol"], about_config["proposed_action"]) == ("PG", "buy")


async def test_a_debate_about_an_unknown_share_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="Did you mean 'AAPL'"):
        await debate(tmp_path, capped(1), symbol="APPL")


async def test_an_agent_gives_an_insight_that_the_debate_can_take(tmp_path: Path) -> None:
    ledger = Ledger()
    inputs = {"prices": example_data("prices"), "signals": example_data("signals")}
    config = Agent.Config.model_validate(
        {"role": "Macro sceptic", "question": "Is it over?", "horizon_days": 5}
    )

    insight = (await Agent().run(inputs, config, make_context(tmp_path, ledger=ledger)))["insight"]

    assert insight["vt_symbol"] in inputs["prices"].columns
    assert insight["direction"] in ("long", "short")
    assert insight["horizon_days"] == 5
    assert insight["rationale"].startswith("Macro sceptic: ")
    assert insight["rationale"].endswith("Is it over?")
    assert ledger.n_calls == 1
    verdict, _, _ = await debate(tmp_path, capped(2), insight=insight)
    assert verdict["vt_symbol"] == insight["vt_symbol"]
    assert verdict["proposed_action"] == ("buy" if insight["direction"] == "long" else "sell")
