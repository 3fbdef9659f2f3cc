"""The editor compiles, with everything that tests and keys look for in it."""

import json
import re

import pytest

from runtime.catalog import node_kinds
from runtime.values import PortType
from studio.canvas.library import LIBRARY
from studio.canvas.projection import HEADER, PORT_STEP
from studio.canvas.style import canvas_sheet
from studio.canvas.wires import WIRES_CODE
from studio.pages.editor.canvas_view import canvas_view
from studio.pages.editor.page import page
from studio.pages.editor.shortcuts import SHORTCUTS
from studio.pages.editor.state import EditorState


@pytest.fixture(scope="module")
def drawn() -> str:
    return str(page())


@pytest.mark.parametrize("kind", node_kinds())
def test_the_palette_has_every_kind(kind: str, drawn: str) -> None:
    assert f"palette-item-{kind}" in drawn


@pytest.mark.parametrize(
    "test_id",
    [
        "canvas",
        "palette-search",
        "undo",
        "redo",
        "tidy",
        "check",
        "run",
        "halt",
        "saved-state",
        "retry-save",
        "picker",
        "inspector",
        "problems",
        "changed-elsewhere",
        "shortcuts",
        "port-legend",
    ],
)
def test_what_tests_look_for_is_there(test_id: str, drawn: str) -> None:
    assert f'"{test_id}"' in drawn


def test_the_library_is_pinned_once() -> None:
    versions = {name for name in canvas_view()._get_all_imports() if name.startswith("@xyflow/react@")}

    assert versions == {LIBRARY}
    assert re.fullmatch(r"@xyflow/react@\d+\.\d+\.\d+", LIBRARY)


def test_every_key_has_one_meaning_and_somebody_who_acts_on_it() -> None:
    combinations = [key for each in SHORTCUTS for key in each.combinations]
    in_the_browser = {"fit", "zoom"}
    acted_on = {"undo", "redo", "duplicate", "tidy", "run", "save", "sheet"}

    assert len(combinations) == len(set(combinations))
    assert {each.action for each in SHORTCUTS if each.action} == in_the_browser | acted_on


async def test_a_key_that_stands_for_nothing_is_refused() -> None:
    state = EditorState()

    with pytest.raises(Exception, match="no action 'format-disk'"):
        async for _ in state.pressed("format-disk", []):
            pass


def test_every_port_type_has_a_colour_and_a_rule_for_what_fits() -> None:
    sheet = canvas_sheet()

    for port in PortType.__args__:  # pyright: ignore[reportAttributeAccessIssue]  a Literal
        assert f".as-port-{port}," in sheet
        assert f"[data-connecting=source-{port}]" in sheet
        assert f"[data-connecting=target-{port}]" in sheet


def test_the_sheet_places_ports_where_the_projection_leaves_room_for_them() -> None:
    assert (HEADER, PORT_STEP) == (28, 20)


def test_refusals_in_the_browser_use_the_words_of_the_server() -> None:
    from runtime.graph.connect import refusal
    from tests.studio.canvas.drawings import drawn, momentum_drawing, node, wire

    document = drawn(
        node("data.regime", "regime"), node("data.prices", "more"), start=momentum_drawing()
    ).document
    chain = drawn(
        node("control.join", "a"), node("control.join", "b"), wire("a", "value", "b", "values")
    ).document
    answers = {
        refusal(document, "momentum", "signals", "momentum", "prices"): "A node cannot be wired to itself.",
        refusal(
            document, "regime", "regime", "momentum", "prices"
        ): "${taker.title} expects ${into.type} at ${into.title}, ${giver.title} gives ${out.type}.",
        refusal(document, "prices", "prices", "momentum", "prices"): "This wire is already drawn.",
        refusal(
            document, "more", "prices", "momentum", "prices"
        ): "${into.title} of ${taker.title} takes one wire. Delete the one that is there first.",
        refusal(
            chain, "b", "value", "a", "values"
        ): "This wire would close a loop, which would never end. To repeat something, use a Loop node.",
    }

    for said, template in answers.items():
        assert said is not None
        pattern = re.escape(re.sub(r"\$\{.*?\}", "\0", template)).replace("\\\0", ".+").replace("\0", ".+")
        assert re.fullmatch(pattern, said)
        assert template in WIRES_CODE


def test_the_state_of_a_fresh_tab_is_small() -> None:
    assert len(json.dumps(EditorState().dict(), default=str)) < 5_000
