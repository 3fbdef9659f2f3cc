"""The ports of the selected node, and what can be wired without a mouse."""

from runtime.catalog import node_kinds
from runtime.graph.connect import refusal
from runtime.graph.drawing import Drawing
from studio.pages.editor.ports import MOST_CHOICES, SEPARATOR, PortView, port_views
from tests.studio.canvas.drawings import drawn, foreign_drawing, momentum_drawing, node, wire


def ports(drawing: Drawing, node_id: str) -> dict[str, PortView]:
    found = drawing.document.node(node_id)
    assert found is not None
    return {f"{p.side}.{p.id}": p for p in port_views(drawing.document, found, node_kinds()[found.kind])}


def test_a_port_names_what_is_at_the_other_end() -> None:
    assert ports(momentum_drawing(), "momentum")["in.prices"].wired == "Prices"
    assert ports(momentum_drawing(), "prices")["out.prices"].wired == "Momentum"


def test_an_input_that_is_wired_offers_nothing_more() -> None:
    assert ports(momentum_drawing(), "momentum")["in.prices"].choices == []


def test_every_choice_is_a_wire_that_may_be_drawn_and_no_other_is_missing() -> None:
    drawing = drawn(
        node("quant.momentum", "second"),
        node("control.join", "join"),
        node("output.report", "report"),
        wire("second", "signals", "join", "values"),
        wire("join", "value", "report", "signals"),
        start=momentum_drawing(),
    )
    document = drawing.document
    for taker in document.nodes:
        for port in port_views(document, taker, node_kinds()[taker.kind]):
            offered = {tuple(each.value.split(SEPARATOR)) for each in port.choices}
            allowed = {
                (giver.id, out.id)
                for giver in document.nodes
                for out in node_kinds()[giver.kind].outputs
                if port.side == "in" and refusal(document, giver.id, out.id, taker.id, port.id) is None
            }
            assert offered == allowed, (taker.id, port.id)


def test_a_big_drawing_offers_a_list_that_can_be_read() -> None:
    drawing = drawn(
        *(node("data.prices", f"n{i}") for i in range(MOST_CHOICES + 20)), node("quant.momentum", "m")
    )

    assert len(ports(drawing, "m")["in.prices"].choices) == MOST_CHOICES


def test_a_wire_from_an_unknown_kind_is_named_by_its_id() -> None:
    assert "alien" in ports(foreign_drawing(), "momentum")["in.prices"].wired
