"""Drawings of a given size to measure with."""

import itertools

from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch


def ladder(size: int) -> GraphDocument:
    """Return a sound drawing of `size` ≥ 3 nodes: prices, signals from them, and one report of all."""
    signals = [f"m{index}" for index in range(size - 2)]
    nodes = {"prices": "data.prices", **dict.fromkeys(signals, "quant.momentum"), "report": "output.report"}
    wires = [f"prices.prices -> {name}.prices" for name in signals]
    return sketch(nodes, [*wires, *(f"{name}.signals -> report.notes" for name in signals)])


def chain(size: int) -> GraphDocument:
    """Return `size` ≥ 3 trivial nodes in a row: a wait of no seconds hands its value on at once."""
    waits = [f"w{index}" for index in range(size - 1)]
    nodes = {**dict.fromkeys(waits, ("control.wait", {"seconds": 0.0})), "report": "output.report"}
    wires = [f"{a}.value -> {b}.value" for a, b in itertools.pairwise(waits)]
    return sketch(nodes, [*wires, f"{waits[-1]}.value -> report.notes"])
