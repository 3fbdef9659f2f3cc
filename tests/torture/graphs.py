"""Random drawings: branches of nodes that wait, block and compute, over real prices, and a report of all."""

from random import Random
from typing import Any

from runtime.catalog import kind_named
from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch

QUANT = ("quant.momentum", "quant.mean_reversion", "quant.volatility", "data.returns")
"""Kinds that compute something from prices."""
MODES = ("async", "blocking", "cpu")
LONGEST_SECONDS = 0.6


def random_drawing(random: Random) -> GraphDocument:
    """Return a drawing of 4 to 12 nodes that runs."""
    nodes: dict[str, str | tuple[str, dict[str, Any]]] = {
        "prices": ("data.prices", {"symbols": ["AAPL", "JNJ"], "start": "2021-01-04"}),
        "report": "output.report",
    }
    wires: list[str] = []
    for branch in range(random.randint(1, 3)):
        end = "prices.prices"
        for step in range(random.randint(0, 2)):
            end = _waits(nodes, wires, end, f"w{branch}{step}", random)
        kind = random.choice(QUANT)
        name = f"q{branch}"
        nodes[name] = kind
        wires.append(f"{end} -> {name}.prices")
        end = f"{name}.{kind_named(kind).outputs[0].id}"
        end = _waits(nodes, wires, end, f"z{branch}", random)
        wires.append(f"{end} -> report.notes")
    return sketch(nodes, wires)


def _waits(
    nodes: dict[str, str | tuple[str, dict[str, Any]]], wires: list[str], end: str, name: str, random: Random
) -> str:
    config = {
        "seconds": round(random.uniform(0.01, LONGEST_SECONDS), 2),
        "tick_seconds": 0.01,
        "marker": True,
        "mode": random.choice(MODES),
    }
    nodes[name] = ("control.wait", config)
    wires.append(f"{end} -> {name}.value")
    return f"{name}.value"
