"""How long checking, planning and compiling a drawing take."""

from runtime.graph.compile import GraphCache, compile_plan
from runtime.graph.plan import plan_of
from runtime.graph.validate import validate
from tests.benchmarks.drawings import ladder
from tests.benchmarks.stopwatch import Timing, in_turns

SIZES = (10, 100, 1_000)


def measured(*, rounds: int) -> dict[str, Timing]:
    """Return timings by what was done and at which size."""
    documents = {size: ladder(size) for size in SIZES}
    plans = {size: plan_of(document) for size, document in documents.items()}
    cache = GraphCache()
    for plan in plans.values():
        cache.get(plan, None)
    things = {}
    for size in SIZES:
        things[f"validate {size:,}"] = lambda size=size: validate(documents[size])
        things[f"compile {size:,}"] = lambda size=size: compile_plan(plans[size], None)
        things[f"compile {size:,}, cached"] = lambda size=size: cache.get(plans[size], None)
    return in_turns(things, rounds=rounds)
