"""Workflows: created under a free name, copied from the library, frozen as versions while versioning is on."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from runtime.errors import (
    AccessDenied,
    AlreadyExists,
    CapabilityOff,
    InvalidName,
    InvalidSpec,
    NotFound,
    StudioError,
)
from runtime.graph.edits import AddNode, Remove
from runtime.ids import SpecName
from runtime.library import named_specs, shipped, templates
from runtime.spec import RESERVED_NAMES, WorkflowSpec
from tasks.access import Actor, Role
from tasks.control.context import Control
from tasks.control.drafts import edit_draft
from tasks.control.settings import set_setting
from tasks.control.specs import (
    RunnableSpec,
    create_empty,
    create_workflow,
    get_workflow,
    list_workflows,
    runnable_spec,
    versions,
)
from tasks.control.templates import create_from_template

VERSIONING = "orchestration_workflow_versioning_enabled"
STUDIO = "orchestration_studio_enabled"


def runnable(control: Control, name: str) -> RunnableSpec:
    with control.database.write() as session:
        return runnable_spec(control, session, SpecName(name))


@pytest.fixture
def admin(analyst: Actor) -> Actor:
    return Actor(id=analyst.id, name="root", role=Role.ADMIN)


def test_a_template_is_copied_with_its_layout_under_the_next_free_name(
    control: Control, analyst: Actor
) -> None:
    entry = shipped()[0]

    made = [create_from_template(control, analyst, entry.spec.name) for _ in range(3)]

    assert [workflow.spec.name for workflow in made] == [entry.spec.name + end for end in ("", "-2", "-3")]
    assert made[2].layout == entry.layout
    assert made[2].document == made[0].document


@pytest.mark.parametrize("entry", templates(), ids=lambda entry: entry.spec.name)
def test_every_shipped_workflow_can_be_copied_and_run(
    entry: object, control: Control, analyst: Actor
) -> None:
    name = create_from_template(control, analyst, entry.spec.name).spec.name  # type: ignore[attr-defined]

    assert runnable(control, name).spec.name == name


@pytest.mark.parametrize("spec", named_specs(), ids=lambda spec: spec.name)
def test_a_shipped_spec_without_a_drawing_can_be_copied_and_run_with_versioning_off(
    spec: WorkflowSpec, control: Control, analyst: Actor, admin: Actor
) -> None:
    """With versioning off the older platform's workers could not find such a spec at all."""
    set_setting(control, admin, VERSIONING, value=False, reason="test")

    name = create_from_template(control, analyst, spec.name).spec.name

    found = runnable(control, name)
    assert (found.spec, found.version_id) == (spec, None)


def test_going_back_to_an_older_content_is_the_older_version_and_makes_it_the_current_one(
    control: Control, analyst: Actor
) -> None:
    """The older platform returned the older version, but left the current one at the newest."""
    create_empty(control, analyst, "mine")
    first = runnable(control, "mine")
    edit_draft(control, analyst, "mine", 1, AddNode(kind="data.prices", x=0, y=0))
    second = runnable(control, "mine")
    node = get_workflow(control, analyst, "mine").document
    assert node is not None
    edit_draft(control, analyst, "mine", 2, Remove(nodes=(node.nodes[0].id,)))

    third = runnable(control, "mine")

    assert third.version_id == first.version_id != second.version_id
    assert get_workflow(control, analyst, "mine").record.current_version == 1
    assert len(versions(control, analyst, "mine")) == 2


def test_a_taken_name_is_refused_and_leaves_the_first_as_it_was(control: Control, analyst: Actor) -> None:
    create_empty(control, analyst, "mine", "the first")

    with pytest.raises(AlreadyExists):
        create_empty(control, analyst, "mine", "the second")

    assert get_workflow(control, analyst, "mine").spec.description == "the first"


def test_of_two_who_take_a_name_at_once_one_is_told(control: Control, analyst: Actor) -> None:
    def attempt(_: int) -> str:
        try:
            create_empty(control, analyst, "mine")
        except StudioError as error:
            return error.code
        return "created"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(attempt, range(4)))

    assert outcomes == ["already-exists"] * 3 + ["created"]


