"""Another workflow as one card: drawn out before anything runs, judged as a part of the whole, and never endless."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import InvalidValue, NotFound
from runtime.graph.connect import output_types, refusal
from runtime.graph.document import GraphDocument
from runtime.graph.freeze import MAX_BODIES, frozen, unfrozen
from runtime.graph.inline import LONGEST_ID, inlined
from runtime.graph.kinds import kinds_of
from runtime.graph.plan import plan_of
from runtime.graph.sketch import sketch
from runtime.graph.validate import errors, validate
from tests.contracts.inputs import ALL_ON
from tests.fakes import InMemoryOrders
from tests.runtime.builders.market import stormy
from tests.runtime.graph.parts import PART, nesting, using, with_bodies
from tests.runtime.probes import runtime_for

pytestmark = pytest.mark.usefixtures("probes")


def adder() -> GraphDocument:
    """Return a workflow that adds its two inputs; the second may be missing."""
    return sketch(
        {
            "in": ("control.subflow_input", {"name": "left", "type": "number"}),
            "more": ("control.subflow_input", {"name": "right", "type": "number", "required": False}),
            "sum": "test.sum",
            "rest": "test.sum",
            "out": ("control.subflow_output", {"name": "total", "type": "number"}),
            "aside": ("control.subflow_output", {"name": "rest", "type": "number"}),
        },
        [
            "in.value -> sum.numbers",
            "more.value -> sum.numbers",
            "more.value -> rest.numbers",
            "sum.number -> out.value",
            "rest.number -> aside.value",
        ],
    )


def adding(*more: str) -> GraphDocument:
    document = sketch(
        {
            "a": ("test.number", {"value": 2}),
            "card": ("control.subflow", {"workflow": "adder"}),
            "end": "test.sum",
        },
        ["a.number -> card.left", "card.total -> end.numbers", *more],
    )
    return with_bodies(document, adder=adder())


class Shelf:
    """Drawings by name and version."""

    def __init__(self, drawings: Mapping[tuple[str, int | None], GraphDocument]) -> None:
        self.drawings = drawings

    def drawing(self, name: str, version: int | None) -> GraphDocument:
        if name == "named":
            raise InvalidValue("Workflow 'named' runs LangGraphAdapter and is not drawn.")
        try:
            return self.drawings[name, version]
        except KeyError:
            raise NotFound("workflow", name) from None


async def test_a_subflow_runs_as_if_it_were_drawn_here(tmp_path: Path) -> None:
    result = await runtime_for(adding("a.number -> card.right"), tmp_path).run({})

    assert (result.status, result.error) == ("completed", None)
    assert result.state["outputs"]["end"]["number"]["line"] == "4"
    assert {crumb["node"] for crumb in result.breadcrumbs} == {
        "a", "card/in", "card/more", "card/sum", "card/rest", "card/out", "card/aside", "end",
    }  # fmt: skip


async def test_what_hangs_on_an_input_without_a_wire_is_skipped(tmp_path: Path) -> None:
    result = await runtime_for(adding(), tmp_path).run({})

    skipped = {crumb["node"] for crumb in result.breadcrumbs if crumb["status"] == "skipped"}
    assert result.state["outputs"]["end"]["number"]["line"] == "2"
    assert skipped == {"card/rest", "card/aside"}


def test_a_card_has_the_ports_of_the_workflow_it_names() -> None:
    document = adding()
    kind = kinds_of(document)["card"]

    assert [(port.id, port.type, port.required) for port in kind.inputs] == [
        ("left", "number", True),
        ("right", "number", False),
    ]
    assert output_types(document)["card", "total"] == "number"
    assert refusal(document, "a", "number", "card", "nothing") == "Subflow has no input 'nothing'."
    assert kinds_of(unfrozen(document))["card"].inputs == ()


def test_titles_say_where_a_node_is_and_ids_fit_into_a_column() -> None:
    long = sketch({"x" * 80: "test.number", "out": "test.sum"}, [f"{'x' * 80}.number -> out.numbers"])
    deep = sketch({"y" * 80: ("control.subflow", {"workflow": "long"}), "a": "test.number"}, [])
    nodes = inlined(with_bodies(deep, long=long)).document.nodes

    assert [node.title for node in inlined(adding()).document.nodes][1:4] == [
        "Subflow ▸ Subflow input",
        "Subflow ▸ Subflow input",
        "Subflow ▸ Sum",
    ]
    assert max(len(node.id) for node in nodes) <= LONGEST_ID
    assert len({node.id for node in nodes}) == len(nodes) == 3


def test_subflows_within_subflows_are_drawn_out_too_and_belong_to_the_outermost_card() -> None:
    whole = inlined(using({"part": nesting("inner"), "inner": PART}))

    titles = {node.id: node.title for node in whole.document.nodes}
    assert titles["card/inner/momentum"] == "Subflow ▸ Subflow ▸ Momentum"
    assert whole.card_of("card/inner/momentum") == "card"
    assert whole.card_of("prices") == "prices"
    assert errors(validate(using({"part": nesting("inner"), "inner": PART}))) == []


def test_a_drawing_without_subflows_is_left_as_it_is_and_says_nothing_of_bodies() -> None:
    document = sketch({"a": "test.number"}, [])

    assert inlined(document).document is document
    assert "bodies" not in document.dump()
    assert plan_of(adding()).digest != plan_of(with_bodies(adding(), adder=adder().model_copy(
        update={"nodes": (*adder().nodes, sketch({"z": "test.number"}, []).nodes[0])}
    ))).digest  # fmt: skip


def problem(document: GraphDocument, code: str) -> str:
    return next(issue.message for issue in validate(document, ALL_ON) if issue.code == code)


def test_who_contains_whom_for_ever_is_named() -> None:
    document = using({"part": nesting("b"), "b": nesting("c"), "c": nesting("part")})

    assert problem(document, "G402") == "Subflow would run for ever: b → c → part → b."
    assert problem(using({"part": nesting("part")}), "G402") == "Subflow would run for ever: part → part."


def test_five_workflows_deep_is_possible_and_six_are_not() -> None:
    bodies = {"part": nesting("b"), "b": nesting("c"), "c": nesting("d"), "d": nesting("e"), "e": PART}

    assert errors(validate(using(bodies))) == []
    too_deep = problem(using({**bodies, "e": nesting("f"), "f": PART}), "G403")
    assert too_deep.startswith("Subflow goes 6 workflows deep, 5 are possible: part → b → c → d → e → f")


def test_a_small_drawing_cannot_hold_a_huge_one() -> None:
    many = sketch({f"s{number}": ("control.subflow", {"workflow": "b"}) for number in range(300)}, [])

    assert "nodes; 1,000 are possible" in problem(using({"part": many, "b": adder()}), "G403")


def test_an_error_inside_is_told_with_its_place() -> None:
    broken = PART.model_copy(update={"edges": PART.edges[1:]})
    issue = next(each for each in validate(using({"part": broken})) if each.code == "G404")

    assert issue.message == "Subflow ▸ Momentum needs prices at Prices."
    assert (issue.node, issue.field) == ("card", "workflow")
    assert "'part'" in issue.fix


@pytest.mark.parametrize("config", [{}, {"workflow": ""}, {"workflow": "gone"}, {"workflow": "named"}])
def test_a_workflow_that_cannot_be_used_is_a_problem_and_never_an_exception(config: dict[str, Any]) -> None:
    document = sketch({"card": ("control.subflow", config)}, [])

    found = frozen(document, Shelf({}))

    assert {issue.code for issue in validate(found)} >= {"G401"}
    assert inlined(found).document.nodes == document.nodes


# --- the risk gate across the border ---------------------------------------------------------------------------------

SIZING = {"prices": "data.prices", "momentum": "quant.momentum", "fusion": "decision.signal_fusion"}
SIZED = ["prices.prices -> momentum.prices", "momentum.signals -> fusion.quant"]
GATED = {"sim": "decision.risk_simulator", "gate": "decision.risk_gate"}
JUDGED = [
    "prices.prices -> sim.prices",
    "fusion.weights -> sim.weights",
    "fusion.weights -> gate.weights",
    "sim.verdict -> gate.verdict",
]
ORDERING = sketch(
    {
        "weights": ("control.subflow_input", {"name": "weights", "type": "weights"}),
        "prices": ("control.subflow_input", {"name": "prices", "type": "prices"}),
        "orders": "output.paper_orders",
    },
    ["weights.value -> orders.weights", "prices.value -> orders.prices"],
)
GATE = sketch(
    {
        "weights": ("control.subflow_input", {"name": "weights", "type": "weights"}),
        "prices": ("control.subflow_input", {"name": "prices", "type": "prices"}),
        "sim": "decision.risk_simulator",
        "gate": "decision.risk_gate",
        "approved": ("control.subflow_output", {"name": "approved", "type": "weights"}),
    },
    [
        "prices.value -> sim.prices",
        "weights.value -> sim.weights",
        "weights.value -> gate.weights",
        "sim.verdict -> gate.verdict",
        "gate.approved -> approved.value",
    ],
)


def ordering(weights: str, *, kind: str = "control.subflow") -> GraphDocument:
    """Return a drawing whose card orders what comes from `weights`."""
    document = sketch(
        {**SIZING, **GATED, "card": (kind, {"workflow": "ordering"})},
        [*SIZED, *JUDGED, f"{weights} -> card.weights", "prices.prices -> card.prices"],
    )
    return with_bodies(document, ordering=ORDERING)


def test_what_a_subflow_orders_must_have_been_approved_outside_or_inside() -> None:
    assert "G304" in {issue.code for issue in validate(ordering("fusion.weights"))}
    assert problem(ordering("fusion.weights"), "G304").startswith("Subflow ▸ Paper orders acts without")
    assert (
        errors(
            validate(
                ordering("gate.approved"),
            )
        )
        == []
    )


def test_an_approval_inside_of_a_subflow_counts_outside() -> None:
    document = sketch(
        {**SIZING, "card": ("control.subflow", {"workflow": "gate"}), "orders": "output.paper_orders"},
        [
            *SIZED,
            "fusion.weights -> card.weights",
            "prices.prices -> card.prices",
            "card.approved -> orders.weights",
            "prices.prices -> orders.prices",
        ],
    )

    assert errors(validate(with_bodies(document, gate=GATE))) == []
    passing = sketch(
        {"weights": GATE.nodes[0].kind and ("control.subflow_input", {"name": "weights", "type": "weights"}),
         "prices": ("control.subflow_input", {"name": "prices", "type": "prices"}),
         "approved": ("control.subflow_output", {"name": "approved", "type": "weights"})},
        ["weights.value -> approved.value"],
    )  # fmt: skip
    assert "G304" in {issue.code for issue in validate(with_bodies(document, gate=passing))}


async def test_a_subflow_that_orders_what_was_rejected_orders_nothing(tmp_path: Path) -> None:
    orders = InMemoryOrders()
    document = ordering("gate.approved")
    runtime = runtime_for(document, tmp_path, orders=orders, prices=stormy())

    result = await runtime.run({})

    assert result.status == "completed"
    assert orders.placed == []
    assert result.last_effect_at is None


# --- freezing --------------------------------------------------------------------------------------------------------


def test_what_is_used_is_frozen_with_what_it_uses_in_turn() -> None:
    document = sketch({"card": ("control.subflow", {"workflow": "a"})}, [])
    shelf = Shelf({("a", None): nesting("b"), ("b", None): PART})

    found = frozen(document, shelf)

    assert sorted(found.bodies) == ["a", "b"]
    assert GraphDocument.parse(found.dump()) == found
    assert unfrozen(found) == document


def test_a_frozen_version_keeps_what_it_was_frozen_with() -> None:
    then = frozen(
        sketch({"card": ("control.subflow", {"workflow": "b"}), "out": PART.nodes[2].kind}, []),
        Shelf({("b", None): PART}),
    )
    document = sketch({"old": ("control.subflow", {"workflow": "a", "version": 3}),
                       "now": ("control.subflow", {"workflow": "b"})}, [])  # fmt: skip

    found = frozen(document, Shelf({("a", 3): then, ("b", None): adder()}))

    inner = found.bodies["a@3"].nodes[0].config["workflow"]
    assert inner.startswith("b#now-")
    assert found.bodies[inner].nodes == PART.nodes
    assert found.bodies["b"].nodes == adder().nodes
    assert "old/card/momentum" in {node.id for node in inlined(found).document.nodes}


def test_there_is_an_end_to_what_one_drawing_may_use() -> None:
    cards = {
        f"c{number}": ("control.subflow", {"workflow": f"w{number}"}) for number in range(MAX_BODIES + 5)
    }
    shelf = Shelf({(f"w{number}", None): PART for number in range(MAX_BODIES + 5)})

    found = frozen(sketch(cards, []), shelf)

    assert sum(bool(body.problem) for body in found.bodies.values()) == 5
    assert "more than 50 workflows" in problem(found, "G401")
