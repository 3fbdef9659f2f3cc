"""While the database does not answer, who was signed in a moment ago may halt, and may do nothing else."""

from __future__ import annotations

from threading import Event

import pytest

from persistence.database import Database
from runtime.errors import AccessDenied, Unavailable
from runtime.ids import UserId
from studio.services import known_sessions
from studio.services.accounts import Accounts, SignedIn, hash_token
from studio.services.known_sessions import OUTAGE_SECONDS, TRUST_SECONDS, KnownSessions
from tasks.access import Actor, Permission, Role, may, require
from tests.fakes import FakeClock
from tests.studio.conftest import NAME, PASSWORD, QUICK
from tests.tasks.broken_database import BrokenDatabase

OLI = Actor(id=UserId("oli"), name="Oli", role=Role.OPERATOR)


class Directory:
    """Answers, is away, or hangs."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0
        self.answers: dict[str, Actor] = {"s": OLI}

    def __call__(self, session_hash: str, /) -> Actor | None:
        self.asked += 1
        if self.away:
            raise Unavailable("it is away")
        return self.answers.get(session_hash)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def directory() -> Directory:
    return Directory()


@pytest.fixture
def sessions(clock: FakeClock, directory: Directory) -> KnownSessions:
    return KnownSessions(clock, directory)


def test_an_answer_is_reused_for_two_seconds(
    sessions: KnownSessions, directory: Directory, clock: FakeClock
) -> None:
    assert sessions.actor("s") == sessions.actor("s") == OLI
    assert directory.asked == 1
    clock.advance(TRUST_SECONDS)
    assert sessions.actor("s") == OLI
    assert directory.asked == 2


def test_during_an_outage_a_known_session_may_halt_and_look_and_nothing_else(
    sessions: KnownSessions, directory: Directory, clock: FakeClock
) -> None:
    sessions.actor("s")
    directory.away = True
    clock.advance(TRUST_SECONDS)

    actor = sessions.actor("s")

    assert actor is not None
    for permission in (Permission.READ, Permission.HALT, Permission.HALT_ALL, Permission.ENGAGE):
        require(actor, permission)
    for permission in (Permission.RELEASE, Permission.APPROVE, Permission.AUDIT):
        assert not may(actor, permission)
        with pytest.raises(Unavailable, match="only halting works"):
            require(actor, permission)


def test_an_outage_gives_nobody_more_than_they_had(
    sessions: KnownSessions, directory: Directory, clock: FakeClock
) -> None:
    directory.answers["v"] = Actor(id=UserId("vera"), name="Vera", role=Role.VIEWER)
    sessions.actor("v")
    directory.away = True
    clock.advance(TRUST_SECONDS)

    vera = sessions.actor("v")

    assert vera is not None
    with pytest.raises(AccessDenied):
        require(vera, Permission.HALT)


def test_a_session_that_was_never_seen_waits_for_the_database(
    sessions: KnownSessions, directory: Directory
) -> None:
    directory.away = True

    with pytest.raises(Unavailable):
        sessions.actor("s")


def test_what_was_known_is_forgotten_after_a_quarter_of_an_hour_and_at_once_by_signing_out(
    sessions: KnownSessions, directory: Directory, clock: FakeClock
) -> None:
    sessions.actor("s")
    directory.away = True
    clock.advance(OUTAGE_SECONDS)
    with pytest.raises(Unavailable):
        sessions.actor("s")

    directory.away = False
    sessions.actor("s")
    directory.away = True
    sessions.forget("s")
    with pytest.raises(Unavailable):
        sessions.actor("s")


def test_a_database_that_hangs_is_asked_once_in_two_seconds_and_waited_for_a_moment_only(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_sessions, "ANSWER_SECONDS", 0.01)
    let_go, asked = Event(), [0]

    def ask(_session: str, /) -> Actor | None:
        asked[0] += 1
        if asked[0] > 1:
            let_go.wait()
        return OLI

    sessions = KnownSessions(clock, ask)
    sessions.actor("s")
    clock.advance(TRUST_SECONDS)
    try:
        first, second = sessions.actor("s"), sessions.actor("s")
    finally:
        let_go.set()

    assert first is not None
    assert first.unconfirmed
    assert second == first
    assert asked == [2]


def test_once_the_database_answers_again_everything_is_as_before_and_what_was_revoked_is_out(
    sessions: KnownSessions, directory: Directory, clock: FakeClock
) -> None:
    sessions.actor("s")
    directory.away = True
    clock.advance(TRUST_SECONDS)
    sessions.actor("s")
    directory.away = False
    clock.advance(TRUST_SECONDS)
    assert sessions.actor("s") == OLI

    del directory.answers["s"]
    clock.advance(TRUST_SECONDS)
    assert sessions.actor("s") is None
    directory.away = True
    with pytest.raises(Unavailable):
        sessions.actor("s")


def test_accounts_go_by_it(database: Database, clock: FakeClock) -> None:
    broken = BrokenDatabase(database)
    broken.broken = False
    accounts = Accounts(broken, clock, hasher=QUICK)  # pyright: ignore[reportArgumentType]  reads and writes like one
    link = accounts.first_run_token()
    assert link
    signed_in: SignedIn = accounts.create_first_admin(link, NAME, PASSWORD)
    session = hash_token(signed_in.token)
    assert accounts.actor(session) == signed_in.actor

    broken.broken = True
    clock.advance(TRUST_SECONDS)

    actor = accounts.actor(session)
    assert actor is not None
    assert actor.unconfirmed
