"""A whole new content for a workflow: saved once, refused when somebody was faster, and taken back by undo."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from runtime.errors import AccessDenied, InvalidSpec, NotFound, StaleRevision
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.drafts import undo_draft
from tasks.control.replacing import replace_workflow
from tasks.control.specs import create_workflow, get_workflow, versions
from tasks.control.templates import create_from_template


@pytest.fixture
def payload(control: Control, analyst: Actor) -> dict[str, Any]:
    """The content of a workflow that is saved."""
    return create_from_template(control, analyst, "utility.halt_practice").spec.dump()


def test_a_content_is_replaced_as_a_new_revision_and_a_new_version(
    control: Control, analyst: Actor, payload: dict[str, Any]
) -> None:
    name, before = payload["name"], get_workflow(control, analyst, payload["name"])
    changed = payload | {"description": "Other words", "guardrails": {"max_calls": 3}}

    after = replace_workflow(control, analyst, name, changed)

    assert (after.revision, after.spec.description) == (before.revision + 1, "Other words")
    assert after.spec.guardrails.max_calls == 3
    assert after.record.description == "Other words"
    assert [version.version for version in versions(control, analyst, name)] == [2, 1]


def test_undo_takes_the_drawing_back(control: Control, analyst: Actor, payload: dict[str, Any]) -> None:
    name, before = payload["name"], get_workflow(control, analyst, payload["name"])
    emptied = payload | {"params": {"graph": {"nodes": [], "edges": []}}}

    after = replace_workflow(control, analyst, name, emptied)
    assert after.document is not None
    assert after.document.nodes == ()
    undo_draft(control, analyst, name, after.revision)

    assert get_workflow(control, analyst, name).document == before.document


def test_the_same_content_makes_no_revision(
    control: Control, analyst: Actor, payload: dict[str, Any]
) -> None:
    before = get_workflow(control, analyst, payload["name"])

    assert replace_workflow(control, analyst, payload["name"], payload).revision == before.revision


def test_who_was_slower_is_told_and_nothing_is_lost(
    control: Control, analyst: Actor, payload: dict[str, Any]
) -> None:
    name, base = payload["name"], get_workflow(control, analyst, payload["name"]).revision
    replace_workflow(control, analyst, name, payload | {"description": "First"}, expected_revision=base)

    with pytest.raises(StaleRevision):
        replace_workflow(control, analyst, name, payload | {"description": "Second"}, expected_revision=base)
    with pytest.raises(StaleRevision):
        replace_workflow(control, analyst, name, payload | {"description": "First"}, expected_revision=base)

    assert get_workflow(control, analyst, name).spec.description == "First"


def test_without_a_revision_many_at_once_all_get_through(
    control: Control, analyst: Actor, payload: dict[str, Any]
) -> None:
    def replaced(number: int) -> int:
        return replace_workflow(
            control, analyst, payload["name"], payload | {"description": f"Words {number}"}
        ).revision

    with ThreadPoolExecutor(3) as pool:
        revisions = sorted(pool.map(replaced, range(3)))

    assert revisions == [2, 3, 4]


def test_another_name_a_bad_field_and_an_unknown_workflow_are_refused(
    control: Control, analyst: Actor, viewer: Actor, payload: dict[str, Any]
) -> None:
    name = payload["name"]
    with pytest.raises(InvalidSpec, match="name cannot be changed"):
        replace_workflow(control, analyst, name, payload | {"name": "other"})
    with pytest.raises(InvalidSpec, match="max_rounds"):
        replace_workflow(control, analyst, name, payload | {"max_rounds": 0})
    with pytest.raises(NotFound):
        replace_workflow(control, analyst, "unknown", payload | {"name": "unknown"})
    with pytest.raises(AccessDenied):
        replace_workflow(control, viewer, name, payload)


def test_a_workflow_that_is_not_drawn_can_be_replaced_as_well(control: Control, analyst: Actor) -> None:
    spec = {"name": "named", "adapter": "LangGraphAdapter", "params": {"builder": "research"}}
    create_workflow(control, analyst, spec)

    after = replace_workflow(control, analyst, "named", spec | {"max_rounds": 3})

    assert (after.spec.max_rounds, after.revision) == (3, 2)
