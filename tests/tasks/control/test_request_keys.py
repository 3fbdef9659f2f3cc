"""Idempotency keys: the same request under the same key is the same run, however often and at once it comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from persistence.models import RunRequestKeyRow
from persistence.request_keys import KEPT
from runtime.errors import InvalidValue, KeyReused, Unavailable
from tasks.access import Actor, Role
from tasks.control.context import Control
from tasks.control.deletions import delete_workflow
from tasks.control.request_keys import start_run_once
from tasks.control.runs import list_runs
from tasks.control.switch import engage
from tasks.control.templates import create_from_template


@pytest.fixture
def workflow(control: Control, analyst: Actor) -> str:
    """A workflow that can run."""
    return create_from_template(control, analyst, "utility.halt_practice").record.name


def test_the_same_request_under_the_same_key_is_the_same_run(
    control: Control, analyst: Actor, workflow: str
) -> None:
    first, second = (start_run_once(control, analyst, workflow, {"a": 1}, key="k") for _ in range(2))

    assert (first.run_id, first.task_id) == (second.run_id, second.task_id)
    assert len(list_runs(control, analyst).runs) == 1


def test_many_at_once_make_one_run(control: Control, analyst: Actor, workflow: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        started = list(pool.map(lambda _: start_run_once(control, analyst, workflow, {}, key="k"), range(6)))

    assert len({each.run_id for each in started}) == 1
    assert len(list_runs(control, analyst).runs) == 1


def test_another_request_under_a_used_key_is_refused(control: Control, analyst: Actor, workflow: str) -> None:
    start_run_once(control, analyst, workflow, {"a": 1}, key="k")

    with pytest.raises(KeyReused, match="'k'"):
        start_run_once(control, analyst, workflow, {"a": 2}, key="k")

    assert len(list_runs(control, analyst).runs) == 1


def test_a_key_is_its_owners_and_forgotten_after_a_day(
    control: Control, analyst: Actor, viewer: Actor, workflow: str
) -> None:
    other = replace(viewer, role=analyst.role)
    first = start_run_once(control, analyst, workflow, {}, key="k")
    assert start_run_once(control, other, workflow, {}, key="k").run_id != first.run_id

    with control.database.write() as session:
        session.execute(
            update(RunRequestKeyRow).values(created_at=control.clock.now() - KEPT - timedelta(seconds=1))
        )
    assert start_run_once(control, analyst, workflow, {}, key="k").run_id != first.run_id


def test_a_repeated_request_is_told_of_its_run_whatever_has_happened_since(
    control: Control, analyst: Actor, workflow: str
) -> None:
    first = start_run_once(control, analyst, workflow, {}, key="k")
    admin = replace(analyst, role=Role.ADMIN)
    engage(control, admin, "Storm")
    delete_workflow(control, analyst, workflow)

    assert start_run_once(control, analyst, workflow, {}, key="k").run_id == first.run_id
    with pytest.raises(Unavailable):
        start_run_once(control, analyst, workflow, {}, key="other")


@pytest.mark.parametrize("key", ["", "x" * 201, "ümlaut", "two\nlines"])
def test_a_key_that_cannot_be_one_is_named(control: Control, analyst: Actor, workflow: str, key: str) -> None:
    with pytest.raises(InvalidValue, match="idempotency key"):
        start_run_once(control, analyst, workflow, {}, key=key)
