"""Each rule on a drawing that breaks it, and on one that does not."""

from collections.abc import Callable

import pytest

from runtime.graph.document import MAX_NODES, GraphDocument, GraphEdge, GraphNode, edge_id
from runtime.graph.issue import CODES
from runtime.graph.rule import rules
from runtime.graph.sketch import sketch
from runtime.graph.validate import errors, validate
from runtime.settings import LiveSettings
from tests.contracts.inputs import ALL_ON
from tests.runtime.graph.parts import ASKING, NODES, PART, WIRES, good, nesting, using


def without(*wires: str) -> GraphDocument:
    return sketch(NODES, [wire for wire in WIRES if wire not in wires])


def plus(*wires: str, **nodes: str) -> GraphDocument:
    return sketch({**NODES, **nodes}, [*WIRES, *wires])


def with_node(node: GraphNode) -> GraphDocument:
    document = good()
    others = tuple(n for n in document.nodes if n.id != node.id)
    return GraphDocument(nodes=(*others, node), edges=document.edges)


def with_edge(source: str, source_port: str, target: str, target_port: str) -> GraphDocument:
    document = good()
    edge = GraphEdge(
        id=edge_id(source, source_port, target, target_port),
        source=source,
        source_port=source_port,
        target=target,
        target_port=target_port,
    )
    return GraphDocument(nodes=document.nodes, edges=(*document.edges, edge))


BROKEN: dict[str, Callable[[], GraphDocument]] = {
    "G001": lambda: sketch({f"p{i}": "data.prices" for i in range(MAX_NODES + 1)}, []),
    "G002": lambda: GraphDocument(nodes=(*good().nodes, good().nodes[0]), edges=good().edges),
    "G003": lambda: with_edge("prices", "prices", "nowhere", "prices"),
    "G101": lambda: with_node(GraphNode(id="x", kind="quant.momentun")),
    "G102": lambda: with_node(GraphNode(id="momentum", kind="quant.momentum", config={"nonsense": 1})),
    "G103": lambda: with_node(GraphNode(id="momentum", kind="quant.momentum", kind_version=99)),
    "G201": lambda: with_edge("prices", "volume", "report", "notes"),
    "G202": lambda: with_edge("prices", "prices", "fusion", "model"),
    "G203": lambda: without("prices.prices -> momentum.prices"),
    "G204": lambda: plus("second.prices -> momentum.prices", second="data.prices"),
    "G301": lambda: plus("a.value -> b.value", "b.value -> a.value", a="control.wait", b="control.wait"),
    "G302": lambda: without("prices.prices -> momentum.prices"),
    "G303": lambda: sketch({"prices": "data.prices"}, []),
    "G304": lambda: sketch(
        NODES, ["fusion.weights -> orders.weights" if "approved" in wire else wire for wire in WIRES]
    ),
    "G305": lambda: plus(
        "prices.prices -> bull.prices",
        "prices.prices -> bear.prices",
        bull="agents.debate",
        bear="agents.debate",
    ),
}


BROKEN |= {
    "G401": lambda: using({}),
    "G402": lambda: using({"part": nesting("other"), "other": nesting("part")}),
    "G403": lambda: using({"part": nesting("b"), "b": nesting("c"), "c": nesting("d"), "d": nesting("e"),
                           "e": nesting("f"), "f": PART}),
    "G404": lambda: using({"part": PART.model_copy(update={"edges": PART.edges[1:]})}),
    "G405": lambda: using({"part": PART}, "control.loop"),
    "G406": lambda: using({"part": ASKING}, "control.map"),
}  # fmt: skip


def codes(document: GraphDocument, live: LiveSettings | None = None) -> set[str]:
    return {issue.code for issue in validate(document, live)}


def test_a_sound_drawing_has_no_problem() -> None:
    assert validate(good(), ALL_ON) == []


@pytest.mark.parametrize("code", sorted(CODES.keys() - {"G104", "G105"}))
def test_a_broken_rule_is_reported_under_its_code(code: str) -> None:
    assert code in codes(BROKEN[code]())


def test_a_capability_that_is_off_is_reported_only_where_flags_are_given() -> None:
    assert "G104" in codes(good(), LiveSettings())
    assert "G104" not in codes(good())


def test_every_rule_has_its_code_in_the_table_and_every_code_a_rule() -> None:
    assert {code for rule in rules() for code in rule.codes} == CODES.keys()


def test_every_problem_says_where_and_what_to_do() -> None:
    for make in BROKEN.values():
        for issue in validate(make(), LiveSettings()):
            assert issue.message.endswith(".")
            assert issue.fix.endswith(".")
            assert issue.node or issue.edge or issue.code in {"G001", "G303"}


def test_all_problems_are_collected_with_errors_first() -> None:
    document = GraphDocument(
        nodes=(
            GraphNode(id="x", kind="no.such"),
            GraphNode(id="momentum", kind="quant.momentum", config={"bad": 1}),
        )
    )

    found = validate(document)

    assert [issue.code for issue in found] == ["G101", "G102", "G203", "G303"]
    assert errors(found) == found


def test_a_mismatch_names_both_nodes_and_both_types() -> None:
    [issue] = [issue for issue in validate(BROKEN["G202"]()) if issue.code == "G202"]

    assert issue.message == "Signal fusion expects signals at Model predictions, Prices gives prices."


@pytest.mark.parametrize(
    ("wires", "nodes"),
    [
        (["gate.approved -> pause.value", "pause.value -> orders.weights"], {"pause": "control.wait"}),
        (["gate.approved -> router.value", "router.then -> orders.weights"], {"router": "control.router"}),
    ],
)
def test_approved_weights_may_pass_through_nodes_that_change_nothing(
    wires: list[str], nodes: dict[str, str]
) -> None:
    kept = [wire for wire in WIRES if wire != "gate.approved -> orders.weights"]

    assert "G304" not in codes(sketch({**NODES, **nodes}, [*kept, *wires]))


@pytest.mark.parametrize(
    ("wires", "nodes"),
    [
        (
            ["gate.approved -> size.weights", "size.weights -> orders.weights"],
            {"size": "decision.weight_centric"},
        ),
        (
            [
                "gate.approved -> either.values",
                "fusion.weights -> either.values",
                "either.value -> orders.weights",
            ],
            {"either": "control.join"},
        ),
        (["fusion.weights -> pause.value", "pause.value -> orders.weights"], {"pause": "control.wait"}),
    ],
    ids=["changed after approval", "joined with unapproved", "never approved"],
)
def test_nothing_else_may_stand_between_gate_and_orders(wires: list[str], nodes: dict[str, str]) -> None:
    kept = [wire for wire in WIRES if wire != "gate.approved -> orders.weights"]

    assert "G304" in codes(sketch({**NODES, **nodes}, [*kept, *wires]))
