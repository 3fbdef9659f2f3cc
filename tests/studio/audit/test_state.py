"""The page of the audit log, on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from persistence.controls import AuditEntry, ControlRepository
from studio.api.door import SESSION_HEADER
from studio.pages.audit.state import ALL, PAGE, AuditState
from studio.services.accounts import hash_token
from studio.wiring import serving
from tasks.access import Role
from tests.fakes import EPOCH
from tests.studio.conftest import NAME, PASSWORD, Office
from tests.studio.tabs import open_tab, state_of

MANY = 2 * PAGE + 3


@pytest.fixture
async def log(office: Office) -> AsyncIterator[AuditState]:
    with office.container.database.write() as session:
        controls = ControlRepository(session)
        for number in range(MANY):
            controls.append_audit(
                AuditEntry(
                    at=EPOCH + timedelta(minutes=number),
                    actor_id=None,
                    actor_name="even" if number % 2 == 0 else "odd",
                    action="halt.run",
                    target=f"run-{number}",
                    reason="Drill",
                )
            )
    async with serving(office.container):
        yield state_of(open_tab(office, "/audit"), AuditState)


async def test_the_newest_entries_come_first_and_pages_turn_both_ways(log: AuditState) -> None:
    await log.open()
    first = [line.id for line in log.lines]
    await log.older()
    await log.older()
    last, end = [line.target for line in log.lines], log.has_older
    await log.newer()
    await log.newer()

    assert (len(first), log.lines[0].target) == (PAGE, f"run-{MANY - 1}")
    # The admin's own account is the oldest entry.
    assert (last, end) == (["run-2", "run-1", "run-0", NAME], False)
    assert [line.id for line in log.lines] == first
    assert not log.has_newer


async def test_filters_narrow_the_log_and_are_taken_back(log: AuditState) -> None:
    await log.open()
    await log.older()
    log.write_text("run-10")
    log.write_actor("even")
    await log.search()
    found = {line.target for line in log.lines}
    await log.choose_action("account.create")
    none = list(log.lines)
    await log.show_all()

    assert found == {"run-10", "run-100", "run-102"}
    assert none == []
    assert (log.filtered, log.action, len(log.lines)) == (False, ALL, PAGE)
    assert log.actions == ["account.create", "halt.run"]


async def test_what_makes_no_sense_is_said_and_shows_nothing(log: AuditState) -> None:
    await log.open()
    await log.choose_first_day("2024-01-05")
    await log.choose_last_day("2024-01-02")

    assert "before" in log.problem
    assert log.lines == []


async def test_a_new_entry_comes_by_itself_on_the_first_page_only(log: AuditState, office: Office) -> None:
    await log.open()
    await log.older()
    shown = list(log.lines)
    office.container.accounts.create_account(
        office.container.accounts.sign_in(NAME, PASSWORD, address="x").actor, "Bob", PASSWORD, Role.VIEWER
    )
    await log.look()
    unchanged = log.lines == shown
    await log.newer()
    await log.look()

    assert unchanged
    assert log.lines[0].target == "Bob"


async def test_who_may_not_read_it_sees_nothing_of_it(log: AuditState, office: Office) -> None:
    accounts = office.container.accounts
    admin = accounts.sign_in(NAME, PASSWORD, address="x").actor
    accounts.create_account(admin, "Ann", PASSWORD, Role.ANALYST)
    token = accounts.sign_in("Ann", PASSWORD, address="x").token
    tab = open_tab(office, "/audit")
    headers = {"origin": "http://studio.test", SESSION_HEADER: hash_token(token)}
    tab.router_data = tab._update_router_vars({"headers": headers}, dict(tab.router_data))
    denied = state_of(tab, AuditState)

    await denied.open()
    await denied.look()

    assert denied.denied
    assert denied.lines == []
