"""API tokens: shown once, limited by scopes and by the role, for a limited time, and useless the moment they are revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from persistence.accounts import AccountRepository
from persistence.database import Database
from runtime.errors import AccessDenied, InvalidValue, NotFound
from runtime.ids import UserId
from studio.services.tokens import Tokens
from tasks.access import Actor, Permission, Role, may
from tests.fakes import FakeClock


@pytest.fixture
def tokens(database: Database, clock: FakeClock) -> Tokens:
    """Tokens on an empty database."""
    return Tokens(database, clock)


@pytest.fixture
def ann(database: Database, clock: FakeClock) -> Actor:
    """An analyst."""
    return person(database, clock, "ann", Role.ANALYST)


def person(database: Database, clock: FakeClock, name: str, role: Role) -> Actor:
    """Make an account."""
    with database.write() as session:
        user = AccountRepository(session).create_user(
            name=name, role=role.value, password_hash="x", now=clock.now()
        )
    return Actor(id=UserId(user.id), name=name, role=role)


def test_a_token_speaks_for_its_account_within_its_scopes(tokens: Tokens, ann: Actor) -> None:
    made = tokens.create(ann, " nightly ", ["run"], days=30)

    actor = tokens.actor(made.secret)

    assert actor is not None
    assert (actor.id, actor.name, made.record.name) == (ann.id, "ann", "nightly")
    assert may(actor, Permission.RUN)
    assert may(actor, Permission.READ)
    assert not may(actor, Permission.DRAW)
    assert not may(actor, Permission.SETTINGS)


def test_only_the_hash_is_kept(tokens: Tokens, ann: Actor, database: Database) -> None:
    made = tokens.create(ann, "nightly", [], days=1)

    with database.read() as session:
        stored = str(session.execute(text("SELECT * FROM api_tokens")).all())
        audit = str(session.execute(text("SELECT * FROM audit_entries")).all())

    assert made.secret not in stored + audit
    assert made.record.hint in stored
    assert "token.create" in audit


def test_a_token_ends_by_time_and_by_revocation(tokens: Tokens, ann: Actor, clock: FakeClock) -> None:
    short, long = tokens.create(ann, "short", [], days=1), tokens.create(ann, "long", [], days=30)

    clock.advance(timedelta(days=2).total_seconds())
    assert tokens.actor(short.secret) is None
    assert tokens.actor(long.secret) is not None
    tokens.revoke(ann, long.record.id)

    assert tokens.actor(long.secret) is None
    assert [record.name for record in tokens.of(ann) if record.revoked_at] == ["long"]


@pytest.mark.parametrize("secret", ["", "ast_", "ast_unknown", "something else", "ast_\x00"])
def test_what_is_no_token_lets_nobody_in(tokens: Tokens, ann: Actor, secret: str) -> None:
    assert tokens.actor(secret) is None


def test_a_role_that_was_lowered_lowers_its_tokens(tokens: Tokens, ann: Actor, database: Database) -> None:
    made = tokens.create(ann, "nightly", ["run"], days=1)
    with database.write() as session:
        session.execute(text("UPDATE users SET role = 'viewer'"))

    actor = tokens.actor(made.secret)

    assert actor is not None
    assert not may(actor, Permission.RUN)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (("", [], 1), "name"),
        (("x" * 61, [], 1), "name"),
        (("n", ["settings"], 1), "scopes"),
        (("n", ["fly"], 1), "scopes"),
        (("n", [], 0), "days"),
        (("n", [], 367), "days"),
    ],
)
def test_a_bad_request_names_the_field(
    tokens: Tokens, ann: Actor, wanted: tuple[str, list[str], int], field: str
) -> None:
    name, scopes, days = wanted

    with pytest.raises(InvalidValue) as refused:
        tokens.create(ann, name, scopes, days=days)

    assert refused.value.field == field


def test_no_token_may_do_what_asks_for_a_person(tokens: Tokens, database: Database, clock: FakeClock) -> None:
    ada = person(database, clock, "ada", Role.ADMIN)
    made = tokens.create(ada, "all", ["settings", "halt-all"], days=1)
    actor = tokens.actor(made.secret)
    assert actor is not None

    for scope in ("release", "accounts"):
        with pytest.raises(InvalidValue):
            tokens.create(ada, "n", [scope], days=1)
    with pytest.raises(AccessDenied):
        tokens.create(actor, "child", [], days=1)
    with pytest.raises(AccessDenied):
        tokens.revoke(actor, made.record.id)


def test_nobody_revokes_a_token_of_somebody_else(
    tokens: Tokens, ann: Actor, database: Database, clock: FakeClock
) -> None:
    made = tokens.create(ann, "nightly", [], days=1)
    bob = person(database, clock, "bob", Role.ADMIN)

    with pytest.raises(NotFound):
        tokens.revoke(bob, made.record.id)
    assert tokens.of(bob) == []
    assert tokens.actor(made.secret) is not None
