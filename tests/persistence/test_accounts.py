from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from persistence.accounts import AccountRepository, UserRecord
from persistence.database import Database
from runtime.errors import AlreadyExists, NotFound
from runtime.ids import UserId
from tests.persistence.conftest import NOW

HOUR = timedelta(hours=1)


def add_user(database: Database, name: str = "Ada") -> UserRecord:
    with database.write() as session:
        return AccountRepository(session).create_user(
            name=name, role="admin", password_hash="$argon2id$x", now=NOW
        )


def test_an_account_is_found_by_name_in_whatever_case(database: Database) -> None:
    ada = add_user(database, "Ada Lovelace")

    with database.read() as session:
        accounts = AccountRepository(session)
        assert accounts.user_by_name("  ADA lovelace ") == ada
        assert accounts.user_by_id(ada.id) == ada
        assert accounts.user_by_name("Ada") is None
        assert (accounts.users(), accounts.count_users()) == ([ada], 1)


def test_a_taken_name_is_refused_in_whatever_case(database: Database) -> None:
    add_user(database, "Ada")

    with pytest.raises(AlreadyExists):
        add_user(database, "aDA")

    with database.read() as session:
        assert AccountRepository(session).count_users() == 1


def test_a_password_is_replaced_for_an_account_that_exists(database: Database) -> None:
    ada = add_user(database)

    with database.write() as session:
        AccountRepository(session).set_password(ada.id, "$argon2id$y")
    with database.read() as session:
        again = AccountRepository(session).user_by_id(ada.id)
    assert again is not None
    assert again.password_hash == "$argon2id$y"

    with pytest.raises(NotFound), database.write() as session:
        AccountRepository(session).set_password(UserId("nobody"), "$argon2id$z")


def test_a_session_lasts_until_it_expires_or_is_revoked(database: Database) -> None:
    ada = add_user(database)
    with database.write() as session:
        accounts = AccountRepository(session)
        made = accounts.create_session(ada.id, "t" * 64, now=NOW, expires_at=NOW + HOUR)

        assert accounts.session_user("t" * 64, NOW) == (made, ada)
        assert accounts.session_user("x" * 64, NOW) is None
        assert accounts.session_user("t" * 64, NOW + HOUR) is None

        assert accounts.touch_session(made.id, now=NOW + HOUR / 2, expires_at=NOW + 2 * HOUR)
        found = accounts.session_user("t" * 64, NOW + HOUR)
        assert found is not None
        assert (found[0].last_seen_at, found[0].expires_at) == (NOW + HOUR / 2, NOW + 2 * HOUR)

        assert accounts.revoke_session(made.id, NOW + HOUR)
        assert not accounts.revoke_session(made.id, NOW + HOUR)
        assert accounts.session_user("t" * 64, NOW + HOUR) is None
        assert not accounts.touch_session(made.id, now=NOW + HOUR, expires_at=NOW + 3 * HOUR)


def test_an_account_is_signed_out_everywhere_and_only_it(database: Database) -> None:
    ada, bob = add_user(database), add_user(database, "Bob")
    with database.write() as session:
        accounts = AccountRepository(session)
        for user, token in ((ada, "1" * 64), (ada, "2" * 64), (bob, "3" * 64)):
            accounts.create_session(user.id, token, now=NOW, expires_at=NOW + HOUR)

        assert accounts.revoke_sessions(ada.id, NOW) == 2

        assert accounts.session_user("1" * 64, NOW) is None
        assert accounts.session_user("3" * 64, NOW) is not None


def test_a_link_is_used_once_by_one_of_many(database: Database) -> None:
    with database.write() as session:
        AccountRepository(session).create_link("first-run", "l" * 64, now=NOW, expires_at=NOW + HOUR)

    def use(_: int) -> bool:
        with database.write() as session:
            return AccountRepository(session).use_link("l" * 64, NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, range(8))) == [False] * 7 + [True]


def test_a_newer_link_supersedes_the_older_and_an_expired_one_is_dead(database: Database) -> None:
    with database.write() as session:
        accounts = AccountRepository(session)
        accounts.create_link("first-run", "a" * 64, now=NOW, expires_at=NOW + HOUR)
        accounts.create_link("invite", "i" * 64, now=NOW, expires_at=NOW + HOUR)
        accounts.create_link("first-run", "b" * 64, now=NOW, expires_at=NOW + HOUR)

        assert not accounts.use_link("a" * 64, NOW)
        assert not accounts.use_link("b" * 64, NOW + HOUR)
        assert accounts.use_link("b" * 64, NOW)
        assert accounts.use_link("i" * 64, NOW)

        superseded, used = accounts.link("a" * 64), accounts.link("b" * 64)
        assert superseded is not None
        assert (superseded.superseded_at, superseded.used_at) == (NOW, None)
        assert used is not None
        assert (used.superseded_at, used.used_at) == (None, NOW)
        assert accounts.link("c" * 64) is None


def test_failures_count_from_the_last_success_within_the_window(database: Database) -> None:
    with database.write() as session:
        accounts = AccountRepository(session)
        for minutes, ok in ((0, False), (1, False), (2, True), (3, False), (4, False), (5, False)):
            accounts.record_attempt("ada@10.0.0.1", NOW + timedelta(minutes=minutes), ok=ok)
        accounts.record_attempt("bob@10.0.0.1", NOW, ok=False)

        assert accounts.recent_failures("ada@10.0.0.1", NOW) == 3
        assert accounts.recent_failures("ada@10.0.0.1", NOW + timedelta(minutes=4)) == 2
        assert accounts.recent_failures("bob@10.0.0.1", NOW) == 1
        assert accounts.recent_failures("eve@10.0.0.1", NOW) == 0

        accounts.forget_attempts(NOW + timedelta(minutes=5))
        assert accounts.recent_failures("ada@10.0.0.1", NOW) == 1
