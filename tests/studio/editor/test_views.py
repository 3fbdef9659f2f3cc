"""What the panels of the editor show."""

import pytest

from runtime.catalog import node_kinds
from runtime.graph.document import edge_id
from runtime.graph.drawing import Drawing
from runtime.graph.edits import Configure, Rename
from runtime.graph.issue import Issue
from runtime.graph.validate import validate
from runtime.node import FAMILIES
from studio.pages.editor.views import (
    FAMILY_TITLES,
    InspectorView,
    check_words,
    ends_of,
    first_match,
    free_spot,
    inspector_view,
    picker_items,
    problem_views,
)
from tests.studio.canvas.drawings import drawn, foreign_drawing, momentum_drawing, node

WIRE = edge_id("prices", "prices", "momentum", "prices")


def inspect(drawing: Drawing, *nodes: str, edges: tuple[str, ...] = ()) -> InspectorView:
    return inspector_view(drawing, validate(drawing.document), nodes, edges, revision=3)


def test_nothing_selected_shows_nothing() -> None:
    assert inspect(momentum_drawing()).subject == "nothing"


def test_one_node_shows_its_form_and_its_ports() -> None:
    view = inspect(momentum_drawing(), "momentum")

    assert (view.subject, view.title, view.icon) == ("node", "Momentum", "trending-up")
    assert [field.name for field in view.fields] == ["method", "lookback_days", "skip_days"]
    assert [(port.side, port.type, port.wired) for port in view.ports] == [
        ("in", "prices", "Prices"),
        ("out", "signals", ""),
    ]


def test_several_nodes_are_counted() -> None:
    view = inspect(momentum_drawing(), "prices", "momentum")

    assert (view.subject, view.count) == ("nodes", 2)


def test_a_wire_says_what_it_carries_and_between_whom() -> None:
    view = inspect(momentum_drawing(), edges=(WIRE,))

    assert (view.subject, view.title) == ("wire", "Prices → Momentum")
    assert "prices" in view.summary


def test_a_selection_that_was_deleted_shows_nothing() -> None:
    assert inspect(momentum_drawing(), "ghost", edges=("no-wire",)).subject == "nothing"


def test_an_unknown_kind_is_shown_with_the_reason() -> None:
    view = inspect(foreign_drawing(), "alien")

    assert view.fields == []
    assert "does not know the kind" in view.summary
    assert view.problems


def test_an_error_of_a_field_is_not_repeated_above_the_form() -> None:
    drawing = drawn(Configure(node="momentum", field="lookback_days", value=1), start=momentum_drawing())

    view = inspect(drawing, "momentum")

    assert [field.name for field in view.fields if field.error] == ["lookback_days"]
    assert view.problems == []


def test_an_error_of_the_node_stands_above_the_form() -> None:
    view = inspect(drawn(node("quant.momentum", "momentum")), "momentum")

    assert view.problems == ["Momentum needs prices at Prices."]


def test_a_title_typed_here_is_not_drawn_anew_and_one_undone_is() -> None:
    before = inspect(momentum_drawing(), "momentum")
    renamed = drawn(Rename(node="momentum", title="Trend"), start=momentum_drawing())

    typed = inspector_view(renamed, [], ("momentum",), (), revision=4, before=before, typed="title")
    undone = inspector_view(momentum_drawing(), [], ("momentum",), (), revision=5, before=typed)

    assert typed.key == before.key
    assert undone.key != typed.key


def test_problems_are_numbered_and_say_where() -> None:
    drawing = foreign_drawing()

    views = problem_views(drawing.document, validate(drawing.document))

    assert [view.number for view in views] == list(range(1, len(views) + 1))
    assert all(view.message and view.fix and view.where for view in views)


def test_a_problem_of_a_wire_is_shown_at_both_ends() -> None:
    document = momentum_drawing().document

    assert ends_of(document, node="", edge=WIRE) == ("prices", "momentum")
    assert ends_of(document, node="momentum", edge="") == ("momentum",)
    assert ends_of(document, node="ghost", edge="") == ()
    assert ends_of(document, node="", edge="") == ()


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ([], "Checked: no problems."),
        (["error"], "Checked: 1 error. Errors keep the drawing from running."),
        (["warning", "warning"], "Checked: 2 warnings."),
        (
            ["error", "error", "warning"],
            "Checked: 2 errors and 1 warning. Errors keep the drawing from running.",
        ),
    ],
)
def test_a_check_is_told_in_one_sentence(levels: list[str], words: str) -> None:
    issues = [Issue(code="G1", severity=level, message="m", fix="f") for level in levels]  # pyright: ignore[reportArgumentType]

    assert check_words(problem_views(momentum_drawing().document, issues)) == words


def test_the_picker_of_a_wire_offers_only_what_takes_it() -> None:
    offered = {item.kind for item in picker_items(momentum_drawing().document, "momentum", "signals")}

    assert "decision.signal_fusion" in offered
    assert "quant.momentum" not in offered
    assert "data.prices" not in offered


def test_the_picker_without_a_wire_offers_everything() -> None:
    assert [item.kind for item in picker_items(momentum_drawing().document)] == list(node_kinds())


def test_the_filter_finds_by_name_summary_and_port() -> None:
    everything = picker_items(momentum_drawing().document)

    assert getattr(first_match(everything, "  Momen "), "kind", None) == "quant.momentum"
    assert first_match(everything, "weights") is not None
    assert first_match(everything, "no such thing") is None


def test_a_new_node_never_covers_another() -> None:
    drawing = drawn(*(node("data.prices", f"n{i}", x=48 * i, y=48 * i) for i in range(3)))

    x, y = free_spot(drawing, 0, 0)

    assert all(abs(x - at.x) >= 48 or abs(y - at.y) >= 48 for at in drawing.layout.positions.values())
    assert free_spot(drawing, 500, 0) == (500, 0)


def test_every_family_has_a_title() -> None:
    assert set(FAMILY_TITLES) == set(FAMILIES)
