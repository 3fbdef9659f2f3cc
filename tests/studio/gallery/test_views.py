"""What the gallery shows."""

from datetime import timedelta

import pytest

from persistence.specs import SpecRecord
from runtime.ids import RunId, SpecName
from runtime.library import shipped
from runtime.status import RunStatus
from studio.pages.gallery.views import name_problem, template_cards, workflow_cards
from tasks.control.specs import Workflow
from tests.studio.run_view.frames import START


def workflow(name: str, *, run: RunStatus | None = None, description: str = "") -> Workflow:
    entry = shipped()[0]
    return Workflow(
        record=SpecRecord(
            id=name, name=SpecName(name), adapter="WorkflowStudioAdapter", description=description, annotations=(),
            current_version=1, snapshot_hash=None, draft_revision=1, last_run_id=RunId("r1") if run else None,
            last_run_status=run, last_run_started_at=START if run else None, owner_user_id=None, created_at=START,
            updated_at=START + timedelta(hours=1),
        ),
        spec=entry.spec, layout=entry.layout, revision=1,
    )  # fmt: skip


def test_at_least_five_workflows_ship_each_with_picture_title_and_sentence() -> None:
    cards = template_cards(shipped(), "")

    assert len(cards) >= 5
    assert all(card.picture.boxes and card.picture.wires and card.title and card.sentence for card in cards)


def test_a_search_wants_all_its_words_in_any_case() -> None:
    assert [card.name for card in template_cards(shipped(), "DEBATE fusion")] == ["research.debate_fusion"]
    assert template_cards(shipped(), "debate zebra") == []


def test_a_workflow_shows_its_last_run() -> None:
    never, done = workflow_cards([workflow("a"), workflow("b", run="completed")], "")

    assert (never.run_id, never.run_status, never.run_at) == ("", "", "")
    assert (done.run_status, done.run_at, done.run_address) == ("completed", START.isoformat(), "/runs/r1")


def test_a_last_run_is_halting_until_its_proof() -> None:
    halted = [workflow("a", run="halted")]

    assert workflow_cards(halted, "", halting=frozenset({"r1"}))[0].run_status == "halting"
    assert workflow_cards(halted, "")[0].run_status == "halted"


def test_own_workflows_are_found_by_name_and_description() -> None:
    own = [workflow("alpha"), workflow("beta", description="Finds carry")]

    assert [card.name for card in workflow_cards(own, "carry")] == ["beta"]


@pytest.mark.parametrize(
    ("name", "part"),
    [("", ""), ("fine.name_2-x", ""), ("runs", "reserved"), ("a/b", "cannot be used"), ("Größe", "cannot be used"),
     ("x" * 161, "cannot be used"), ("taken", "already is a workflow")],
)  # fmt: skip
def test_a_name_is_checked_as_it_is_typed(name: str, part: str) -> None:
    problem = name_problem(name, ["taken"])

    assert part in problem
    assert bool(problem) == bool(part)
