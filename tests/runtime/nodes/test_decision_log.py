"""The decision log: one entry per decision, in the run's state and as a file that people can read."""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.node import Ledger
from runtime.nodes.decision_log import DecisionLog, DecisionLogConfig
from runtime.risk.predicate import risk_simulator_approves
from tests.fakes import Effects, make_context

REJECTED = {
    "approved": False,
    "vt_symbol": "JNJ",
    "risk_breaches": ["tvar_95 0.2 > 0.1"],
    "rationale": "Rejected:\nfor good.",
}


async def log(folder: Path, inputs: dict[str, Any], **context: Any) -> dict[str, Any]:
    made = await DecisionLog().run(
        inputs, DecisionLogConfig(heading="Rejected"), make_context(folder, **context)
    )
    return dict(made["entry"])


async def test_the_file_is_markdown_with_the_entry_embedded(tmp_path: Path) -> None:
    effects = Effects()

    entry = await log(tmp_path, {"verdict": REJECTED}, effects=effects)

    (text,) = [path.read_text(encoding="utf-8") for path in [*_files(tmp_path)]]
    body = text.split("```json\n")[1].split("\n```")[0]
    assert text.startswith("# Rejected: rejected JNJ\n")
    assert json.loads(body) == entry
    assert {"run_id", "spec_name", "vt_symbol", "as_of", "decision", "status", "logged_at"} <= set(entry)
    assert (entry["decision"], entry["status"]) == ("rejected", "pending")
    assert len(effects.stamps) == 1


async def test_an_entry_is_appended_to_those_before_it(tmp_path: Path) -> None:
    ledger = Ledger()

    await log(tmp_path, {"verdict": REJECTED}, ledger=ledger, state={"decision_log": [{"decision": "buy"}]})

    assert [entry["decision"] for entry in ledger.slots["decision_log"]] == ["buy", "rejected"]


@pytest.mark.parametrize(
    ("record", "decision"),
    [({"action": "hold", "direction": "long"}, "hold"), ({"direction": "short"}, "short"), ({}, "noted")],
)
async def test_an_insight_is_logged_by_its_action_or_direction(
    record: dict[str, Any], decision: str, tmp_path: Path
) -> None:
    assert (await log(tmp_path, {"insight": record}))["decision"] == decision


async def test_a_node_that_runs_again_writes_its_one_file_again_and_another_node_its_own(
    tmp_path: Path,
) -> None:
    for node in ("a", "a", "../b"):
        await log(tmp_path, {"verdict": REJECTED}, node_id=node)

    assert len(_files(tmp_path)) == 2


async def test_an_entry_never_passes_for_an_approval(tmp_path: Path) -> None:
    entry = await log(tmp_path, {"verdict": {"approved": True, "action": "buy"}})

    assert risk_simulator_approves(entry) == "reject_decision_log"


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())
