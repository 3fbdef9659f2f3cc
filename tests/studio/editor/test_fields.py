"""The form of a node: what is drawn for a schema, and what is stored for what was typed."""

from datetime import date
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from runtime.catalog import node_kinds
from runtime.graph.document import GraphDocument
from runtime.graph.issue import Issue
from runtime.graph.validate import validate
from runtime.node import NodeConfig, NodeKind
from studio.pages.editor.fields import FieldView, choice_label, field_views, parse_field


class Inner(BaseModel):
    depth: int = 1


class EveryConfig(NodeConfig):
    words: str = Field(default="hello", title="Words", description="Say it.", max_length=80)
    essay: str = Field(default="", max_length=4000)
    count: int = Field(default=5, ge=1, le=1000, json_schema_extra={"unit": "days"})
    share: float = Field(default=0.25, gt=0, lt=1)
    floor: float = Field(default=1.0, ge=0)
    maybe: int | None = None
    on: bool = False
    mode: Literal["first_mode", "second_mode"] = "first_mode"
    level: Literal[1, 2] = 1
    day: date | None = None
    names: list[str] = Field(default_factory=list[str])
    nested: Inner = Inner()


class Every:
    """Only what the form reads of a kind; subclassing `NodeKind` would add it to the catalogue of the whole run."""

    Config = EveryConfig


KIND: type[NodeKind] = Every  # pyright: ignore[reportAssignmentType]  see the class


def form(config: dict[str, Any], issues: list[Issue] | None = None, **more: Any) -> dict[str, FieldView]:
    return {view.name: view for view in field_views(KIND, config, issues or [], revision=1, **more)}


@pytest.mark.parametrize(
    ("name", "control"),
    [
        ("words", "text"),
        ("essay", "long"),
        ("count", "integer"),
        ("share", "number"),
        ("maybe", "integer"),
        ("on", "switch"),
        ("mode", "select"),
        ("level", "select"),
        ("day", "date"),
        ("names", "tags"),
        ("nested", "json"),
    ],
)
def test_the_schema_decides_how_a_field_is_edited(name: str, control: str) -> None:
    assert form({})[name].control == control


def test_title_help_and_unit_come_from_the_schema() -> None:
    assert (form({})["words"].title, form({})["words"].help, form({})["count"].unit) == (
        "Words",
        "Say it.",
        "days",
    )


@pytest.mark.parametrize(
    ("name", "bounds"),
    [("count", "1 to 1,000"), ("share", "More than 0 and less than 1"), ("floor", "At least 0"), ("on", "")],
)
def test_bounds_are_said_in_words(name: str, bounds: str) -> None:
    assert form({})[name].bounds == bounds


def test_a_number_that_is_not_set_shows_its_default_as_a_placeholder() -> None:
    view = form({})["count"]

    assert (view.value, view.placeholder, view.is_default) == ("", "5", True)


def test_a_value_that_is_set_is_no_default() -> None:
    view = form({"count": 7})["count"]

    assert (view.value, view.is_default) == ("7", False)


def test_wrong_text_stays_as_it_was_typed() -> None:
    assert form({"count": "abc"})["count"].value == "abc"


def test_a_choice_is_offered_in_words() -> None:
    assert [(each.value, each.label) for each in form({})["mode"].choices] == [
        ("first_mode", "First mode"),
        ("second_mode", "Second mode"),
    ]
    assert choice_label("vix") == "Vix"


def test_an_error_stands_at_its_field_without_repeating_where_it_is() -> None:
    issue = Issue(
        code="G102", severity="error", message="Node, Count: must be more.", fix="", node="n", field="count"
    )

    views = form({}, [issue])

    assert views["count"].error == "Must be more."
    assert views["words"].error == ""


@pytest.mark.parametrize(
    ("name", "text", "stored"),
    [
        ("words", "hi", "hi"),
        ("words", "hello", None),
        ("words", "", ""),
        ("essay", "", None),
        ("count", "12", 12),
        ("count", " 1,200 ", 1200),
        ("count", "12.0", 12),
        ("count", "12.5", 12.5),
        ("count", "abc", "abc"),
        ("count", "", None),
        ("count", "NaN", "NaN"),
        ("count", "1e999", "1e999"),
        ("share", "0.5", 0.5),
        ("share", "-inf", "-inf"),
        ("maybe", "", None),
        ("mode", "second_mode", "second_mode"),
        ("level", "2", 2),
        ("level", "9", "9"),
        ("day", "2020-01-02", "2020-01-02"),
        ("day", "", None),
        ("nested", '{"depth": 2}', {"depth": 2}),
        ("nested", "{oops", "{oops"),
        ("nested", '{"depth": NaN}', {"depth": "NaN"}),
        ("unheard_of", "x", "x"),
    ],
)
def test_what_is_typed_is_stored_as_what_was_meant(name: str, text: str, stored: Any) -> None:
    value = parse_field(KIND, name, text)

    assert value == stored
    assert type(value) is type(stored)


def test_a_field_being_typed_into_keeps_its_key() -> None:
    before = field_views(KIND, {"count": "12"}, [], revision=1)

    after = field_views(KIND, {"count": 12}, [], revision=2, before=before, typed="count")

    assert {view.name: view.key for view in after} == {view.name: view.key for view in before}


def test_a_field_changed_by_something_else_gets_another_key() -> None:
    before = field_views(KIND, {"count": 12}, [], revision=1)

    after = field_views(KIND, {"count": 13}, [], revision=2, before=before)

    changed = [new.name for old, new in zip(before, after, strict=True) if old.key != new.key]
    assert changed == ["count"]


@pytest.mark.parametrize("kind", node_kinds().values(), ids=node_kinds().keys())
def test_every_kind_gets_a_whole_form(kind: type[NodeKind]) -> None:
    views = field_views(kind, dict(kind.example), [], revision=1)

    assert [view.name for view in views] == list(kind.Config.model_fields)
    assert all(view.title and view.help for view in views)


@pytest.mark.parametrize("kind", node_kinds().values(), ids=node_kinds().keys())
def test_typing_what_is_shown_changes_nothing_that_counts(kind: type[NodeKind]) -> None:
    config = kind.Config.model_validate(kind.example)
    typed = {
        view.name: value
        for view in field_views(kind, kind.Config.model_dump(config, mode="json"), [], revision=1)
        if view.control not in ("tags", "switch")
        and (value := parse_field(kind, view.name, view.value)) is not None
    }
    kept = {name: kind.example[name] for name in kind.example if name not in typed}

    assert kind.Config.model_validate({**kept, **typed}) == config


@pytest.mark.parametrize("text", ["abc", "NaN", "-1", "1e999"])
def test_validation_answers_at_the_field_that_holds_rubbish(text: str) -> None:
    kind = node_kinds()["quant.momentum"]
    config = {"lookback_days": parse_field(kind, "lookback_days", text)}
    document = GraphDocument.parse({"nodes": [{"id": "m", "kind": "quant.momentum", "config": config}]})

    views = field_views(kind, config, [each for each in validate(document) if each.node == "m"], revision=1)
    shown = {view.name: view for view in views}

    assert shown["lookback_days"].error
    assert shown["lookback_days"].value == text
    assert not shown["skip_days"].error
