from __future__ import annotations

import pytest

from runtime.errors import AccessDenied
from runtime.ids import UserId
from tasks.access import ALLOWED, OWN_ONLY, Actor, Permission, Role, may, require

ME, OTHER = UserId("me"), UserId("other")

# Written out a second time on purpose: a change of the table must be made twice to go through.
EXPECTED = {
    "viewer": {"read"},
    "analyst": {"read", "draw", "run", "halt"},
    "operator": {"read", "halt", "halt-all", "approve", "engage", "release", "audit"},
    "admin": {
        "read",
        "draw",
        "run",
        "halt",
        "halt-all",
        "approve",
        "approve-as-admin",
        "engage",
        "release",
        "audit",
        "settings",
        "accounts",
    },
}


def an_actor(role: Role) -> Actor:
    return Actor(id=ME, name="Me", role=role)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_what_its_row_says_and_nothing_else(role: Role) -> None:
    granted = {p.value for p in Permission if may(an_actor(role), p, owner=ME)}

    assert granted == EXPECTED[role.value]


def test_every_role_has_a_row() -> None:
    assert set(ALLOWED) == set(Role)


def test_an_analyst_halts_only_what_they_started() -> None:
    analyst = an_actor(Role.ANALYST)

    assert may(analyst, Permission.HALT, owner=ME)
    assert not may(analyst, Permission.HALT, owner=OTHER)
    assert not may(analyst, Permission.HALT)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
def test_operators_and_admins_halt_whatever_runs(role: Role) -> None:
    assert may(an_actor(role), Permission.HALT, owner=OTHER)
    assert (role, Permission.HALT) not in OWN_ONLY


def test_a_refusal_says_what_is_refused_and_who_may() -> None:
    with pytest.raises(AccessDenied) as refused:
        require(an_actor(Role.OPERATOR), Permission.DRAW)

    assert refused.value.message == (
        "Your role 'operator' may not change workflows. Roles that may: analyst, admin."
    )


def test_a_refusal_over_someone_elses_run_says_that_it_is_theirs() -> None:
    with pytest.raises(AccessDenied, match="only where you started them"):
        require(an_actor(Role.ANALYST), Permission.HALT, owner=OTHER)