@pytest.mark.parametrize("name", [*sorted(RESERVED_NAMES), "a/b", "ü", ""])
def test_a_name_that_cannot_be_used_is_refused(name: str, control: Control, analyst: Actor) -> None:
    with pytest.raises((InvalidName, InvalidSpec)) as refused:
        create_empty(control, analyst, name)

    assert refused.value.field == "name"
    assert list_workflows(control, analyst) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"adapter": "MagicAdapter"}, "adapter"),
        ({"adapter": "LangGraphAdapter", "adapter_kind": "studio"}, "adapter_kind"),
        ({"adapter": "WorkflowStudioAdapter", "params": {"graph": []}}, "params.graph"),
        (
            {"adapter": "WorkflowStudioAdapter", "params": {"graph": {"nodes": [{"id": ""}]}}},
            "params.graph.nodes.0.id",
        ),
    ],
)
def test_a_bad_spec_is_refused_by_field(
    fields: dict[str, object], field: str, control: Control, analyst: Actor
) -> None:
    with pytest.raises(InvalidSpec) as refused:
        create_workflow(control, analyst, {"name": "x", **fields})

    assert refused.value.field == field


def test_a_drawing_of_an_unknown_kind_is_kept_as_it_is(control: Control, analyst: Actor) -> None:
    graph = {"nodes": [{"id": "x", "kind": "from.the.future"}], "edges": []}

    create_workflow(
        control, analyst, {"name": "x", "adapter": "WorkflowStudioAdapter", "params": {"graph": graph}}
    )

    document = get_workflow(control, analyst, "x").document
    assert document is not None
    assert document.nodes[0].kind == "from.the.future"


def test_a_run_freezes_the_same_content_once_and_a_change_as_a_new_version(
    control: Control, analyst: Actor
) -> None:
    create_empty(control, analyst, "mine")
    first, again = runnable(control, "mine"), runnable(control, "mine")
    edit_draft(control, analyst, "mine", 1, AddNode(kind="data.prices", x=0, y=0))
    changed = runnable(control, "mine")

    assert first.version_id == again.version_id != changed.version_id
    assert [version.version for version in versions(control, analyst, "mine")] == [2, 1]


def test_with_versioning_off_a_run_has_a_spec_but_no_version(
    control: Control, analyst: Actor, admin: Actor
) -> None:
    create_empty(control, analyst, "before")
    set_setting(control, admin, VERSIONING, value=False, reason="test")

    create_empty(control, analyst, "mine")

    assert runnable(control, "mine").version_id is None
    assert versions(control, analyst, "mine") == []
    assert len(versions(control, analyst, "before")) == 1


def test_with_the_studio_off_nothing_is_read_or_written(
    control: Control, analyst: Actor, admin: Actor
) -> None:
    set_setting(control, admin, STUDIO, value=False, reason="test")

    for act in (
        lambda: create_empty(control, analyst, "mine"),
        lambda: list_workflows(control, analyst),
        lambda: get_workflow(control, analyst, "mine"),
        lambda: versions(control, analyst, "mine"),
    ):
        with pytest.raises(CapabilityOff, match="ALPHASWARM_ORCHESTRATION_STUDIO_ENABLED=true"):
            act()


def test_a_viewer_lists_but_does_not_create(control: Control, analyst: Actor, viewer: Actor) -> None:
    create_empty(control, analyst, "mine")

    assert [workflow.spec.name for workflow in list_workflows(control, viewer)] == ["mine"]
    with pytest.raises(AccessDenied):
        create_empty(control, viewer, "theirs")


def test_what_is_not_there_is_not_found_with_the_nearest_name(control: Control, analyst: Actor) -> None:
    create_empty(control, analyst, "research.mine")

    with pytest.raises(NotFound, match=r"Did you mean .research\.mine."):
        get_workflow(control, analyst, "research.mien")
    with pytest.raises(NotFound, match="template"):
        create_from_template(control, analyst, "no.such")
