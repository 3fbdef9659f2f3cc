"""Bull against bear over momentum, one judge."""

from runtime.errors import InvalidValue
from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch

ALIAS = "dialectical"


def build(*, max_rounds: int = 1) -> GraphDocument:
    """Return the debate; `max_rounds` ≥ 1 is requested, the live cap still rules."""
    if max_rounds < 1:
        raise InvalidValue(f"max_rounds must be at least 1, got {max_rounds}.", field="max_rounds")
    return sketch(
        {
            "prices": "data.prices",
            "momentum": "quant.momentum",
            "debate": ("agents.debate", {"rounds": max_rounds}),
        },
        [
            "prices.prices -> momentum.prices",
            "prices.prices -> debate.prices",
            "momentum.signals -> debate.signals",
        ],
    )
