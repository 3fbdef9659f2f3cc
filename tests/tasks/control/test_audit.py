"""The audit log: searched by who may, a page at a time or as CSV that no spreadsheet computes; never changed."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from persistence.controls import AuditEntry, AuditFilter, ControlRepository
from persistence.models import AuditRow
from runtime.errors import AccessDenied, InvalidValue
from runtime.ids import UserId
from tasks.access import Actor, Role
from tasks.control.audit import LARGEST_PAGE, audit_actions, audit_csv, plain_cell, search_audit
from tasks.control.context import Control
from tests.fakes import EPOCH

OPERATOR = Actor(id=UserId("op"), name="oli", role=Role.OPERATOR)
MINUTE = timedelta(minutes=1)
ENTRIES = (
    ("ada", "halt.run", "run-1", "Fat finger", {"runs": ["run-1"]}),
    ("oli", "halt.workflows", "2 runs", "Drill 100%", {"runs": ["run-2", "run-3"]}),
    ("oli", "setting.change", "orchestration_studio_enabled", "phase_5", {"value": True}),
    ("ann", "run.start", "run-4", "=HYPERLINK(1)", None),
)


@pytest.fixture
def log(control: Control) -> Control:
    """A control with four entries of its own, a minute apart, the first at EPOCH."""
    with control.database.write() as session:
        controls = ControlRepository(session)
        for number, (actor, action, target, reason, detail) in enumerate(ENTRIES):
            controls.append_audit(
                AuditEntry(
                    at=EPOCH + number * MINUTE,
                    actor_id=f"id-{actor}",
                    actor_name=actor,
                    action=action,
                    target=target,
                    reason=reason,
                    detail=detail,
                )
            )
    return control


def found(control: Control, **wanted: Any) -> list[str]:
    since = wanted.pop("since", EPOCH)
    until = wanted.pop("until", EPOCH + 10 * MINUTE)
    page = search_audit(control, OPERATOR, AuditFilter(since=since, until=until, **wanted))
    return [entry.action for entry in page.entries]


@pytest.mark.parametrize(
    ("wanted", "actions"),
    [
        ({}, ["run.start", "setting.change", "halt.workflows", "halt.run"]),
        ({"text": "FAT fin"}, ["halt.run"]),
        ({"text": "run-3"}, ["halt.workflows"]),
        ({"text": "0%"}, ["halt.workflows"]),
        ({"text": "e_5"}, ["setting.change"]),
        ({"text": "  "}, ["run.start", "setting.change", "halt.workflows", "halt.run"]),
        ({"actor": "OL"}, ["setting.change", "halt.workflows"]),
        ({"actor": "id-ada"}, ["halt.run"]),
        ({"action": "halt"}, ["halt.workflows", "halt.run"]),
        ({"action": "halt.run"}, ["halt.run"]),
        ({"action": "hal"}, []),
        ({"target": "run-4"}, ["run.start"]),
        ({"since": EPOCH + 2 * MINUTE}, ["run.start", "setting.change"]),
        ({"until": EPOCH + MINUTE}, ["halt.run"]),
        ({"action": "halt", "actor": "oli"}, ["halt.workflows"]),
    ],
)
def test_entries_are_found_by_what_is_known_of_them(
    log: Control, wanted: dict[str, Any], actions: list[str]
) -> None:
    assert found(log, **wanted) == actions


def test_pages_follow_one_another_without_a_gap(log: Control) -> None:
    window = AuditFilter(since=EPOCH, until=EPOCH + 10 * MINUTE)

    first = search_audit(log, OPERATOR, window, limit=3)
    second = search_audit(
        log,
        OPERATOR,
        AuditFilter(since=window.since, until=window.until, before_id=first.next_before),
        limit=3,
    )

    assert [len(first.entries), len(second.entries)] == [3, 1]
    assert second.next_before is None
    assert [e.action for e in (*first.entries, *second.entries)] == found(log)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (AuditFilter(text="x" * 201), "text"),
        (AuditFilter(actor="a\x00"), "actor"),
        (AuditFilter(since=EPOCH, until=EPOCH), "from"),
        (AuditFilter(since=datetime.fromisoformat("0001-01-01T00:00:00+14:00")), "from"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_by_name(
    control: Control, wanted: AuditFilter, field: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        search_audit(control, OPERATOR, wanted)

    assert refused.value.field == field


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_who_may_not_read_it_is_refused(control: Control, role: Role) -> None:
    nobody = Actor(id=UserId("x"), name="x", role=role)

    for ask in (search_audit, audit_actions, audit_csv):
        with pytest.raises(AccessDenied, match="read the audit log"):
            ask(control, nobody)


def test_the_actions_are_those_that_were_written(log: Control) -> None:
    actions = audit_actions(log, OPERATOR)

    assert actions == sorted(actions)
    assert {action for _, action, *_ in ENTRIES} <= set(actions)


def test_the_csv_holds_everything_that_fits_in_order_and_plain(log: Control) -> None:
    with log.database.write() as session:
        session.add_all(
            AuditRow(at=EPOCH + 5 * MINUTE, actor_name="bulk", action="x.y", target=str(n))
            for n in range(LARGEST_PAGE + 10)
        )
    window = AuditFilter(since=EPOCH, until=EPOCH + 10 * MINUTE)

    rows = list(csv.DictReader(io.StringIO("".join(audit_csv(log, OPERATOR, window)))))

    assert len(rows) == LARGEST_PAGE + 10 + len(ENTRIES)
    assert [int(row["id"]) for row in rows] == sorted((int(row["id"]) for row in rows), reverse=True)
    newest = rows[LARGEST_PAGE + 10]
    assert (newest["actor"], newest["reason"], newest["detail"]) == ("ann", "'=HYPERLINK(1)", "")
    assert datetime.fromisoformat(newest["at"]) == EPOCH + 3 * MINUTE
    assert datetime.fromisoformat(newest["at"]).tzinfo == UTC


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1"])  # noqa: RUF001
def test_what_a_spreadsheet_would_compute_is_made_plain(text: str) -> None:
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Fat finger", "a=1", "1-1", '{"a": 1}'])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert plain_cell(text) == text


@pytest.mark.parametrize("statement", [delete(AuditRow), update(AuditRow).values(reason="nothing")])
def test_the_database_refuses_to_change_or_delete_an_entry(log: Control, statement: Any) -> None:
    with pytest.raises(IntegrityError, match="append-only"), log.database.write() as session:
        session.execute(statement)

    assert len(found(log)) == len(ENTRIES)
