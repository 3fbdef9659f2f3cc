"""Bull against bear, judged once. One round is a single pass side by side; more are a bounded chain of turns."""

from collections.abc import Mapping
from typing import Any

from runtime.errors import InvalidValue
from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch

ALIAS = "dialectical"
TITLE = "Bull against bear"
SENTENCE = "A bull and a bear argue about the share with the largest momentum, and a portfolio manager judges them once."
MAX_ROUNDS = 100
Nodes = dict[str, str | tuple[str, Mapping[str, Any]]]


def build(*, max_rounds: int = 1) -> GraphDocument:
    """Return the debate; `max_rounds`, 1 .. 100, is requested: the live cap is read again in every round."""
    nodes, wires = debate(max_rounds)
    return sketch(nodes, wires)


def debate(max_rounds: int) -> tuple[Nodes, list[str]]:
    """Return the nodes and wires of a debate, in speaking order; raises `InvalidValue` (a ValueError too)."""
    if not 1 <= max_rounds <= MAX_ROUNDS:
        raise RoundsRefused(
            f"max_rounds must be 1 to {MAX_ROUNDS}, got {max_rounds}.",
            field="params.builder_kwargs.max_rounds",
        )
    nodes: Nodes = {}
    wires: list[str] = []
    for number in range(1, max_rounds + 1):
        bull, bear = speaker("bull", number), speaker("bear", number)
        nodes[bull] = ("agents.bull_researcher", {"round": number})
        nodes[bear] = ("agents.bear_researcher", {"round": number})
        if number > 1:
            wires.append(f"{speaker('bear', number - 1)}.said -> {bull}.said")
        if max_rounds > 1:
            wires.append(f"{bull}.said -> {bear}.said")
        else:
            wires.append(f"{bull}.said -> portfolio_manager.said")
        wires.append(f"{bear}.said -> portfolio_manager.said")
    nodes["portfolio_manager"] = "agents.portfolio_manager"
    return nodes, wires


def speaker(side: str, number: int) -> str:
    """Return the node id of a side's turn in a round."""
    return f"{side}_researcher" if number == 1 else f"{side}_researcher_{number}"


class RoundsRefused(InvalidValue, ValueError):
    """Raised for a number of rounds that cannot be held."""
