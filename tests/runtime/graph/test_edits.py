"""What a person can do to a drawing, and that every change can be taken back exactly."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.catalog import node_kinds
from runtime.errors import InvalidValue, NotFound, StudioError
from runtime.graph.document import GraphDocument, GraphNode, Layout, Position
from runtime.graph.drawing import Change, Drawing
from runtime.graph.edits import AddNode, Configure, Connect, Duplicate, Edit, Move, Remove, Rename, Tidy
from runtime.graph.sketch import sketch


def drawing() -> Drawing:
    document = sketch(
        {"prices": "data.prices", "momentum": "quant.momentum"}, ["prices.prices -> momentum.prices"]
    )
    return Drawing(
        document=document,
        layout=Layout(positions={"prices": Position(x=0, y=0), "momentum": Position(x=280, y=0)}),
    )


def test_a_new_node_gets_a_readable_id_and_snaps_to_the_grid() -> None:
    after = AddNode(kind="quant.momentum", x=13, y=-3).applied_to(drawing())

    assert after.document.nodes[-1] == GraphNode(id="momentum_2", kind="quant.momentum")
    assert after.layout.positions["momentum_2"] == Position(x=16, y=0)


def test_a_node_added_from_a_wire_is_connected_to_it() -> None:
    edit = AddNode(kind="decision.signal_fusion", x=0, y=0, link_from=("momentum", "signals"))

    edge = edit.applied_to(drawing()).document.edges[-1]

    assert (edge.source, edge.source_port, edge.target, edge.target_port) == (
        "momentum",
        "signals",
        "signal_fusion",
        "quant",
    )


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            Connect(source="momentum", source_port="signals", target="prices", target_port="prices"),
            "Prices has no input 'prices'.",
        ),
        (
            Connect(source="prices", source_port="prices", target="momentum", target_port="prices"),
            "This wire is already drawn.",
        ),
        (
            Connect(source="prices", source_port="prices", target="prices", target_port="prices"),
            "A node cannot be wired to itself.",
        ),
        (
            Connect(source="gone", source_port="prices", target="momentum", target_port="prices"),
            "There is no node 'gone'.",
        ),
        (
            AddNode(kind="data.prices", x=0, y=0, link_from=("momentum", "signals")),
            "Prices has no input that",
        ),
        (AddNode(kind="data.prices", x=0, y=0, node_id="prices"), "There already is a node 'prices'."),
        (Configure(node="momentum", field="lookback_days", value=float("nan")), "must be a finite number"),
    ],
)
def test_an_edit_that_cannot_be_made_says_why(edit: Edit, reason: str) -> None:
    with pytest.raises(StudioError) as refused:
        edit.applied_to(drawing())

    assert reason in refused.value.message


def test_a_wire_that_would_close_a_loop_is_refused() -> None:
    waits = Drawing(document=sketch({"a": "control.wait", "b": "control.wait"}, ["a.value -> b.value"]))

    with pytest.raises(InvalidValue, match="close a loop"):
        Connect(source="b", source_port="value", target="a", target_port="value").applied_to(waits)


def test_a_second_wire_into_a_single_input_is_refused() -> None:
    more = AddNode(kind="data.prices", x=0, y=0).applied_to(drawing())

    with pytest.raises(InvalidValue, match="takes one wire"):
        Connect(source="prices_2", source_port="prices", target="momentum", target_port="prices").applied_to(
            more
        )


def test_a_wire_of_the_wrong_type_is_refused_with_both_types() -> None:
    more = AddNode(kind="decision.risk_gate", x=0, y=0).applied_to(drawing())

    with pytest.raises(InvalidValue, match=r"Risk gate expects weights at Weights, Momentum gives signals\."):
        Connect(
            source="momentum", source_port="signals", target="risk_gate", target_port="weights"
        ).applied_to(more)


def test_a_pass_through_node_hands_its_type_on() -> None:
    document = sketch(
        {"prices": "data.prices", "wait": "control.wait", "gate": "decision.risk_gate"},
        ["prices.prices -> wait.value"],
    )

    with pytest.raises(InvalidValue, match="Wait gives prices"):
        Connect(source="wait", source_port="value", target="gate", target_port="weights").applied_to(
            Drawing(document=document)
        )


def test_deleting_a_node_deletes_its_wires_and_its_place() -> None:
    after = Remove(nodes=("prices",)).applied_to(drawing())

    assert [node.id for node in after.document.nodes] == ["momentum"]
    assert after.document.edges == ()
    assert after.layout.positions.keys() == {"momentum"}


def test_a_field_set_to_nothing_is_back_at_its_default() -> None:
    field = next(iter(node_kinds()["quant.momentum"].Config.model_fields))
    changed = Configure(node="momentum", field=field, value=3).applied_to(drawing())

    back = Configure(node="momentum", field=field, value=None).applied_to(changed)

    assert changed.document.nodes[1].config == {field: 3}
    assert back == drawing()


def test_an_unknown_field_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NotFound, match="no field 'colour'"):
        Configure(node="momentum", field="colour", value=1).applied_to(drawing())


def test_a_copy_keeps_the_wires_within_and_drops_those_to_outside() -> None:
    both = Duplicate(nodes=("prices", "momentum")).applied_to(drawing())
    one = Duplicate(nodes=("momentum",)).applied_to(drawing())

    assert [(edge.source, edge.target) for edge in both.document.edges] == [
        ("prices", "momentum"),
        ("prices_2", "momentum_2"),
    ]
    assert len(one.document.edges) == 1


def test_tidy_puts_every_node_right_of_those_before_it() -> None:
    tidy = Tidy().applied_to(Drawing(document=drawing().document))

    assert tidy.layout.positions["prices"].x < tidy.layout.positions["momentum"].x


def test_edits_name_themselves_for_the_undo_menu() -> None:
    labels = [
        AddNode(kind="data.prices", x=0, y=0).label(drawing()),
        Connect(source="prices", source_port="", target="momentum", target_port="").label(drawing()),
        Remove(nodes=("a", "b"), edges=("c",)).label(drawing()),
        Move(positions={"a": (0, 0)}).label(drawing()),
        Rename(node="momentum", title="x").label(drawing()),
    ]

    assert labels == [
        "Add Prices",
        "Connect Prices to Momentum",
        "Delete 2 nodes and 1 wire",
        "Move 1 node",
        "Rename Momentum",
    ]


KINDS = sorted(node_kinds())
IDS = st.sampled_from(["prices", "momentum", "wait", "report", "prices_2", "momentum_2"])
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(AddNode, kind=st.sampled_from(KINDS), x=st.integers(-500, 500), y=st.integers(-500, 500)),
    st.builds(Remove, nodes=st.tuples(IDS)),
    st.builds(Move, positions=st.dictionaries(IDS, st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)))),
    st.builds(Rename, node=IDS, title=st.text(max_size=200)),
    st.builds(Duplicate, nodes=st.tuples(IDS, IDS)),
    st.builds(
        Connect,
        source=IDS,
        source_port=st.sampled_from(["prices", "signals", "value"]),
        target=IDS,
        target_port=st.sampled_from(["prices", "signals", "value", "notes"]),
    ),
    st.just(Tidy()),
)


def _try(edit: Edit, before: Drawing) -> Drawing:
    try:
        return edit.applied_to(before)
    except StudioError:
        return before


@settings(max_examples=60, deadline=None)
@given(st.lists(EDITS, max_size=8))
def test_any_series_of_edits_can_be_undone_and_redone_exactly(edits: list[Edit]) -> None:
    states = [drawing()]
    for edit in edits:
        states.append(_try(edit, states[-1]))
    changes = [Change.between(a, b) for a, b in itertools.pairwise(states)]

    now = states[-1]
    for change in reversed(changes):
        now = Change.load(change.inverted().dump()).applied_to(now)
    assert now == states[0]
    for change in changes:
        now = change.applied_to(now)
    assert now == states[-1]


def test_a_change_of_something_that_has_changed_since_is_refused() -> None:
    rename: Callable[[str], Edit] = lambda title: Rename(node="momentum", title=title)  # noqa: E731
    change = Change.between(drawing(), rename("A").applied_to(drawing()))
    meanwhile = rename("B").applied_to(drawing())

    with pytest.raises(InvalidValue, match="'momentum' has been changed since"):
        change.inverted().applied_to(meanwhile)


def test_loading_keeps_what_this_installation_does_not_know() -> None:
    payload = {"nodes": [{"id": "x", "kind": "from.the.future", "kind_version": 7, "config": {"a": [1]}}]}

    assert GraphDocument.parse(payload).dump()["nodes"][0]["config"] == {"a": [1]}


def test_tidy_keeps_cards_apart_and_long_wires_beside_them() -> None:
    document = sketch(
        {
            "prices": "data.prices",
            "momentum": "quant.momentum",
            "debate": "agents.debate",
            "report": "output.report",
        },
        [
            "prices.prices -> momentum.prices",
            "momentum.signals -> debate.signals",
            "prices.prices -> debate.prices",
            "debate.verdict -> report.notes",
            "prices.prices -> report.prices",
        ],
    )

    places = Tidy().applied_to(Drawing(document=document)).layout.positions

    assert [places[node].x for node in ("prices", "momentum", "debate", "report")] == [0, 280, 560, 840]
    assert places["momentum"].y != places["prices"].y


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30))
def test_tidy_never_puts_two_cards_on_one_spot(pairs: list[tuple[int, int]]) -> None:
    nodes = {f"w{n}": "control.join" for n in range(12)}
    document = sketch(nodes, [f"w{a}.value -> w{b}.values" for a, b in set(pairs)])

    places = Tidy().applied_to(Drawing(document=document)).layout.positions

    assert len({(place.x, place.y // 100) for place in places.values()}) == 12
